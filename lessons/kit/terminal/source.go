package terminal

import (
	"regexp"

	"mtp/lessons/kit/event"
)

// chineseSources are the words that stand in sources beside paths, calls and variables.
var chineseSources = []struct { //nolint:gochecknoglobals // a table
	english *regexp.Regexp
	chinese string
}{
	{regexp.MustCompile(`, and `), `，`},
	{regexp.MustCompile(`\bstdout of (\d+)`), `$1 的标准输出`},
	{regexp.MustCompile(`\bsiginfo of (\d+)`), `$1 的 siginfo`},
	{regexp.MustCompile(`\ba pipe from (\d+)`), `来自 $1 的管道`},
	{regexp.MustCompile(`([^，]+) in (\d+)`), `$2 中的 $1`},
	{regexp.MustCompile(` …$`), ` 等`},
}

// source is a source in the reader's language; events have the English one.
func (t *Terminal) source(text string) string {
	if t.voice.Language != event.Chinese {
		return text
	}
	for _, word := range chineseSources {
		text = word.english.ReplaceAllString(text, word.chinese)
	}
	return text
}
