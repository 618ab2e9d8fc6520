package orphan

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"title":         "orphan：孤儿进程——父进程先结束",
	"subreaper":     "mtp 声明自己为子进程收割者（subreaper）：请内核把自己后代中的孤儿进程交给它。",
	"subreaper.is":  "mtp 是子进程收割者（subreaper）：它已请内核把自己后代中的孤儿进程交给它。",
	"subreaper.not": "mtp 不是子进程收割者（subreaper）：它没有请内核把自己后代中的孤儿进程交给它。",
	"start":         "启动一个父进程；它启动一个子进程，子进程再启动一个孙进程。",
	"family":        "连 mtp 在内共四代：",
	"ppid":          "{pid} 的父进程是 {ppid}。",
	"exit":          "现在父进程 {pid} 退出。它的子进程继续运行，成了孤儿进程。",
	"went":          "孤儿进程由祖先中最近的、仍在运行的子进程收割者收养；没有的话，由所在 PID 命名空间的 init 收养。",
	"adopter":       "{pid} 的名字是 {name}。",
	"hidden":        "/proc 没有向我们显示 {pid}（挂载时可能用了 hidepid）。",
	"by.mtp":        "它就是 mtp 自己：孤儿进程的祖先中最近的子进程收割者。",
	"by.first":      "它就是 mtp 自己：在这里 mtp 是 PID 1，即所在 PID 命名空间的 init，就像在容器里。",
	"by.init":       "PID 1 是 init，即第一个进程。更近的祖先都没有要求收养时，孤儿进程归它。",
	"by.subreaper":  "它不是 PID 1，所以它是一个子进程收割者：一个更近的祖先，请内核把自己后代中的孤儿进程交给它。",
	"stays":         "孙进程没有换父进程：它的父进程还在运行。",
	"adopted":       "现在的一家：",
	"try":           "请在另一个终端里亲自看看（加上 --step 就来得及）：",
	"end":           "现在孤儿进程结束。收养者会 wait 它吗？",
	"zombie":        "{pid} 的状态是 {state}，即僵尸进程：收养者 mtp 必须 wait 它。",
	"reaped":        "mtp 已回收它，它的退出状态是 {status}。",
	"gone":          "进程表里已经没有 {pid}。",
	"gone.who":      "可见它已被回收：要么 {adopter} wait 了它，要么 {adopter} 明确忽略 SIGCHLD，由内核自己回收。PID 消失，并不能说明是哪一种。",
	"left":          "{pid} 结束 {passed} 之后仍在进程表中，状态是 {state}。",
	"left.why":      "所以它是僵尸进程：收养者 {adopter} 尚未 wait 它。称职的收养者会 wait 每一个孤儿进程；这一个要么慢，要么从来不 wait。",

	"ask.ppid":   "{pid} 就要退出了。那时它的子进程 {child} 的父进程号是多少？（{pid} 之上由近到远是：{ancestors}。）",
	"rule.ppid":  "孤儿进程由祖先中最近的、仍在运行的子进程收割者（subreaper）收养；没有的话，由所在 PID 命名空间的 init 收养，它在那里是 PID 1。/proc 不显示谁是子进程收割者。想知道的话，在旁边的终端里造一个孤儿进程，再查它的父进程：(sleep 9 &); ps -o ppid,args -C sleep",
	"ask.moves":  "那么孙进程 {grandchild} 呢：它也会换父进程吗？",
	"rule.moves": "只有刚结束的那个进程的子进程才换父进程。",

	"gist":           "孤儿进程由最近的子进程收割者（subreaper）或 init 收养，并继续运行。",
	"help":           "让父进程先于子进程退出，看谁收养子进程。",
	"help.subreaper": "由 mtp 来收养：它声明自己为子进程收割者（subreaper），并负责回收。",
}
