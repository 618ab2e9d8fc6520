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

	"lanes.cell": "一格",
	"yes":        "是",
	"no":         "否",

	"model.new":        "新建",
	"model.ready":      "就绪",
	"model.running":    "运行",
	"model.waiting":    "等待",
	"model.terminated": "终止",
}
