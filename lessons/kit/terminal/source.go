package terminal

import (
	"regexp"
	"sync"

	"mtp/lessons/kit/event"
)

// chineseSources are the words that stand in sources beside paths, calls and variables. They are
// made when they are needed: a child, for one, starts without.
var chineseSources = sync.OnceValue(func() []chineseSource { //nolint:gochecknoglobals // a table
	return []chineseSource{
		{regexp.MustCompile(`, and `), `，`},
		{regexp.MustCompile(`\bstdout of (\d+)`), `$1 的标准输出`},
		{regexp.MustCompile(`\ba pipe from (\d+)`), `来自 $1 的管道`},
		{regexp.MustCompile(`([^，]+) in (\d+)`), `$2 中的 $1`},
		{regexp.MustCompile(` …$`), ` 等`},
	}
})

type chineseSource struct {
	english *regexp.Regexp
	chinese string
}

// source is a source in the reader's language; events have the English one.
func (t *Terminal) source(text string) string {
	if t.voice.Language != event.Chinese {
		return text
	}
	for _, word := range chineseSources() {
		text = word.english.ReplaceAllString(text, word.chinese)
	}
	return text
}
