package narrate

import (
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/fatih/color"
)

// Arrow is a transition of the five-state model.
type Arrow string

// The arrows. The three-state model is what remains without Admit and Exit.
const (
	Admit    Arrow = "admit"    // new to ready
	Dispatch Arrow = "dispatch" // ready to running
	Preempt  Arrow = "preempt"  // running to ready
	Block    Arrow = "block"    // running to waiting
	Wake     Arrow = "wake"     // waiting to ready
	Exit     Arrow = "exit"     // running to terminated
)

// modelNames are the five states.
var modelNames = map[Language][5]string{
	English: {"new", "ready", "running", "waiting", "terminated"},
	Chinese: {"新建", "就绪", "运行", "等待", "终止"},
}

// model draws the states and their arrows; the one that was taken is heavy, and so is the state it leads to.
func (s Stream) model(taken Arrow, language Language) string {
	names := modelNames[language]
	state := func(i int, reached ...Arrow) string {
		if slices.Contains(reached, taken) {
			return s.Paint(names[i], color.FgMagenta, color.Bold, color.ReverseVideo)
		}
		return s.Paint(names[i], color.Bold)
	}
	line := func(arrow Arrow, text string) string {
		if arrow == taken {
			heavy := strings.NewReplacer("─", "━", "│", "┃", "└", "┗", "┘", "┛", "►", "▶", "◄", "◀")
			return s.Paint(heavy.Replace(text), color.FgMagenta, color.Bold)
		}
		return s.Paint(text, color.Faint)
	}
	const lead = "  "
	space := func(columns int) string { return strings.Repeat(" ", columns) }
	ready, between := displaywidth.String(names[1]), 18
	left := displaywidth.String(names[0]) + 6 + ready/2                  // where an arrow comes up to ready
	apart := ready - ready/2 + between + displaywidth.String(names[2])/2 // from there to where one leaves running
	beside := apart - 2 - displaywidth.String(names[3]) - 2              // what is left beside waiting
	return lead + state(0) + " " + line(Admit, "───►") + " " + state(1, Admit, Wake, Preempt) + " " + line(Dispatch, strings.Repeat("─", between-3)+"►") + " " +
		state(2, Dispatch) + " " + line(Exit, "───►") + " " + state(4, Exit) + "\n" +
		lead + space(left) + line(Wake, "▲") + space(ready-ready/2) + line(Preempt, "◄"+strings.Repeat("─", between-3)) + space(apart-(ready-ready/2)-between+1) + line(Block, "│") + "\n" +
		lead + space(left) + line(Wake, "└"+strings.Repeat("─", beside/2)) + " " + state(3, Block) + " " + line(Block, "◄"+strings.Repeat("─", beside-beside/2)+"┘") + "\n"
}
