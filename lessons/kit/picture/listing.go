package picture

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/clipperhouse/displaywidth"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
)

// Listing is processes in columns, each below its parent, as `ps f` has them. A Tree is for the few
// processes of a lesson; a Listing leaves none out.
type Listing []Listed

// Listed is one process.
type Listed struct {
	PID, PPID int
	Comm      string // the program's name
	Args      string // the command line
	State     kernel.State
	Age       time.Duration // since it started
	Marked    bool          // what the reader shall find at a glance
}

// Fields are the processes.
func (l Listing) Fields() map[string]any {
	list := make([]map[string]any, len(l))
	for i, p := range l {
		list[i] = map[string]any{
			"pid": p.PID, "ppid": p.PPID, "comm": p.Comm, "state": p.State, "args": p.Args,
		}
		event.Put(list[i], "age", p.Age)
	}
	return map[string]any{"processes": list}
}

// Draw draws a line for each process, cut to the terminal's width, and explains the states that are
// met for the first time.
func (l Listing) Draw(pen event.Pen) string {
	heads := [...]string{
		pen.Word("listing.pid", "PID"), pen.Word("listing.state", "S"),
		pen.Word("listing.age", "AGE"), pen.Word("listing.command", "COMMAND"),
	}
	d := listingPen{Pen: pen, children: map[int][]Listed{}}
	for i, head := range heads[:len(d.width)] {
		d.width[i] = displaywidth.String(head)
	}
	listed := map[int]bool{}
	for _, p := range l {
		listed[p.PID] = true
		d.width[0] = max(d.width[0], len(strconv.Itoa(p.PID)))
		d.width[2] = max(d.width[2], displaywidth.String(Span(p.Age)))
	}
	var roots []Listed
	for _, p := range l {
		if listed[p.PPID] && p.PPID != p.PID {
			d.children[p.PPID] = append(d.children[p.PPID], p)
		} else {
			roots = append(roots, p)
		}
	}
	if !pen.Plain {
		line := "  " + before(heads[0], d.width[0]) + " " + padded(heads[1], d.width[1]) + " " +
			before(heads[2], d.width[2]) + "  " + heads[3]
		d.text.WriteString(pen.Paint(line, event.Bold) + "\n")
	}
	for _, p := range roots {
		d.branch(p, "", "")
	}
	if pen.Plain {
		return d.text.String()
	}
	return d.text.String() + l.legend(pen)
}

// listingPen draws a listing.
type listingPen struct {
	event.Pen
	text     strings.Builder
	width    [3]int // of the columns before the command
	children map[int][]Listed
}

// branch draws a process and all below it. lead stands before its command, below before those of
// its children.
func (d *listingPen) branch(p Listed, lead, below string) {
	if d.Plain {
		text := d.Word("listing.process", "%s %d, child of %d: %s, started %s ago. %s")
		d.text.WriteString(told(d.Pen, fmt.Sprintf(text, Visible(p.Comm), p.PID, p.PPID,
			meaning(d.Word, p.State), Span(p.Age), p.command())))
	} else {
		d.line(p, lead)
	}
	children := d.children[p.PID]
	for i, child := range children {
		if i == len(children)-1 {
			d.branch(child, below+"└ ", below+"  ")
		} else {
			d.branch(child, below+"├ ", below+"│ ")
		}
	}
}

func (d *listingPen) line(p Listed, lead string) {
	mark, state := "  ", d.Paint(padded(string(p.State), d.width[1]), stateInk(p.State), event.Bold)
	command := p.command()
	pid := before(strconv.Itoa(p.PID), d.width[0])
	if p.Marked {
		mark, pid = d.Paint("! ", event.Red, event.Bold), d.Paint(pid, event.Bold)
	}
	const blanks = 2 + 1 + 1 + 2
	if room := d.Columns - d.width[0] - d.width[1] - d.width[2] - blanks; d.Columns > 0 {
		// A process far down the tree has its name to show, too: the lead is cut at the left.
		if most := max(room-leastCommand, 1); displaywidth.String(lead) > most {
			runes := []rune(lead)
			lead = "…" + string(runes[len(runes)-most+1:])
		}
		room = max(room-displaywidth.String(lead), 0)
		command = displaywidth.TruncateString(command, room, "…")
	}
	if p.Marked {
		command = d.Paint(command, event.Red, event.Bold)
	}
	d.text.WriteString(mark + pid + " " + state + " " + before(Span(p.Age), d.width[2]) + "  " +
		d.Paint(lead, event.Faint) + command + "\n")
}

// leastCommand is how many columns a command has at least.
const leastCommand = 12

// command is the command line as ps has it.
func (p Listed) command() string {
	switch {
	case p.State == kernel.Zombie:
		return Visible(p.Comm) + " <defunct>"
	case p.Args == "":
		return "[" + Visible(p.Comm) + "]"
	}
	return Visible(p.Args)
}

// legend explains the letters that are met for the first time.
func (l Listing) legend(pen event.Pen) string {
	var meanings []string
	for _, p := range l {
		text := meaning(pen.Word, p.State)
		if text != "" && pen.First(string(p.State)) {
			meanings = append(meanings, string(p.State)+" "+text)
		}
	}
	slices.Sort(meanings)
	return legend(pen, meanings)
}

// meaning is a state in words, also one that mtp's own processes are not met in.
func meaning(word func(name, text string) string, state kernel.State) string {
	switch state {
	case "t":
		return word("state.traced", "stopped by its tracer")
	case "I":
		return word("state.idle", "idle kernel thread")
	}
	return StateName(word, state)
}

// Visible is a text without what would act on a terminal: a program chooses its own name and
// command line.
func Visible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, text)
}

// Span is how long something has lasted, in the two largest units that it has.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	two := func(unit, part time.Duration, first, second string) string {
		return fmt.Sprintf("%d\u00a0%s\u00a0%d\u00a0%s", d/unit, first, d%unit/part, second)
	}
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%.1f\u00a0s", float64(d/(100*time.Millisecond))/10)
	case d < time.Hour:
		return two(time.Minute, time.Second, "min", "s")
	case d < day:
		return two(time.Hour, time.Minute, "h", "min")
	}
	return two(day, time.Hour, "d", "h")
}

// before is a text with spaces before it, so that it has so many columns.
func before(text string, columns int) string {
	return strings.Repeat(" ", max(columns-displaywidth.String(text), 0)) + text
}
