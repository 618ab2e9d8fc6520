package signalignore

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"title":      "signal-ignore：SIGCHLD 的默认处理与明确忽略",
	"strangers":  "mtp 启动时这个进程就已经有子进程，wait 也会等它们；请从 shell 里启动",
	"default":    "SIGCHLD 采用默认处理方式。启动 {count} 个立即退出的子进程，mtp 不 wait。",
	"masks":      "/proc/PID/status 中有几个掩码，每种信号占一位。SigIgn：进程明确忽略它；SigCgt：进程为它设置了处理函数。SIGCHLD 是 {number} 号信号，它的那一位是 {bit}。",
	"zombies":    "它们都已结束，但仍在进程表中，是僵尸进程：",
	"keep":       "除 {pid} 之外，mtp 已逐个 wait；{pid} 留作僵尸进程。",
	"ignore":     "明确忽略 SIGCHLD：在 C 里是 signal(SIGCHLD, SIG_IGN)。",
	"off":        "在 {pid}（{comm}）中 SIGCHLD 采用默认处理：{bit} 这一位在 SigIgn（{ignored}）和 SigCgt（{caught}）中都没有置位。",
	"on":         "在 {pid}（{comm}）中 SIGCHLD 被忽略：{bit} 这一位在 SigIgn（{ignored}）中已置位。",
	"old":        "{pid} 在这之前已经结束，它的状态是 {state}。",
	"old.reaped": "照旧，wait {pid} 返回了它的状态：{status}。",
	"uncleared":  "可见 SIG_IGN 不会清除已有的僵尸进程。",
	"again":      "再启动同样多的子进程。mtp 等待其中任意一个：wait4(-1)。",
	"wait":       "mtp 在等待。",
	"echild":     "wait 阻塞了 {blocked}，然后失败：ECHILD，“没有子进程”。",
	"never":      "{count} 个子进程中见到的僵尸进程：{zombies} 个。现在仍在进程表中的：{listed} 个。",
	"instant":    "在内核回收之前，子进程就是僵尸进程；这通常只有一瞬间。",
	"counted":    "至少相隔 {instant}、两次都看到它已结束，才算僵尸进程。由内核回收的子进程也有一瞬间是僵尸进程，但短得不算。",
	"price":      "可见内核自己回收了它们，wait 在最后一个之后才返回。代价是：没有人知道它们的退出状态。",
	"exec":       "SIG_IGN 在 exec 之后仍然有效：现在启动的程序会继承它。",
	"nocat":      "这里没有 /bin/cat，无法演示。",
	"restore":    "把 SIGCHLD 恢复为默认处理。",

	"ask.clears":   "mtp 将忽略 SIGCHLD。已经在那里的僵尸进程 {pid} 会因此消失吗？",
	"rule.clears":  "SIG_IGN 只对此后结束的子进程起作用。",
	"ask.zombies":  "现在再启动 {count} 个子进程，它们在 SIGCHLD 被忽略期间结束。其中会见到几个僵尸进程？",
	"rule.zombies": "有了 SIG_IGN，内核会立即自己回收子进程。",

	"gist":       "明确忽略 SIGCHLD 时由内核回收，谁也不知道退出状态。",
	"help":       "忽略 SIGCHLD，看子进程为何不会变成僵尸进程。",
	"help.count": "每次启动多少个子进程。",

	"mistake.count": "--count 要在 2 到 1000 之间",

	"check.task":           "写一个程序：在 fork 之前忽略 SIGCHLD，于是子进程从不成为僵尸。",
	"check.ignored":        "父进程在第一次 fork 之前把 SIGCHLD 设为 SIG_IGN。",
	"check.ignored.hint":   "在 fork 之前调用 signal(SIGCHLD, SIG_IGN)（Python 里是 signal.signal(signal.SIGCHLD, signal.SIG_IGN)）。",
	"check.ignored.yes":    "{parent} 先忽略了 SIGCHLD，然后才 fork。",
	"check.ignored.late":   "{parent} 在第一次 fork 之后才忽略 SIGCHLD{line}。",
	"check.ignored.no":     "{parent} 从没有忽略过 SIGCHLD。（它的默认动作也叫“忽略”，但不回收子进程。）",
	"check.ends.hint":      "让父进程再运行一会儿，或调用 wait：所有子进程都结束后，它以 ECHILD 返回。",
	"check.nozombies":      "没有一个子进程成为僵尸：每一个结束时都由内核回收。",
	"check.nozombies.hint": "已经在的僵尸不会因此消失；要在第一个子进程可能结束之前忽略 SIGCHLD。",
	"check.nozombies.no":   "{child} 结束后当了 {lasted} 的僵尸；它是 {parent} 的子进程{line}。",
	"check.nozombies.yes":  "{count} 个子进程结束了，没有一个是僵尸。",
}
