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
// it leads to. Wake and Preempt come up to ready from below, Preempt and Block leave running there.
func (m Model) Draw(pen event.Pen) string {
	if pen.Plain {
		return "" // the sentence says it
	}
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
	const between = 18 // ready and running, with a space at each end
	shaft := func(length int) string { return strings.Repeat("─", length) }
	readyWidth, runningWidth := displaywidth.String(ready), displaywidth.String(running)
	wake := displaywidth.String(begin) + 6 // the columns of the lines below ready and running
	up := readyWidth - 2                   // from there to where Preempt comes up
	back := between                        // from there to where it leaves
	block := runningWidth - 2              // from there to where Block leaves
	beside := up + back + block - 1 - displaywidth.String(waiting)

	first := []string{
		state(begin), line(Admit, "───►"), state(ready, Admit, Wake, Preempt),
		line(Dispatch, shaft(between-3)+"►"), state(running, Dispatch),
		line(Exit, "───►"), state(end, Exit),
	}
	lead := padded("", wake)
	second := lead + line(Wake, "▲") + padded("", up) + line(Preempt, "▲") + padded("", back) +
		line(Preempt, "│") + padded("", block) + line(Block, "│")
	third := lead + line(Wake, "│") + padded("", up) + line(Preempt, "└"+shaft(back)+"┘") +
		padded("", block) + line(Block, "│")
	fourth := lead + line(Wake, "└"+shaft(beside/2)) + " " + state(waiting, Block) + " " +
		line(Block, "◄"+shaft(beside-beside/2)+"┘")
	var b strings.Builder
	for _, row := range []string{strings.Join(first, " "), second, third, fourth} {
		b.WriteString("  " + row + "\n")
	}
	return b.String()
}
