package picture

import "mtp/lessons/kit/event"

// Chinese is what pictures say, in Chinese.
var Chinese = event.Sentences{
	"state.running":  "运行或就绪",
	"state.sleeping": "睡眠",
	"state.disk":     "不可中断的睡眠",
	"state.stopped":  "暂停",
	"state.zombie":   "僵尸",
	"state.alive":    "活着",
	"state.starting": "mtp 正在启动它",
	"state.gone":     "已消失",

	"state.ready":   "就绪（大部分时间）",
	"state.traced":  "被跟踪者暂停",
	"state.idle":    "空闲的内核线程",
	"state.adopted": "被收养",

	"legend":        "（%s）",
	"comma":         "，",
	"lanes.briefly": "短暂地%s",
	"lanes.process": "%s（%d）：%s。",
	"table.cell":    "%s：%s",
	"table.row":     "%s。",
	"table.comma":   "；",
	"lanes.cell":    "一格",
	"lanes.steps":   "步骤",
	"lanes.short":   "另有 %d 个进程不到一格",
	"lanes.adopted": "%d 被 %d 收养。",
	"lanes.reaped":  "僵尸 %d 消失了，它的父进程是 %d。",
	"lanes.changes": "……还有 %d 个也这样。",
	"lanes.span":    "%[2]s 到 %[3]s %[1]s",
	"lanes.gone":    "然后消失",
	"tree.process":  "%s %d，父进程 %d：%s。%s",

	"listing.pid":     "PID",
	"listing.state":   "S",
	"listing.age":     "已有",
	"listing.command": "命令",
	"listing.process": "%s %d，父进程 %d：%s，%s 前启动。%s",

	"yes": "是",
	"no":  "否",

	"model.new":        "新建",
	"model.ready":      "就绪",
	"model.running":    "运行",
	"model.waiting":    "等待",
	"model.terminated": "终止",
}
