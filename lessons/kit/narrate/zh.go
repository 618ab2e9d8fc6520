package narrate

var zh = Sentences{
	"limit.room": "剩下的名额不够这一课可能需要的 {tasks} 个任务：{limit} 允许 {max} 个，已用 {used} 个，见 {source}。线程也计算在内。请结束一些进程，或提高上限",
	"limit.hit":  "创建 {made} 个子进程之后 fork 失败（EAGAIN）：{limit} 允许 {max} 个任务，已用 {used} 个，见 {source}。线程也计算在内。请结束一些进程，或提高上限",
	"cleanup":    "已清理（该结束的结束，并都 wait 过）：{list}。",
	"prompt":     "[回车]",
	"hold.left":  "还剩 {left}，回车继续",
}
