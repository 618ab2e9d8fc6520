package chat

import (
	"mtp/lessons/chat/room"
	"mtp/lessons/kit/event"
)

// reason is why a datagram was refused, in the reader's language.
func (h *host) reason(r room.Reason) event.Word {
	text := map[room.Reason]string{
		room.Empty:     h.Text("refused.empty", "it is empty"),
		room.TooLong:   h.Text("refused.long", "it is too long"),
		room.NotUTF8:   h.Text("refused.utf8", "it is not UTF-8"),
		room.BadVerb:   h.Text("refused.verb", "it begins with none of L, C and Q"),
		room.NoName:    h.Text("refused.noname", "it has no name in it"),
		room.NoText:    h.Text("refused.notext", "it says nothing"),
		room.BadName:   h.Text("refused.name", "that name is not allowed"),
		room.NameTaken: h.Text("refused.taken", "that name is taken, or looks like one that is"),
		room.OtherName: h.Text("refused.other", "its sender is in the room under another name"),
		room.Stranger:  h.Text("refused.stranger", "no member has this address and this name"),
		room.Full:      h.Text("refused.full", "the room is full, or full for this IP address"),
		room.Fast:      h.Text("refused.fast", "the member sends too much"),
		room.NoPort:    h.Text("refused.port", "it came from port 0, where nobody can be answered"),
		room.NotPlain: h.Text("refused.notplain",
			"the room does not speak the plain wire with this address"),
		room.NotSealed: h.Text("refused.notsealed", "it is not sealed, and this room is"),
		room.Sealing:   h.Text("refused.sealing", "it is sealed, and this room is not"),
		room.BadSeal: h.Text("refused.seal",
			"it is forged, replayed, or sealed with another secret"),
		room.NoSession: h.Text("refused.session", "there is no such session at this address"),
		room.NoCookie: h.Text("refused.cookie",
			"it asks for a cookie, and is shorter than the answer"),
		room.Crowding: h.Text("refused.crowding", "too many ask to enter"),
	}
	return event.Word{Key: string(r), Text: text[r]}
}

// kind is what has happened, in the reader's language, before how often.
func (h *host) kind(k room.Kind) string {
	switch k {
	case room.Entered:
		return h.Text("kind.entered", "entered")
	case room.Again:
		return h.Text("kind.again", "asked again")
	case room.Spoke:
		return h.Text("kind.spoke", "lines")
	case room.Left:
		return h.Text("kind.left", "left")
	case room.Vanished, room.Idle, room.Displaced:
		return h.Text("kind.out", "out")
	case room.Refused:
		return h.Text("kind.refused", "refused")
	case room.Moved, room.Believed:
		return h.Text("kind.moved", "addresses proved")
	case wireShown:
		return h.Text("kind.wire", "datagrams")
	case room.Unkept:
	}
	return string(k)
}
