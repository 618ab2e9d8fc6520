package terminal

import (
	"testing"

	"mtp/lessons/kit/event"
)

func TestSourceInChinese(t *testing.T) {
	t.Parallel()
	zh := Terminal{voice: event.Voice{Language: event.Chinese}}
	for english, chinese := range map[string]string{
		"/proc/4711/stat":                      "/proc/4711/stat",
		"stdout of 4711":                       "4711 的标准输出",
		"waitid(4711), and a pipe from 4711 …": "waitid(4711)，来自 4711 的管道 等",
		"prctl(PR_GET_PDEATHSIG) in 4711":      "4711 中的 prctl(PR_GET_PDEATHSIG)",
		"wait4(7), and err in 4711":            "wait4(7)，4711 中的 err",
	} {
		if got := zh.source(english); got != chinese {
			t.Errorf("%q in Chinese: %q, want %q", english, got, chinese)
		}
		if got := (&Terminal{}).source(english); got != english {
			t.Errorf("%q in English: %q", english, got)
		}
	}
}
