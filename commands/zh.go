package commands

import (
	"regexp"

	"mtp/lessons/kit/event"
)

// translate says a sentence in the reader's language, with its holes filled in order.
func (c command) translate(name, english string, values ...string) string {
	return fillInOrder(c.sentence(name, english), values)
}

var hole = regexp.MustCompile(`\{[a-z]+\}`)

var zh = event.Sentences{
	"interrupted":          "被 {signal} 中断",
	"mistake.command.like": "没有“{word}”；是不是“{like}”？",
	"mistake.command":      "没有“{word}”",
	"mistake.flag.like":    "没有选项 {flag}；是不是 {like}？",
	"mistake.flag":         "没有选项 {flag}",
	"mistake.unit":         "{flag} 要带单位的时长；是不是 {number}s？",
	"mistake.value":        "{flag} 要有一个值",
	"mistake.duration":     "{flag} 要一个时长，例如 500ms、3s、2m，而不是“{value}”",
	"mistake.whole":        "{flag} 要一个整数，而不是“{value}”",
	"mistake.number":       "{flag} 要一个数，而不是“{value}”",
	"mistake.enum":         "{name} 只能是 {values} 之一，而不是“{value}”",
	"mistake.argument":     "请说明是哪个 {argument}",
	"mistake.commands":     "请说明是哪个：{commands}",
	"mistake.which":        "请说明是哪一课：mtp source zombie",
	"mistake.pace":         "--pace 要在 0 到 100 之间",
	"usage":                "参见 '{command} --help'。",
	"help.app":             "mtp 通过真正动手来教多进程编程：每一课都真的做一遍，并把内核的回答给你看。",
	"help.usage":           "用法",
	"help.pattern":         "<课程> [选项]",
	"help.lessons":         "课程",
	"help.others":          "其他命令",
	"help.anyflags":        "[选项]",
	"help.command":         "<命令> [选项]",
	"help.commands":        "命令",
	"help.flags":           "选项",
	"help.globals":         "每一课都有的选项",
	"help.example":         "示例",
	"help.more":            "某一课自己的选项见 'mtp <课程> --help'。",
	"help.default":         "（默认 {default}）",
	"help.source":          "显示一课是怎么做的：Go 源代码，或用 C、Python 做的同一件事。",
	"help.in":              "用哪种语言：go（mtp 自己的做法），或 c、python（同一件事）。",
	"help.all":             "它的全部文件，不只是主线。",
	"lang.source":          "--lang {lang} 只用于 mtp source；其他命令用 auto、en 或 zh",
	"help.man":             "打印手册页：mtp man | man -l -",
	"help.completion":      "打印补全脚本，让 bash、zsh 或 fish 补全你输入的内容。",
	"man.name":             "名称",
	"man.what":             "通过真正动手来教多进程编程",
	"man.synopsis":         "用法",
	"man.description":      "说明",
	"man.evidence":         "竖线后面的一行是证据；箭头后面是内核在哪里这样说的，你可以自己去看。",
	"man.lessons":          "课程和命令",
	"man.events":           "事件",
	"man.events.what":      "加 --json 时，标准输出的每一行是一个事件，即一个对象，包含 v（本约定的版本，1）、time（RFC 3339，UTC，小数点后九位）、lesson、kind、name、fields 和 text。lesson、kind、name 和 fields 与语言无关，保持不变；text 是给人看的，可能会变。",
	"man.events.fields":    "名字以 _ns 结尾的字段是以纳秒计的时长。source 说明内核是在哪里这样说的；null 表示不知道。rows、processes、lanes、values 列出对象。增加事件或字段时，v 不变。",
	"man.events.list":      "各课的事件，依次为种类、名字和字段；* 代表任何一课：",
	"man.exit":             "退出状态",
	"man.exit.done":        "这一课做完了。",
	"man.exit.failed":      "失败了。",
	"man.exit.usage":       "命令行有错。",
	"man.exit.unsupported": "在这个系统上不可能。",
	"man.exit.interrupted": "被中断了。",
	"man.environment":      "环境变量",
	"man.lang":             "语言：其中第一个设置了的决定。zh 开头是中文，其他是英文。",
	"man.color":            "设置了 NO_COLOR 或 TERM 是 dumb 时没有颜色。",
	"man.state":            "mtp tour 把进度保存在其中的 mtp/tour.json；没有设置时是 ~/.local/state。mtp 不保存别的文件。",
	"man.pager":            "在终端上，mtp source 用它显示文字。",
	"man.see":              "参见",
	"help.version":         "显示版本。",
	"help.help":            "显示帮助。",
	"help.lang":            "语言：auto、en、zh。auto 依次看 MTP_LANG、LC_ALL、LC_MESSAGES、LANG。",
	"help.json":            "每行输出一个 JSON 对象，供程序使用。",
	"help.color":           "颜色：auto、always、never。auto 指在终端上且没有设置 NO_COLOR 时。",
	"help.pace":            "节奏：1 与课堂相同，0 不停顿。",
	"help.step":            "两步之间等回车。",
	"help.predict":         "在内核回答之前，先由你预测。",
	"help.answers":         "依次给出你的预测，不再提问：--answers=7,y,Z。",
	"predict.terminal":     "--predict 需要终端；可以改用 --answers 给出回答",
	"help.trace":           "把各进程的状态写进文件，可用 ui.perfetto.dev 打开。",
}
