//go:build unix

package fork

import "mtp/lessons/kit/narrate"

// Chinese is the lesson in Chinese.
var Chinese = narrate.Sentences{
	"fork.title":          "fork：一个进程调用，两个进程返回",
	"fork.self":           "我是谁？",
	"fork.pid":            "我的 PID 是 {pid}，父进程的 PID 是 {ppid}。",
	"fork.program":        "我的程序是 {program}。",
	"fork.variable":       "设一个变量 a = 1，让它独占一页内存。",
	"fork.address":        "a = {value}，地址是 {address}。",
	"fork.call":           "调用 fork。从这一行起，有 {count} 个进程运行同一个程序。",
	"fork.spawn":          "在 macOS 上，Go 程序不能 fork 之后接着运行：它用的系统库承受不了。所以 mtp 重新启动自己（fork 之后立即 exec）：子进程是程序的又一次运行，不是副本。想看副本，请在 Linux 上运行这一课。",
	"fork.how":            "fork 只复制调用它的那个线程，而 Go 的运行时还需要其他线程，所以 Go 不提供 fork。mtp 自己做系统调用 clone(SIGCHLD)，子进程里也只做系统调用。",
	"fork.finished":       "PID {pid}：fork 调用结束。",
	"fork.once":           "打印这一行的语句在程序里只有一处，每个进程各执行了一次。",
	"fork.returned":       "在我（父进程）这里，它返回 {pid}：子进程的 PID。",
	"fork.returned.child": "在子进程那里，它返回 {returned}。",
	"fork.tree":           "没有哪个子进程是从文件启动的：每个都是我的副本，连命令行也一样。",
	"fork.shared":         "内存复制了吗？",
	"fork.page":           "映射这一页的是否只有 PID {pid}（第 56 位）？{exclusive}",
	"fork.onepage":        "还没有：它们映射的是同一页。",
	"fork.twopages":       "现在这两个进程各有各的一页。",
	"fork.nopagemap":      "这个系统不显示哪些页是共享的（{path}）。",
	"fork.write":          "现在写入：第 n 个子进程把自己的 a 设为 n × 10000。",
	"fork.faults":         "子进程的次缺页（minor fault）：写入前 {before} 次，写入后 {after} 次。内核就是在这样一次缺页中复制那一页的。",
	"fork.compare":        "比较一下：同一个地址，各个进程里的值。",
	"fork.value.parent":   "我（{pid}）：a = {value}。",
	"fork.value.child":    "子进程 {pid}：a = {value}。",
	"fork.others":         "其余 {count} 个也各有自己的值。",
	"fork.exit":           "结束：_exit({status})。父进程的 wait 得到什么？",
	"fork.status":         "子进程 {pid} 的退出状态是 {status}。",
	"fork.summary":        "退出状态只有低 8 位留下来：404\u00a0=\u00a0256\u00a0+\u00a0148。",
	"fork.race":           "fork {rounds} 次。每次之后，父进程和子进程各向同一个管道写一个字母。谁先写？",
	"fork.racing":         "每个子进程立即退出。",
	"fork.first":          "父进程先|子进程先",
	"fork.unspecified":    "谁先运行没有规定。依赖这个顺序的程序是错的，哪怕今天碰巧能用。",

	"fork.ask.lines":   "接下来父进程调用 fork（{children} 次），然后有一条打印一行的语句。这一行会出现几次？",
	"fork.rule.lines":  "fork 之后，父进程和子进程都从同一程序的下一行继续执行。",
	"fork.ask.value":   "子进程将把 a 设为 10000。那时父进程里的 a 是多少？",
	"fork.rule.value":  "子进程有自己的一份副本：它写进去的，父进程看不到。",
	"fork.ask.status":  "子进程将调用 _exit({status})。父进程的 wait 会报告什么退出状态？",
	"fork.rule.status": "父进程只得到低 8 位，也就是除以 256 的余数。",

	"help":          "复制当前进程，看两个进程共享一页内存，直到其中一个写入。",
	"help.children": "fork 多少个子进程。",
	"help.race":     "fork 这么多次，只数谁先运行：父进程还是子进程。",
}
