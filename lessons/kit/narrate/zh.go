package narrate

var zh = Sentences{
	"limit.room":  "这一课可能还需要 {tasks} 个任务，余下的名额不够：{limit} 允许 {max} 个任务（进程和线程），已用 {used} 个，见 {source}。请结束一些，或提高上限",
	"limit.files": "启动 {made} 个子进程之后，mtp 没有可用的文件描述符了（EMFILE），而每个子进程要占几个。请少要一些，或提高上限（ulimit -n）",
	"limit.hit":   "创建 {made} 个子进程之后 fork 失败（EAGAIN）：{limit} 允许 {max} 个任务（进程和线程），已用 {used} 个，见 {source}。请结束一些，或提高上限",
	"lanes":       "各进程的时间线（内核所列的状态）：",
	"cleanup":     "已清理：{list}。",
	"progress":    "  还剩 {left}，每秒 {rate} 个数",
	"prompt":      "[回车]",
	"prompt.tour": "[回车] 继续 · b 再看一遍 · s 跳过 · q 离开",

	"predict.number": "你的预测（一个数；? 看提示，回车不预测）：",
	"predict.yesno":  "你的预测（y 是，n 否；? 看提示，回车不预测）：",
	"predict.letter": "你的预测（一个字母；? 看提示，回车不预测）：",
	"predict.hint":   "提示：{rule}",
	"predict.form":   "这不是{form}。",
	"predict.said":   "你预测：{predicted}。",
	"predict.right":  "你预测 {predicted}：对了。",
	"predict.wrong":  "你预测 {predicted}；结果是 {answer}。{rule}",
	"form.number":    "数",
	"form.yesno":     "“是”或“否”",
	"form.letter":    "状态字母（例如 R）",

	"hold.rest": "还剩 {left}",
	"hold.left": "还剩 {left}，回车继续",
}
