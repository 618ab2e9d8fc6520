package customprocess

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"title":       "custom-process：自己定义的进程类型",
	"type":        "类型 stepper 嵌入 worker，worker 又嵌入 Process；stepper 加了一个字段 value = {value}、两个步骤，和一个依次执行它们的 Run。",
	"promoted":    "嵌入一个类型，就得到它的方法（称为提升，promoted）：stepper 也有 Start、Join 和 PID。看上去像继承。",
	"forget":      "忘记创建里面的 Process，就像在 Python 里忘记 super().__init__()，然后调用 Start。",
	"panic":       "Start 引发 panic：{error}。",
	"constructor": "没有经过构造函数，嵌入的指针就是 nil。在 Python 里，缺少的是 Process.__init__ 设置的属性：start 会引发 AttributeError（object has no attribute '_closed'）。",
	"first":       "启动一个 stepper。在子进程里，由 worker 提升来的方法调用 Run。调用的是哪个 Run？",
	"inner":       "子进程 {pid} 说：“{said}”。",
	"hidden":      "是里面那个。这个方法的接收者是里面的 worker，它不知道外面还有 stepper：stepper 的 Run 只是遮住 worker 的，并没有覆盖它。在 Python 里，self 是整个对象，所以调用的是子类的 run。",
	"second":      "再启动一个。这次，子进程把整个 stepper 以接口值传入。",
	"step":        "步骤 {step}，在 {pid} 里：value 是 {value}。",
	"lookup":      "是外面那个：接口值带着其中的值的类型，Run 就在这个类型里查找。",
	"copy":        "步骤 2 把子进程的 value 乘以 10。父进程的呢？",
	"parent":      "在父进程 {pid} 里：value 是 {value}。",
	"cmdline":     "子进程的命令行：{args}。",
	"own":         "子进程从命令行得到这个值，自己建了一个 stepper：两个 value 分别在两个进程里，没有共享内存。",
	"pickle":      "Python 的 spawn 用 pickle 做同样的事：把对象写进管道，子进程读出一个副本。",
	"results":     "结果怎样传回来？这里用管道，也用退出码。",
	"pipe":        "通过管道：{result}。",
	"code":        "作为退出码：{code}。",
	"bits":        "写进管道的是什么，读出来的就是什么。退出码在 Unix 上只传回 8 位：0 到 255。",

	"ask.value":  "第二个 stepper 将在它的子进程里把 value（{value}）乘以 10。那时父进程里的 value 是多少？",
	"rule.value": "子进程有自己的 stepper：除非申请共享内存，进程之间不共享内存。",
	"ask.code":   "子进程将调用 exit({result})。父进程得到的退出码是多少？",
	"rule.code":  "在 Unix 上退出码只传回 8 位：得到的是除以 256 的余数。在 Windows 上有 32 位。",

	"gist":          "子进程用的是值的副本；结果通过管道传回来，或者只有 8 位的退出码。",
	"mistake.value": "--value 要在 -{max} 到 {max} 之间",

	"help":       "定义自己的进程类型：嵌入与继承、值的副本、结果怎样传回来。",
	"help.value": "这个类型增加的字段。",

	"check.task":        "写一个自己的进程类：start 造出子进程，子进程调用 run，join 等待它。",
	"check.joined":      "父进程像 join 那样，按 PID 等待一个子进程。",
	"check.joined.hint": "Process 的 join 用这个进程的 PID 调用 waitpid；os.wait() 等的是任意一个子进程。",
	"check.joined.yes":  "{parent} 等待了 {child}。",
	"check.joined.no":   "{parent} 没有按 PID 等待过 {child}。",
}
