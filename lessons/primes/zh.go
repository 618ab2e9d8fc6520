package primes

import "mtp/lessons/kit/narrate"

// Chinese is the lesson in Chinese.
var Chinese = narrate.Sentences{
	"primes.title":         "primes：多用几个进程，能换来什么",
	"primes.cores":         "本进程可以使用 {cores} 个处理器。",
	"primes.quota":         "它所在的控制组大约可用 {allowed} 个处理器的时间。",
	"primes.whole":         "这种方法不能切成几份。一个进程全部做完，其他的无事可做。",
	"primes.trial":         "求 {limit} 以内素数之和。用课程里的方法，试除：每个除数都试。",
	"primes.combinatorial": "求 {limit} 以内素数之和，但不去找素数：从所有数之和里减去各个倍数之和。",
	"primes.sieve":         "用埃拉托斯特尼筛法求 {limit} 以内素数之和：划去每个素数的倍数，剩下的就是素数。",
	"primes.auto.trial":    "求 {limit} 以内素数之和。用课程里的方法，试除：每个除数都试。（超过 {last} 时 mtp 会改用筛法。）",
	"primes.auto.sieve":    "用埃拉托斯特尼筛法求 {limit} 以内素数之和：划去每个素数的倍数，剩下的就是素数。（超过 {last} 时，每个除数都试就太慢了。）",
	"primes.one":           "一个进程。",
	"primes.many":          "{procs} 个进程。",
	"primes.working":       "在工作的进程：{procs} 个。",
	"primes.sum":           "素数之和：{sum}，共 {count} 个，用时 {wall}。",
	"primes.last":          "各份的数一样多，可是最后一份用去了 {percent} % 的 CPU 时间：数越大，要试的除数越多。",
	"primes.workers":       "进程|PID|单元|CPU 时间|等待|被抢占",
	"primes.more":          "另外还有 {more} 个。",
	"primes.compare":       "比较。",
	"primes.table":         "进程数|用时|CPU 时间|加速比|效率",
	"primes.chart":         "相对于一个进程的加速比：",
	"primes.limit":         "{procs} 个进程分用 {cores} 个处理器：同一时刻最多有 {cores} 个在运行，其他的处于就绪状态，等着轮到自己。所以它们最多只能比一个进程快 {cores} 倍。",
	"primes.lists":         "结果为什么要通过管道传回来？让 {children} 个子进程把 {last} 以内的素数各自追加到一个列表里。",
	"primes.list":          "子进程 {pid}：我的列表里有 {length} 个素数。",
	"primes.empty":         "父进程的列表里有 {length} 个。每个进程有自己的内存。",
	"primes.died":          "{name}（{pid}）死了，退出码 {code}。它在做的那一单元由另一个进程重做。",
	"primes.alldead":       "工作还没做完，所有进程都死了；最后一个：{failure}",
	"primes.interrupted":   "被中断：{procs} 个进程的这一轮大约做完了 {percent} %。",
	"primes.long":          "这大约需要 {estimate}。按 Ctrl-C 可以结束。",
	"primes.print.title":   "primes：{limit} 以内的全部素数，由 {procs} 个进程来找",
	"primes.print.died":    "{name}（{pid}）死了，由另一个进程接替。",

	"help":             "用一个和多个进程求素数之和，看加速了多少。",
	"help.procs":       "用几个进程；可重复。不给时为 1、4、10。",
	"help.no-baseline": "不另外用一个进程做一遍来比较。",
	"help.limit":       "到哪个数为止：100000、100_000、1e10。",
	"help.method":      "怎样找素数：trial（课程里的试除）、sieve（筛法）、combinatorial（组合），或 auto。",
	"help.schedule":    "怎样分配：static（范围均分）或 dynamic（小单元，谁空闲给谁）。",
	"help.print":       "列出素数，每行一个；其他内容输出到标准错误。",
}
