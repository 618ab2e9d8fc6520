package picture

import (
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"mtp/lessons/kit/event"
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

// Model is the five states of the textbooks, and the arrow that a process has just taken.
type Model struct{ Taken Arrow }

// Fields names the arrow.
func (m Model) Fields() map[string]any { return map[string]any{"arrow": m.Taken} }

// Draw draws the states and their arrows; the one that was taken is heavy, and so is the state that
// it leads to.
func (m Model) Draw(pen event.Pen) string {
	ready, running := pen.Word("model.ready", "ready"), pen.Word("model.running", "running")
	waiting, begin := pen.Word("model.waiting", "waiting"), pen.Word("model.new", "new")
	end := pen.Word("model.terminated", "terminated")
	state := func(name string, reachedBy ...Arrow) string {
		if slices.Contains(reachedBy, m.Taken) {
			return pen.Paint(name, event.Magenta, event.Bold, event.Reverse)
		}
		return pen.Paint(name, event.Bold)
	}
	line := func(arrow Arrow, text string) string {
		if arrow == m.Taken {
			heavy := strings.NewReplacer("─", "━", "│", "┃", "└", "┗", "┘", "┛", "►", "▶", "◄", "◀")
			return pen.Paint(heavy.Replace(text), event.Magenta, event.Bold)
		}
		return pen.Paint(text, event.Faint)
	}
	const (
		lead    = "  "
		between = 18 // ready and running
		shaft   = between - 3
	)
	readyWidth := displaywidth.String(ready)
	left := displaywidth.String(begin) + 6 + readyWidth/2 // where an arrow comes up to ready
	right := readyWidth - readyWidth/2                    // from there to the end of the word
	apart := right + between + displaywidth.String(running)/2
	beside := apart - 2 - displaywidth.String(waiting) - 2

	first := []string{
		state(begin), line(Admit, "───►"), state(ready, Admit, Wake, Preempt),
		line(Dispatch, strings.Repeat("─", shaft)+"►"), state(running, Dispatch),
		line(Exit, "───►"), state(end, Exit),
	}
	second := padded("", left) + line(Wake, "▲") + padded("", right) +
		line(Preempt, "◄"+strings.Repeat("─", shaft)) +
		padded("", apart-right-between+1) + line(Block, "│")
	third := padded("", left) + line(Wake, "└"+strings.Repeat("─", beside/2)) +
		" " + state(waiting, Block) + " " + line(Block, "◄"+strings.Repeat("─", beside-beside/2)+"┘")
	return lead + strings.Join(first, " ") + "\n" + lead + second + "\n" + lead + third + "\n"
}
