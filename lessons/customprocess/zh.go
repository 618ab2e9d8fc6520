package customprocess

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"title":    "custom-process：自己定义的进程类型",
	"type":     "一个类型 stepper：它嵌入 worker，worker 又嵌入 Process；它加了一个字段 value = {value}、两个步骤，和一个依次执行它们的 Run。",
	"promoted": "嵌入的类型把方法借给外层：stepper 也有 Start、Join 和 PID（称为提升，promoted）。看上去像继承。",
	"first":    "启动一个 stepper。在子进程里，由 worker 提升来的方法调用 Run。调用的是哪个 Run？",
	"inner":    "子进程 {pid} 说：“{said}”。",
	"hidden":   "是里面那个。这个方法的接收者是里面的 worker，它不知道外面还有 stepper：stepper 的 Run 只是遮住 worker 的，并没有覆盖它。在 Python 里，self 是整个对象，所以调用的是子类的 run。",
	"second":   "再启动一个。这次，子进程把整个 stepper 作为接口传进去。",
	"step":     "步骤{step}，在 {pid} 里：value 是 {value}。",
	"lookup":   "是外面那个：接口值带着自己的类型，Run 就在这个类型里找。",
	"copy":     "步骤 2 把子进程的 value 乘了 10。父进程的呢？",
	"parent":   "在父进程 {pid} 里：value 是 {value}。",
	"cmdline":  "子进程的命令行：{args}。",
	"own":      "它们不共享内存。子进程从命令行得到这个值，自己造了一个 stepper。",
	"pickle":   "Python 的 spawn 用 pickle 做同样的事：把对象写进管道，子进程读出一个副本。",
	"results":  "结果怎样传回来？用管道，或者用退出码。",
	"pipe":     "通过管道：{result}。",
	"code":     "作为退出码：{code}。",
	"bits":     "管道里想写什么就写什么。退出码在 Unix 上只有 8 位：0 到 255。",

	"ask.value":  "第二个 stepper 将在它的子进程里把值 {value} 乘以十。那时父进程里的值是多少？",
	"rule.value": "子进程有自己的 stepper：进程之间不共享内存。",
	"ask.code":   "子进程将以 {result} 作为退出码退出。实际会收到多少？",
	"rule.code":  "在 Unix 上退出码只有 8 位：收到的是除以 256 的余数。在 Windows 上有 32 位。",

	"gist":       "子进程用的是副本；结果从管道回来，或者只有 8 位。",
	"help":       "定义自己的进程类型：嵌入与继承，值的副本，结果怎样传回来。",
	"help.value": "这个类型增加的字段。",
}
