package exit

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"title":         "exit：进程怎样结束，父进程能知道什么",
	"who":           "启动一个子进程，让它询问自己和父进程的 PID：getpid 和 getppid。",
	"child":         "子进程：getpid 得到 {pid}，getppid 得到 {ppid}。",
	"parent":        "我是它的父进程 {pid}，得到的子进程号是 {child}。",
	"ask.status":    "一个子进程将调用 _exit({status})。wait 会报告什么退出状态？",
	"rule.status":   "在 Unix 上只传来低 8 位，也就是除以 256 的余数；在 Windows 上 32 位都传来。",
	"ways":          "几个子进程以不同的方式结束。wait 怎么说，shell 又怎么看？",
	"return":        "main 返回",
	"killed":        "被 SIGKILL 结束",
	"complains":     "报错，以 1 退出",
	"exited":        "退出",
	"signaled":      "信号",
	"table.child":   "子进程",
	"table.word":    "状态字",
	"table.meaning": "含义",
	"table.shell":   "sh 的 $?",
	"table.python":  "Python",
	"word":          "状态字由 wait 填写，用 WIFEXITED、WEXITSTATUS、WIFSIGNALED、WTERMSIG 拆开来看。被信号结束时，shell 显示 128 + 信号编号。最后一列是按规则写的，这里没有运行 Python：它的 exitcode 是状态，或者信号编号加负号。",
	"text":          "第五个做的就是 Python 的 sys.exit(\"…\")：文字写到标准错误，状态是 1。sys.exit 抛出 SystemExit，所以 finally 会执行；os._exit 则不会。",
	"buffer":        "一个子进程把一行写进缓冲区，由 defer 的函数负责把缓冲区写出去。子进程的 main 返回。",
	"arrived":       "收到 {bytes} 字节。",
	"ask.bytes":     "另一个子进程也这样做，但用 _exit 结束。会收到多少字节？",
	"rule.bytes":    "_exit 立即结束进程：什么都不写出去，defer 的函数和退出处理函数都不运行。",
	"skip":          "同样的事，但现在子进程调用 _exit（Go 里是 os.Exit，Python 里是 os._exit）。",
	"handlers":      "缓冲区在子进程的内存里，随它一起消失了。C 的 exit 先把 stdio 的缓冲区写出去，并运行 atexit 登记的函数，然后才调用 _exit。",
	"ask.copies":    "一个子进程把一行写进缓冲区，只写一次，然后 fork。两个进程都把缓冲区写出去。这一行会收到几次？",
	"rule.copies":   "fork 复制内存，缓冲区就在里面。",
	"fork":          "一个子进程把一行写进缓冲区，然后 fork。两个进程都把缓冲区写出去。",
	"copied":        "收到 {lines} 行。",
	"flush":         "所以要在 fork 之前把缓冲区写出去，或者让子进程用 _exit 离开。（输出到终端时，C 的 stdio 每到行尾就写；要等输出进了管道或文件，这个错误才看得见。）",
	"nofork":        "fork 会复制缓冲区里的内容，所以会写两次。Go 程序在这个系统上不能 fork；请在 Linux 上运行这一课。",
	"summary":       "父进程知道子进程怎样结束，外加一个小小的数。子进程要说别的，就得在 _exit 之前、在 fork 之前写出去。",

	"codes": "Windows 保留退出码的全部 32 位，也没有信号：最后一个是被 TerminateProcess 结束的，退出码由它给出。",

	"gist":        "父进程得知 8 位状态或一个信号；缓冲区里的内容遇 _exit 就丢失，遇 fork 就加倍。",
	"help":        "让进程以各种方式结束，看它们还留下什么。",
	"help.status": "其中一个子进程以什么状态退出。",
}
