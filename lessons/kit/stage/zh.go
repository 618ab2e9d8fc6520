package stage

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"limit.room":   "这一课可能还要 {tasks} 个任务，名额不够：{limit} 允许 {max} 个任务（进程和线程），已用 {used} 个，见 {source}。请结束一些，或提高上限",
	"limit.files":  "启动 {made} 个子进程之后，mtp 的文件描述符用完了（EMFILE），而每个子进程要占用几个。请减少数量，或提高上限（ulimit -n）",
	"limit.hit":    "创建 {made} 个子进程之后 fork 失败（EAGAIN）：{limit} 允许 {max} 个任务（进程和线程），已用 {used} 个，见 {source}。请结束一些，或提高上限",
	"lanes":        "各进程的时间线（反复查看内核所列的状态；更短暂的状态可能看不到）：",
	"lanes.traced": "跟踪到的各进程的时间线：",
	"cleanup":      "已清理：{list}。",
	"prompt":       "[回车]",
	"prompt.keys":  "这里只有回车、b、x 和 q 有意义。",
	"prompt.tour":  "[回车] 继续 · b 再看一遍 · x 跳过这一课 · q 离开",
	"lesson.none":  "没有“{lesson}”这一课；mtp list 会列出各课",
	"windows":      "Windows 没有 fork、没有僵尸、没有 SIGCHLD，也不列进程状态：进程由句柄来引用，只要还有句柄开着，退出码就一直保留；作业（job）让进程一起结束。请在 WSL（wsl.exe）里运行这一课",

	"predict.number":  "你的预测（一个数；? 看提示，回车两次不预测）：",
	"predict.yesno":   "你的预测（y 会，n 不会；? 看提示，回车两次不预测）：",
	"predict.letter":  "你的预测（字母或名称；? 看提示，回车两次不预测）：",
	"predict.choices": "R 运行或就绪，S 睡眠，D 不可中断的睡眠，T 暂停，Z 僵尸。",
	"predict.none":    "没有作答。再按一次回车，就不预测。",
	"predict.hint":    "提示：{rule}",
	"predict.form":    "请回答{form}。",
	"predict.said":    "你预测：{predicted}。",
	"predict.right":   "你预测“{predicted}”，对了。{rule}",
	"predict.wrong":   "你预测“{predicted}”，实际是“{answer}”。{rule}",
	"answer.yes":      "会",
	"answer.no":       "不会",
	"form.number":     "一个数",
	"form.yesno":      "“会”或“不会”（y 或 n）",
	"form.letter":     "一个状态：R、S、D、T 或 Z，或它的名称",

	"next":       "怎么做的：mtp source {lesson}。下一课：mtp {next}。",
	"next.none":  "怎么做的：mtp source {lesson}。",
	"hold":       "最多保留 {hold}。",
	"hold.enter": "一直保留到按下回车，或输入结束。",

	"line.place":    "{place} 的 {function}",
	"line.about":    "{place} 附近的 {function}",
	"line.function": "在 {function} 中",
	"line.from":     "{callee}，由 {caller} 在 {from} 调用",
	"line.aside":    "（{where}）",
}
