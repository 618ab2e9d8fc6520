package signalignore

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"title":      "signal-ignore：SIGCHLD 的默认处理与明确忽略",
	"strangers":  "mtp 启动时这个进程就已经有子进程，wait 也会等它们；请从 shell 里启动",
	"default":    "SIGCHLD 采用默认处理方式。启动 {count} 个立即退出的子进程，mtp 不 wait。",
	"zombies":    "都结束了，却都还列着，是僵尸：",
	"keep":       "mtp 逐个 wait 它们，只留下 {pid} 当僵尸。",
	"ignore":     "明确忽略 SIGCHLD：signal(SIGCHLD, SIG_IGN)。",
	"off":        "在 {pid}（{comm}）中 SIGCHLD（{number} 号信号）没有被忽略：SigIgn 是 {mask}，没有它的那一位 {bit}。",
	"on":         "在 {pid}（{comm}）中 SIGCHLD（{number} 号信号）被忽略：SigIgn 是 {mask}，有它的那一位 {bit}。",
	"old":        "{pid} 在这之前已经结束，它的状态仍是 {state}：SIG_IGN 不会清除已有的僵尸。",
	"old.reaped": "照旧，一次 wait 收走了它。",
	"again":      "再启动同样多的子进程。这些会工作片刻，先后退出。",
	"wait":       "mtp 等待任意一个子进程：wait4(-1)。",
	"echild":     "wait 阻塞了 {blocked}，直到最后一个子进程结束，然后失败：ECHILD，“没有子进程”。",
	"never":      "{count} 个子进程中见到的僵尸：{zombies} 个。现在还列着的：{listed} 个。",
	"price":      "内核自己收走了它们。代价是：没有人知道它们的退出状态。",
	"exec":       "SIG_IGN 在 exec 之后仍然有效：现在启动的程序会继承它。",
	"nocat":      "这里没有 /bin/cat，无法演示。",
	"restore":    "把 SIGCHLD 恢复为默认处理。",

	"ask.clears":   "mtp 将忽略 SIGCHLD。已经在那里的僵尸 {pid} 会因此消失吗？",
	"rule.clears":  "SIG_IGN 只对此后结束的子进程起作用。",
	"ask.zombies":  "现在再启动 {count} 个子进程，它们在 SIGCHLD 被忽略期间结束。其中几个会变成僵尸？",
	"rule.zombies": "有了 SIG_IGN，内核会立即自己收走子进程。",

	"gist":       "明确忽略 SIGCHLD 时由内核来收，谁也不知道退出状态。",
	"help":       "忽略 SIGCHLD，看子进程为何不会变成僵尸。",
	"help.count": "每次启动多少个子进程。",
}
