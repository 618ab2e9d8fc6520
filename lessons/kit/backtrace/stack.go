package backtrace

import (
	"path"
	"strconv"
	"strings"
)

// Frame is one call on a stack.
type Frame struct {
	Function string
	File     string // as the debug information has it
	Line     int    // 0: not known
	About    bool   // found by scanning the stack for a return address, not by unwinding
}

// place is the frame's file and line, "" if they aren't known.
func (f Frame) place() string {
	if f.Line == 0 || f.File == "" {
		return ""
	}
	place := path.Base(f.File) + ":" + strconv.Itoa(f.Line)
	if f.About {
		return "about " + place
	}
	return place
}

// Stack is a process's calls, innermost first.
type Stack []Frame

// String names the two innermost places: "zombie.c:12 in start, from main at zombie.c:30".
func (s Stack) String() string {
	if len(s) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(s[0].place())
	if s[0].Function != "" {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("in " + s[0].Function)
	}
	if len(s) > 1 && s[1].Function != "" {
		b.WriteString(", from " + s[1].Function)
		if place := s[1].place(); place != "" {
			b.WriteString(" at " + place)
		}
	}
	return b.String()
}
