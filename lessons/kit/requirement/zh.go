package requirement

import "mtp/lessons/kit/event"

// Chinese are the sentences of what several lessons require.
var Chinese = event.Sentences{
	"require.child":          "它用 fork 造一个子进程，子进程继续运行同一个程序。",
	"require.child.hint":     "C 里调用 fork()，Python 里调用 os.fork()，或启动 multiprocessing.Process。subprocess 和 system() 运行的是别的程序。",
	"require.child.yes":      "{parent} 用 fork 造出了 {child}。",
	"require.child.execed":   "{child} 执行的是另一个程序：{command}。",
	"require.child.no":       "{pid} 没有调用过 fork。",
	"require.ends":           "每个子进程都自己结束：它调用 exit。",
	"require.ends.hint":      "子进程做完事后用 _exit（Python 里是 os._exit）离开；被信号杀死是崩溃的结束方式。",
	"require.ends.alive":     "到最后 {child} 还在运行。",
	"require.ends.killed":    "{child} 被 {signal} 号信号杀死{line}。",
	"require.ends.yes":       "{child} 以状态 {status} 退出。",
	"require.waited":         "父进程等待自己的每一个子进程。",
	"require.waited.hint":    "每个子进程调用一次 wait 或 waitpid；Python 里是 os.wait()、os.waitpid(pid, 0)，或 Process 的 join()。",
	"require.waited.yes":     "所有子进程都被等待过：{count} 个。",
	"require.waited.orphan":  "{parent} 比自己的子进程 {child}{line} 先结束。",
	"require.waited.alive":   "到最后 {child}{line} 还在运行。",
	"require.waited.ignored": "{parent} 忽略 SIGCHLD，所以内核回收了 {child}，没有 wait 拿到它的状态。",
	"require.waited.no":      "{parent} 从没有等待过 {child}{line}，它当了 {lasted} 的僵尸。",
	"require.prompt":         "没有一个子进程当僵尸超过 {most}。",
	"require.prompt.hint":    "子进程一结束就等待：阻塞在 wait 里，或在 SIGCHLD 的处理函数里等待。",
	"require.prompt.no":      "{child}{line} 当了 {lasted} 的僵尸。",
	"require.prompt.yes":     "最久的僵尸持续了 {lasted}。",
	"require.count":          "一个父进程至少有 {procs} 个子进程。",
	"require.count.hint":     "先在循环里把它们都启动，再等待第一个。",
	"require.count.no":       "一个父进程的子进程最多是 {count} 个。",
	"require.count.yes":      "{parent} 造出了 {count} 个子进程。",
	"require.overlap":        "其中至少 {procs} 个同时活着。",
	"require.overlap.hint":   "不要等完一个再启动下一个：先全部启动，再逐个 join。",
	"require.overlap.no":     "同一时刻最多有 {count} 个活着。",
	"require.overlap.yes":    "同一时刻有 {count} 个活着。",
	"require.unplayed":       "程序没有走到这一步。",
}
