//go:build unix

package orphan

import "mtp/lessons/kit/narrate"

// Chinese is the lesson in Chinese.
var Chinese = narrate.Sentences{
	"orphan.title":         "orphan：孤儿进程——父进程先结束",
	"orphan.subreaper":     "mtp 声明自己为 subreaper（收养者）：内核会把它后代中的孤儿交给它。",
	"orphan.subreaper.set": "内核同意了。",
	"orphan.start":         "启动一个父进程，它启动一个子进程，子进程再启动自己的子进程。",
	"orphan.family":        "连 mtp 在内共四代：",
	"orphan.ppid":          "{pid} 的父进程是 {ppid}。",
	"orphan.exit":          "现在父进程 {pid} 退出。它的子进程继续活着：成了孤儿。",
	"orphan.adopter":       "{pid} 的名字是 {name}。",
	"orphan.hidden":        "/proc 不让我们看 {pid}（挂载时用了 hidepid）。",
	"orphan.by.mtp":        "它就是 mtp 自己：孤儿的祖先中最近的、活着的 subreaper。",
	"orphan.by.first":      "它就是 mtp 自己：在这里它是 PID 1，即它的 PID 命名空间里的第一个进程，就像在容器里。",
	"orphan.by.init":       "PID 1 是 init，即第一个进程。更近的祖先中没有谁要收养时，孤儿就归它。（要求收养的祖先叫作 subreaper。）",
	"orphan.by.subreaper":  "它不是 PID 1，而是一个更近的祖先，向内核要求过收养后代中的孤儿，即 subreaper。",
	"orphan.stays":         "孙进程没有换父进程：它的父进程还活着。",
	"orphan.adopted":       "收养者和它的新家庭：",
	"orphan.end":           "现在孤儿结束。收养者会 wait 它，还是留下一个僵尸？",
	"orphan.zombie":        "{pid} 的状态是 {state}：僵尸，直到收养者 mtp 来 wait 它。",
	"orphan.reaped":        "mtp 收走了它，它的退出状态是 {status}。",
	"orphan.gone":          "进程表里已经没有 {pid}：{adopter} 已经收走了它。",
	"orphan.left":          "{patience} 之后，{pid} 的状态仍是 {state}：{adopter} 还没有 wait 它。",
	"orphan.left.why":      "好的 init 会 wait 每一个孤儿。这一个要么慢，要么从来不管；在此之前僵尸会一直留着。",

	"orphan.ask.ppid":   "{pid} 就要退出了。那时它的子进程 {child} 的父进程号是多少？（它的祖先由近到远：{ancestors}。）",
	"orphan.rule.ppid":  "孤儿归最近的、还活着的、且是 subreaper 的祖先；没有的话，归它所在 PID 命名空间的 init，在那里它的号码是 1。",
	"orphan.ask.moves":  "那么孙进程 {grandchild} 呢：它也会换父进程吗？",
	"orphan.rule.moves": "只有刚结束的那个进程的子进程才换父进程。",

	"help":           "让父进程先于子进程退出，看谁收养子进程。",
	"help.subreaper": "由 mtp 来收养：它声明自己为 subreaper，并负责收走孤儿。",
}
