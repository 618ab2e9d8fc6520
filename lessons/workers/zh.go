package workers

import "mtp/lessons/kit/narrate"

// Chinese is the lesson in Chinese.
var Chinese = narrate.Sentences{
	"workers.jobs":         "吃饭|睡觉|打豆豆",
	"workers.nofork":       "{method} 是复制正在运行的进程。mtp 有多个线程，而 fork 只复制其中一个，所以它的子进程都从头启动，即 spawn。想看真正的 fork，请运行 mtp fork",
	"workers.title":        "workers：几件事并行做，每件一个进程",
	"workers.methods":      "进程怎样启动？Python 的 multiprocessing 有三种启动方式（start method）。",
	"workers.spawn":        "fork：子进程是父进程的副本，变量也在内。forkserver：由一个事先启动的小服务进程来 fork。spawn：子进程从头运行程序，只知道别人告诉它的。mtp 用的是 spawn。",
	"workers.defaults":     "系统|版本|默认方式",
	"workers.start":        "启动 {count} 个进程，每件事一个。",
	"workers.hello":        "{name}：我的 PID 是 {pid}，父进程的是 {ppid}。",
	"workers.family":       "每个都是再运行一次 mtp，扮演 job（做事的）；要做什么，写在它的命令行里：",
	"workers.poll":         "名字|PID|活着|守护|退出码",
	"workers.join":         "join {name}，超时 {timeout}。",
	"workers.expired":      "{waited} 之后 join 返回了，而 {pid} 还在，状态 {state}：超时结束的是等待，不是进程。",
	"workers.intime":       "{waited} 之后 join 返回了：{name} 已经结束。",
	"workers.leave":        "父进程在结束之前，先终止自己的守护进程（用 SIGTERM；Windows 上用 TerminateProcess）。mtp 现在就这样做。",
	"workers.joinall":      "join 所有子进程，不设超时。",
	"workers.wait":         "父进程在等。",
	"workers.ended":        "{name} 结束了，距第一个启动 {after}；退出码 {code}。",
	"workers.killed":       "{name} 被 {signal} 号信号杀死了。其他进程照常。",
	"workers.toolong":      "一件事最多只能做 {lifetime}，按这个节奏也一样",
	"workers.failed":       "{name} 失败了。其他进程照常。",
	"workers.took":         "从第一个启动到最后一个结束：{wall}。最长的一件单独要 {longest}；一件接一件做要 {sum}。",
	"workers.daemon":       "父进程结束时，子进程会怎样？启动三个主进程，各有一个有事要做的子进程。第二、第三个主进程的子进程是守护进程（daemon）。",
	"workers.homes":        "三个家庭：",
	"workers.ends":         "现在杀死第三个主进程（{pid}），让另外两个的主函数返回。",
	"workers.terminated":   "守护进程 {child}：父进程退出前终止了它（用 SIGTERM；Windows 上用 TerminateProcess）。它的退出码是 {code}。",
	"workers.killedparent": "被杀死的父进程 {pid}：退出码 {code}。它来不及结束任何进程。",
	"workers.leashed":      "可是它的守护进程 {child} 也结束了：父进程结束时，内核会告知 mtp 的子进程。Python 的没有这样的安排，在那里它会继续活着。",
	"workers.waits":        "非守护进程 {child}：它还在工作，状态 {state}。父进程仍是 {ppid}：主函数已经返回，但进程还在等它的子进程。",
	"workers.finished":     "{child} 做完了它的事：退出码 {code}。现在它的父进程也可以结束了。",
	"workers.input":        "子进程能请用户输入吗？启动一个读一行的子进程。",
	"workers.eof":          "{name}：我的标准输入是 {file}，从那里读一行，得到的是 {answer}。",
	"workers.onekeyboard":  "它的标准输入是空的，与 Python 相同：几个进程读同一个键盘，会抢走彼此的行。",
	"workers.kill":         "再启动一个，杀死它。",
	"workers.victim":       "{name}（没有起名字）：退出码 {code}。负的退出码表示杀死它的信号：{signal}。",

	"workers.ask.wall":  "各项工作需要 {lasts}。同时启动，到最后一个结束要多少秒？（上下差四分之一也算对。）",
	"workers.rule.wall": "只是等待的进程互不耽误：总时间就是最长的那一项。",
	"workers.ask.code":  "mtp 将用信号 {signal}（SIGKILL）杀死它。Process 会像 Python 那样报告什么 exitcode？",
	"workers.rule.code": "被信号结束的进程没有退出状态。这时 Python 的 exitcode 是信号编号加负号。",

	"workers.victim.code": "{name}（没有起名字）：退出码 {code}。Windows 没有信号：它是被 TerminateProcess 结束的，退出码由它给出。",

	"help":              "启动并行工作的进程：join、超时、守护、退出码，即 Python 的 multiprocessing.Process。",
	"help.job":          "一件事；可重复，代替课程里的三件。",
	"help.timeout":      "第一次 join 最多等多久。",
	"help.daemon":       "把这些事作为守护进程启动：不管做没做完，都随父进程结束。",
	"help.start-method": "怎样启动进程：spawn。Python 的 fork 和 forkserver 在这里做不到。",
}
