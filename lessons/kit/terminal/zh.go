package terminal

import "mtp/lessons/kit/event"

var chinese = event.Sentences{
	"progress":  "  还剩 {left}，每秒 {rate} 个数",
	"so":        "结论：",
	"more":      "… 回车继续",
	"hold.rest": "还剩 {left}",
	"hold.left": "还剩 {left}，回车继续",
}
