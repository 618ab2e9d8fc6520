package room

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// The plain wire: the course's datagrams, UTF-8, byte for byte.
const (
	enter = 'L' // L name
	speak = 'C' // C name text
	quit  = 'Q' // Q name
)

// What the room says to one member, or to all others.
const (
	Welcome = "OK"
	Taken   = "\n用户名存在"
	Exit    = "EXIT"
	TooFast = "\n说得太快，有的话没有发出"
	Proved  = "\n已确认"

	askBefore = "\n输入"
	entered   = "\n欢迎%s加入群聊"
	left      = "\n%s 退出群聊"
)

// ParseNotice recognises what a room tells its members of another: that it has Entered, or Left.
func ParseNotice(datagram string) (what Kind, name string) {
	for what, sentence := range map[Kind]string{Entered: entered, Left: left} {
		before, after, _ := strings.Cut(sentence, "%s")
		name, begins := strings.CutPrefix(datagram, before)
		name, ends := strings.CutSuffix(name, after)
		isName := name != "" && utf8.RuneCountInString(name) <= maxName &&
			!strings.ContainsFunc(name, isHidden)
		if begins && ends && isName {
			return what, name
		}
	}
	return "", ""
}

// Admin is the name under which the administrator speaks, and nobody else.
const Admin = "管理员"

// maxText is how many bytes may be said at once.
const maxText = 1000

// MaxBytes is the length of a datagram: what a course client reads.
const MaxBytes = 1024

// Reason is why a datagram was refused. The list is closed; programs may rely on it.
type Reason string

// The reasons.
const (
	None      Reason = ""
	Empty     Reason = "empty"
	TooLong   Reason = "too_long"
	NotUTF8   Reason = "not_utf8"
	BadVerb   Reason = "unknown_verb"
	NoName    Reason = "no_name"
	NoText    Reason = "no_text"
	BadName   Reason = "bad_name"
	NameTaken Reason = "name_taken"
	OtherName Reason = "other_name" // the address is in the room under another name
	Stranger  Reason = "stranger"   // no member has this address and this name
	Full      Reason = "full"       // the room, or for this IP address
	Fast      Reason = "too_fast"
	NoPort    Reason = "no_port"    // nobody can be answered at port 0
	NotPlain  Reason = "not_plain"  // the room does not speak the plain wire with this address
	NotSealed Reason = "not_sealed" // only what is sealed counts in this room
	Sealing   Reason = "sealing"    // it is sealed, and this room is not
	BadSeal   Reason = "bad_seal"   // it is forged, replayed, or sealed with another secret
	NoSession Reason = "no_session" // there is no such session at this address
	NoCookie  Reason = "no_cookie"  // it asks for one, with fewer bytes than that has
	Crowding  Reason = "crowding"   // too many enter in this second, or from this site
)

// datagram is what a client has said.
type datagram struct {
	verb       byte
	name, text []byte
}

// parse parses a client's datagram.
func parse(raw []byte) (datagram, Reason) {
	switch {
	case len(raw) == 0:
		return datagram{}, Empty
	case len(raw) > MaxBytes:
		return datagram{}, TooLong
	case !utf8.Valid(raw):
		return datagram{}, NotUTF8
	}
	verb, rest, _ := bytes.Cut(raw, []byte(" "))
	if len(verb) != 1 || verb[0] != enter && verb[0] != speak && verb[0] != quit {
		return datagram{}, BadVerb
	}
	name, text, _ := bytes.Cut(rest, []byte(" "))
	d := datagram{verb[0], name, text}
	switch {
	case len(name) == 0:
		return d, NoName
	case d.verb == speak && len(text) == 0:
		return d, NoText
	case d.verb == speak && len(text) > maxText:
		return d, TooLong
	}
	return d, None
}
