// Package picture has what a lesson draws: processes as a tree, over time, in a model, and numbers
// in tables and bars. Each is a value that draws itself, as text for people and as fields for
// programs.
package picture

import (
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
)

// Tree is processes below their parents, with state and command line: what ps would say. A process
// whose parent is not in the list stands at the left.
type Tree []kernel.Stat

// maxChildren is how many children of one process a tree shows; programs get all.
const maxChildren = 8

// maxArgs is how many columns of a command line a tree shows.
const maxArgs = 48

// Fields are the processes.
func (t Tree) Fields() map[string]any {
	list := make([]map[string]any, len(t))
	for i, p := range t {
		list[i] = map[string]any{
			"pid": p.PID, "ppid": p.PPID, "comm": p.Comm, "state": p.State, "args": p.Args,
		}
	}
	return map[string]any{"processes": list}
}

// Draw draws the tree, and explains the states that are met for the first time.
func (t Tree) Draw(pen event.Pen) string {
	if pen.Plain {
		return t.tell(pen)
	}
	listed := map[int]bool{}
	for _, p := range t {
		listed[p.PID] = true
	}
	var b strings.Builder
	roots := 0
	for _, p := range t {
		if listed[p.PPID] {
			continue
		}
		if roots++; roots == maxChildren && len(t) > maxChildren {
			b.WriteString(indent + more(pen, len(t)-roots+1))
			break
		}
		t.branch(&b, pen, p, indent, indent)
	}
	return b.String() + t.legend(pen)
}

// tell tells the tree, a sentence a process.
func (t Tree) tell(pen event.Pen) string {
	var b strings.Builder
	for i, p := range t {
		if i == maxChildren && len(t) > maxChildren {
			b.WriteString(indent + more(pen, len(t)-i))
			break
		}
		b.WriteString(told(pen, fmt.Sprintf(
			pen.Word("tree.process", "%s %d, child of %d: %s. %s"),
			p.Comm, p.PID, p.PPID, StateName(pen.Word, p.State), argsOf(p))))
	}
	return b.String()
}

// branch draws a process and all below it. lead stands before it, below before its children.
func (t Tree) branch(b *strings.Builder, pen event.Pen, p kernel.Stat, lead, below string) {
	label := fmt.Sprintf("%s%s(%d)", lead, p.Comm, p.PID)
	room := maxArgs
	if pen.Columns > 0 {
		room = max(min(room, pen.Columns-displaywidth.String(label)-5), 0)
	}
	args := displaywidth.TruncateString(argsOf(p), room, "…")
	state := pen.Paint(string(p.State), stateInk(p.State), event.Bold)
	b.WriteString(label + " " + state + "  " + pen.Paint(args, event.Faint) + "\n")
	var children []kernel.Stat
	for _, child := range t {
		if child.PPID == p.PID && child.PID != p.PID {
			children = append(children, child)
		}
	}
	for i, child := range children {
		if i == maxChildren-1 && len(children) > maxChildren {
			b.WriteString(below + "└─ " + more(pen, len(children)-i))
			break
		}
		if i == len(children)-1 {
			t.branch(b, pen, child, below+"└─ ", below+"   ")
		} else {
			t.branch(b, pen, child, below+"├─ ", below+"│  ")
		}
	}
}

// argsOf is a process's command line as ps has it.
func argsOf(p kernel.Stat) string {
	if p.State == kernel.Zombie {
		return "<defunct>"
	}
	return p.Args
}

// legend explains the state letters that are met for the first time.
func (t Tree) legend(pen event.Pen) string {
	var meanings []string
	for _, p := range t {
		meaning := StateName(pen.Word, p.State)
		if meaning != "" && p.State != kernel.Alive && pen.First(string(p.State)) {
			meanings = append(meanings, string(p.State)+" "+meaning)
		}
	}
	return legend(pen, meanings)
}

// indent is what stands before every line of a picture.
const indent = "    "

// more says how many are not shown.
func more(pen event.Pen, count int) string {
	return pen.Paint(fmt.Sprintf("… +%d", count), event.Faint) + "\n"
}

// comma is what stands between the parts of a list.
func comma(pen event.Pen) string { return pen.Word("comma", ", ") }

// told is a sentence in a picture's place.
func told(pen event.Pen, text string) string {
	var b strings.Builder
	for _, line := range pen.Wrap(text, pen.Columns-len(indent)) {
		b.WriteString(indent + line + "\n")
	}
	return b.String()
}

// legend is the explanation below a picture.
func legend(pen event.Pen, parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	var b strings.Builder
	text := fmt.Sprintf(pen.Word("legend", "(%s)"), strings.Join(parts, comma(pen)))
	for _, line := range pen.Wrap(text, pen.Columns-len(indent)) {
		b.WriteString(indent + pen.Paint(line, event.Faint) + "\n")
	}
	return b.String()
}
