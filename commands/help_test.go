package commands

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"mtp/lessons/kit/event"

	"github.com/alecthomas/kong"
)

// Every lesson and every flag has its help in Chinese, and no Chinese help is left over.
func TestHelpIsInBothLanguages(t *testing.T) {
	t.Parallel()
	sys := System{Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv}
	c := newCommand(Course(), sys, event.English)
	var helped bool
	parser, err := c.parser(&grammar{}, &helped)
	if err != nil {
		t.Fatal(err)
	}
	check := func(who string, sentences event.Sentences, used []string) {
		for _, name := range used {
			if sentences[name] == "" {
				t.Errorf("%s: no Chinese for %s", who, name)
			}
		}
		for name := range maps.Keys(sentences) {
			if strings.HasPrefix(name, "help") && !slices.Contains(used, name) {
				t.Errorf("%s: %s is left over", who, name)
			}
		}
	}
	own := []string{
		"help.app", "help.usage", "help.pattern", "help.anyflags", "help.lessons", "help.others",
		"help.flags", "help.globals", "help.example", "help.more", "help.default", "help.command",
		"help.commands",
	}
	for _, flag := range parser.Model.Flags {
		own = append(own, "help."+flag.Name)
	}
	for _, node := range parser.Model.Children {
		l, told := c.lesson(node.Name)
		if node.Hidden {
			continue
		}
		if !told {
			own = append(own, "help."+node.Name)
			for _, flag := range node.Flags {
				own = append(own, "help."+flag.Name)
			}
			continue
		}
		var used []string
		for _, command := range append([]*kong.Node{node}, node.Children...) {
			used = append(used, helpKey(command))
			for _, flag := range command.Flags {
				used = append(used, helpKey(command)+"."+flag.Name)
			}
		}
		check(node.Name, l.Chinese, used)
	}
	check("mtp", zh, own)
}
