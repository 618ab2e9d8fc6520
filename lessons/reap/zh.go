package reap

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"title":              "reap：不留下僵尸的四种办法",
	"wait":               "wait：父进程立刻去问，一直阻塞到子进程结束。",
	"wait.blocked":       "子进程 {pid} 在工作。这期间父进程什么也做不了。",
	"wait.done":          "wait 阻塞了 {blocked}，返回状态：{status}。",
	"nohang":             "WNOHANG：父进程不时问一下，不阻塞，其余时间做自己的事。",
	"nohang.done":        "它返回 0（“还没有”）{polls} 次，然后返回子进程的 PID {pid} 和状态：{status}。",
	"nohang.gap":         "从子进程结束到下一次去问，它是僵尸。",
	"sigchld":            "SIGCHLD：由内核通知父进程。启动一个处理这个信号的父进程，和 {count} 个子进程。",
	"sigchld.family":     "父进程和它的子进程：",
	"sigchld.stop":       "让父进程暂停，发给它的信号就被扣住。然后让 {count} 个子进程都结束。",
	"sigchld.tree":       "子进程现在都是僵尸：",
	"sigchld.pending":    "待处理的信号中给 {pid} 的（ShdPnd）：{mask}。SIGCHLD 是 {number} 号信号，在其中只占一位 {bit}：要么待处理，要么没有，不计个数。",
	"sigchld.cont":       "让父进程继续。",
	"sigchld.done":       "它的处理函数收到的信号：{signals} 个；收走的子进程：{reaped} 个。",
	"sigchld.loop":       "标准信号不排队，所以处理函数必须循环：用 WNOHANG 一直 wait，直到没有可收的为止。",
	"double":             "两次 fork：子进程启动孙进程后立即退出。父进程只 wait 子进程。",
	"double.first":       "wait 子进程只阻塞了 {blocked}。",
	"double.adopter":     "孙进程 {pid} 已被收养：它的父进程是 {ppid}。",
	"double.work":        "两边同时工作：mtp 写代码，孙进程测代码。",
	"double.write":       "{pid} 写代码，第 {part} 部分。",
	"double.test":        "{pid} 测了 {parts} 部分代码。",
	"double.notmine":     "ECHILD（没有子进程）：孙进程已经结束，但它不是 mtp 的子进程。它的状态由 {ppid} 来取。",
	"double.mine":        "在这里 mtp 自己就是收养者（PID 1 或 subreaper），所以得由它来收。",
	"table.method":       "办法",
	"table.blocks":       "阻塞",
	"table.handler":      "处理函数",
	"table.knows_status": "知道状态",
	"table.zombies":      "见到的僵尸",
	"counted":            "途中见到的僵尸：反复看 /proc，连续两次都看到才算。sigchld 的那些，是因为 mtp 暂停了父进程；double-fork 的，该由收养者来收。",

	"ask.blocks":   "它的子进程将工作一会儿。wait 会在子进程结束之前返回吗？",
	"rule.blocks":  "wait 一直阻塞到有子进程结束，除非用 WNOHANG 要求它不阻塞。",
	"ask.signals":  "在发给父进程的信号被扣住期间，{count} 个子进程将全部结束。之后它的 SIGCHLD 处理函数会运行几次？",
	"rule.signals": "标准信号不排队：每一种最多挂起一个。",

	"gist":        "wait 会阻塞，WNOHANG 只询问，SIGCHLD 来通知；信号不排队，所以要循环。",
	"help":        "比较避免僵尸的几种办法：wait、WNOHANG、SIGCHLD、两次 fork。",
	"help.method": "演示哪一种：wait、nohang、sigchld、double-fork，或用 all 全部并列演示。",
}
