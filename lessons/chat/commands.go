package chat

import (
	"strings"

	"mtp/lessons/chat/line"
	"mtp/lessons/chat/room"
	"mtp/lessons/chat/visible"
)

// What can be typed instead of something to say.
const (
	cmdHelp = "/help"
	cmdNick = "/nick"
	cmdQuit = "/quit"
	cmdWho  = "/who"

	wordQuit = "quit" // the course's words for it
	wordX    = "X"    // of a member
)

// typed does what the administrator has typed.
func (h *host) typed(t line.Typed) (end bool) {
	command, is := t.Command()
	switch {
	case t.Kind == line.End, t.Text == wordQuit, command == cmdQuit:
		return true
	case command == cmdHelp:
		h.later(func() {
			h.Say("serve.help",
				"/who lists the members.\n/quit ends the room, as do quit, Ctrl-D and Ctrl-C.\n// at the beginning says one slash.\nTab completes a name, and Ctrl-L draws the screen anew.\nAll else is said in the room.")
		})
	case command == cmdWho:
		names := h.room.Names()
		h.later(func() { h.sayWho(names) })
	case command == cmdNick:
		h.later(func() {
			h.Say("serve.nick",
				"The administrator's name is written into the wire ({admin}), so it can't be changed.",
				"admin", room.Admin)
		})
	case is:
		h.later(func() {
			h.Warn("serve.unknown",
				"There is no command {command}, so nothing was said. /help lists the commands; to say a slash at the beginning, type two.",
				"command", safe(command))
		})
	default:
		h.speak(t)
	}
	return false
}

// sayWho says who is in the room.
func (h *host) sayWho(names []string) {
	for i, name := range names {
		names[i] = safe(name)
	}
	h.Say("serve.members", "Members: {members}. {list}",
		"members", len(names), "list", strings.Join(names, ", "), "names", names)
}

// typed does what was typed.
func (m *member) typed(t line.Typed) (leave bool) {
	command, is := t.Command()
	switch {
	case leaves(t):
		return true
	case command == cmdHelp:
		m.Say("join.help",
			"/quit leaves the room, as do quit, X, Ctrl-D and Ctrl-C.\n/who lists whom I have heard of.\n// at the beginning says one slash.\nTab completes a name, and Ctrl-L draws the screen anew.\nAll else is said in the room.")
	case command == cmdWho:
		list := strings.Join(m.others, ", ")
		if list == "" {
			list = m.Text("join.nobody", "nobody")
		}
		m.Say("join.others",
			"On this wire a member can't ask who is in the room. Since I entered I have heard of: {list}.",
			"list", list, "names", append([]string{}, m.others...))
	case command == cmdNick:
		m.Say("join.nick",
			"On this wire a member can't change its name. Leave, and enter with another name.")
	case is:
		m.Warn("join.unknown",
			"There is no command {command}, so nothing was sent. /help lists the commands; to say a slash at the beginning, type two.",
			"command", safe(command))
	default:
		m.speak(t)
	}
	return false
}

// leaves reports whether a member has typed that it leaves.
func leaves(t line.Typed) bool {
	command, _ := t.Command()
	return t.Kind == line.End || t.Kind == line.Interrupt ||
		t.Text == wordQuit || t.Text == wordX || command == cmdQuit
}

// safe is a text from anybody, for a terminal.
func safe(text string) string { return string(visible.Append(nil, []byte(text))) }
