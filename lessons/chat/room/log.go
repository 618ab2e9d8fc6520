package room

import (
	"crypto/rand"

	"mtp/lessons/chat/wire"
)

// How much of what was said is kept for those who have not heard it yet.
const (
	maxLogLines = 10_000
	maxLogBytes = 4 << 20
)

// lineLog has the last lines that the room has told, numbered from 1. It is one for all members of
// the mtp wire, each of which has a place in it, and not a queue for each.
type lineLog struct {
	id    wire.Log
	lines []logLine // a ring, once it is full
	first uint64    // the number of the oldest
	next  uint64    // the number of the next
	bytes int
}

type logLine struct {
	text []byte
	by   *Member // whose line it is; nil: nobody's
}

func newLog() lineLog {
	l := lineLog{first: 1, next: 1}
	_, _ = rand.Read(l.id[:]) // it never fails
	return l
}

func (l *lineLog) at(number uint64) *logLine { return &l.lines[(number-1)%maxLogLines] }

// add adds a line, which it keeps, and lets go of what is too old.
func (l *lineLog) add(text []byte, by *Member) {
	for l.next-l.first == maxLogLines || l.next > l.first && l.bytes+len(text) > maxLogBytes {
		oldest := l.at(l.first)
		l.bytes -= len(oldest.text)
		*oldest = logLine{}
		l.first++
	}
	place := int((l.next - 1) % maxLogLines)
	for len(l.lines) <= place {
		l.lines = append(l.lines, logLine{})
	}
	l.lines[place] = logLine{text, by}
	l.bytes += len(text)
	l.next++
}

// Said is a line of a room's log, as a Journal keeps it.
type Said struct {
	Number uint64
	Name   string     // of the member that said it; empty: the room itself
	Nonce  wire.Nonce // of its entry; zero: it is on the plain wire
	Seq    uint64     // the number that the member gave the line
	Line   []byte
}

// Journal keeps a room's log, for a room that begins after this one was killed.
type Journal interface {
	Add(Said)
	Commit() error // all that was added: only then it is acknowledged
}

// stream is what a member says, in one entry.
type stream struct {
	name  string
	nonce wire.Nonce
}

// Keep keeps the log in a journal from now on. The room goes on where the one before it ended: with
// what that has kept.
func (r *Room) Keep(journal Journal, id wire.Log, kept []Said) {
	r.journal = journal
	if len(kept) == 0 {
		r.log.id = id
		return
	}
	r.log = lineLog{id: id, first: kept[0].Number, next: kept[0].Number}
	for _, said := range kept {
		if said.Line != nil {
			r.log.next = max(r.log.next, said.Number)
			r.log.add(said.Line, nil)
		}
		if said.Nonce != (wire.Nonce{}) {
			from := stream{said.Name, said.Nonce}
			r.streams[from] = max(r.streams[from], said.Seq)
		}
	}
}

// LogID is the log's name.
func (r *Room) LogID() wire.Log { return r.log.id }
