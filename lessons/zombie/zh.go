//go:build unix

package zombie

import "mtp/lessons/kit/narrate"

// Chinese is the lesson in Chinese.
var Chinese = narrate.Sentences{
	"zombie.title":     "zombie：僵尸进程——已经死了，却还在进程表里",
	"zombie.start":     "启动一个子进程：再运行一次 mtp，让它扮演子进程，它将以状态 {status} 退出。",
	"zombie.alive":     "子进程 {pid} 活着，它的父进程是 {ppid}。",
	"zombie.exit":      "现在子进程退出。父进程不调用 wait。",
	"zombie.born":      "子进程 {pid} 已经死了，但内核仍然列着它，状态是 {state}（僵尸）。",
	"zombie.dead":      "ps aux 把它显示为 <defunct>。",
	"zombie.anatomy":   "它还剩下什么？",
	"zombie.cmdline":   "它的命令行：{bytes} 字节。",
	"zombie.maps":      "它的内存映射：{lines} 项。",
	"zombie.memory":    "它的内存：{rss} 页；地址空间：{vsize} 字节。",
	"zombie.files":     "它打开的文件：{count} 个。",
	"zombie.fdsize":    "它的打开文件表有 {size} 个位置（FDSize）。",
	"zombie.status":    "它的退出状态还为父进程留着：{status}。（WNOWAIT 只看一眼，僵尸仍留在原处。）",
	"zombie.entry":     "它在进程表里的一项：PID {pid}，父进程 {ppid}，状态 {state}。内存和文件都没有了；macOS 没有 /proc 可看。",
	"zombie.kill":      "能杀死它吗？给它发 SIGKILL——这个信号不能捕获、阻塞或忽略。",
	"zombie.killed":    "内核接受了这个信号：kill 返回 0。",
	"zombie.unmoved":   "什么都没变：状态还是 {state}。死了的进程无法再被杀死。",
	"zombie.more":      "用同样的办法再造 {more} 个。",
	"zombie.making":    "每一个都是独立的进程，启动后立即退出。",
	"zombie.many":      "{ppid} 有 {zombies} 个子进程处于状态 Z。",
	"zombie.cost":      "它们的内存早已归还。僵尸耗掉的是进程号：",
	"zombie.unlimited": "{limit}：已用 {used}；对你没有限制。",
	"zombie.limit":     "{limit}：已用 {used}，上限 {max}。",
	"zombie.try":       "自己看看吧。在另一个终端里输入：",
	"zombie.hold":      "保留 {hold}。",
	"zombie.wait":      "现在父进程调用 wait。",
	"zombie.reaped":    "wait 立即返回，并交出了退出状态：{status}。",
	"zombie.gone":      "进程表里已经没有 PID {pid}：僵尸消失了，这个号码可以再用。",
	"zombie.allreaped": "每个 wait 一次，其余 {count} 个也消失了。",
	"zombie.summary":   "僵尸一直留到父进程 wait 它为止。如果父进程先结束，另一个进程收养它，由收养者来 wait。",

	"zombie.ask.state":  "子进程就要退出，而父进程不会调用 wait。那时内核把它列在什么状态？",
	"zombie.rule.state": "R 运行或就绪，S 睡眠，T 暂停，Z 僵尸：死去的进程保留着 PID 和退出状态，直到父进程来取。",
	"zombie.ask.kill":   "mtp 将给它发 SIGKILL。它会因此从进程表里消失吗？",
	"zombie.rule.kill":  "它早就死了，只有 wait 能收走它。",

	"help":       "造一个僵尸进程，看它还剩什么，再收走它。",
	"help.count": "造多少个僵尸。",
	"help.hold":  "为你保留多久；回车提前结束，0 表示不停留。",
}
