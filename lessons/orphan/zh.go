package orphan

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"title":         "orphan：孤儿进程——父进程先结束",
	"subreaper":     "mtp 声明自己为 subreaper（收养者）：内核会把它后代中的孤儿交给它。",
	"subreaper.set": "内核同意了。",
	"start":         "启动一个父进程，它启动一个子进程，子进程再启动自己的子进程。",
	"family":        "连 mtp 在内共四代：",
	"ppid":          "{pid} 的父进程是 {ppid}。",
	"exit":          "现在父进程 {pid} 退出。它的子进程继续活着：成了孤儿。",
	"adopter":       "{pid} 的名字是 {name}。",
	"hidden":        "/proc 不让我们看 {pid}（挂载时用了 hidepid）。",
	"by.mtp":        "它就是 mtp 自己：孤儿的祖先中最近的、活着的 subreaper。",
	"by.first":      "它就是 mtp 自己：在这里它是 PID 1，即它的 PID 命名空间里的第一个进程，就像在容器里。",
	"by.init":       "PID 1 是 init，即第一个进程。更近的祖先中没有谁要收养时，孤儿就归它。（要求收养的祖先叫作 subreaper。）",
	"by.subreaper":  "它不是 PID 1，而是一个更近的祖先，向内核要求过收养后代中的孤儿，即 subreaper。",
	"stays":         "孙进程没有换父进程：它的父进程还活着。",
	"adopted":       "收养者和它的新家庭：",
	"end":           "现在孤儿结束。收养者会 wait 它，还是留下一个僵尸？",
	"zombie":        "{pid} 的状态是 {state}：僵尸，直到收养者 mtp 来 wait 它。",
	"reaped":        "mtp 收走了它，它的退出状态是 {status}。",
	"gone":          "进程表里已经没有 {pid}：{adopter} 已经收走了它。",
	"left":          "{patience} 之后，{pid} 的状态仍是 {state}：{adopter} 还没有 wait 它。",
	"left.why":      "好的 init 会 wait 每一个孤儿。这一个要么慢，要么从来不管；在此之前僵尸会一直留着。",

	"ask.ppid":   "{pid} 就要退出了。那时它的子进程 {child} 的父进程号是多少？（它的祖先由近到远：{ancestors}。）",
	"rule.ppid":  "孤儿归最近的、还活着的、且是 subreaper 的祖先；没有的话，归它所在 PID 命名空间的 init，在那里它的号码是 1。",
	"ask.moves":  "那么孙进程 {grandchild} 呢：它也会换父进程吗？",
	"rule.moves": "只有刚结束的那个进程的子进程才换父进程。",

	"gist":           "孤儿归最近的 subreaper 或 init，并继续运行。",
	"help":           "让父进程先于子进程退出，看谁收养子进程。",
	"help.subreaper": "由 mtp 来收养：它声明自己为 subreaper，并负责收走孤儿。",
}
