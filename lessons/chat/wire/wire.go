// Package wire has the datagrams of the mtp wire: what they say, and how that is written. Between
// mtp and mtp nothing is lost, nothing is doubled, and all is in order; yet each datagram is text
// that can be read in a capture.
//
//	L name mtp/1 nonce padding          ask to enter
//	TRY nonce cookie                    prove first that you receive at your address
//	L name mtp/1 nonce cookie [log heard next]
//	OK mtp/1 nonce session log up down  entered: the numbers of the next line in each direction
//	M session seq [ack]\nline\nline…    up: lines, the first of which has this number
//	D session seq [ack [from]]\nline…   down; lines before from will not come any more
//	A session cumulative bitmap         an acknowledgement: ack is these two numbers, too
//	Q session, EXIT session             leave, left
//	R session                           there is no such session: enter again
//	S session counter base64            sealed: one of the above is inside
//
// A plain room ignores what follows the name, so a member finds out which wire a room speaks by its
// answer.
package wire

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

// MaxBytes is the length of a datagram.
const MaxBytes = 1200

// The versions of the wire.
const (
	Version = "mtp/1"
	Sealed  = "mtp/1s" // with the name and all else in a Noise handshake
)

// NoName stands for the name of who enters a sealed room.
const NoName = "-"

// ID names a session: 128 random bits. Who doesn't know it can't say anything in it.
type ID [16]byte

// Nonce names an entry, by which a room knows a member again: 96 random bits.
type Nonce [12]byte

// Cookie proves that somebody receives at an address.
type Cookie [16]byte

// Log names a room's log; lines are numbered within it.
type Log [6]byte

// Verb is what a datagram is. The list is closed.
type Verb byte

// The verbs, by their first letters.
const (
	None    Verb = 0
	Enter   Verb = 'L'
	Try     Verb = 'T'
	Welcome Verb = 'O'
	Up      Verb = 'M'
	Down    Verb = 'D'
	Acked   Verb = 'A'
	Quit    Verb = 'Q'
	Exit    Verb = 'E'
	Reset   Verb = 'R'
	Seal    Verb = 'S'
)

// Datagram is what a datagram says. Name, Lines and Text are parts of what was parsed.
type Datagram struct {
	Verb    Verb
	Session ID

	Seq   uint64 // of the first line; of Seal, the counter
	Lines []byte // with newlines between them
	From  uint64 // of Down: lines before it will not come; 0: all will
	Acks  bool   // whether there is an Ack
	Ack   Ack

	Version string // of Enter and Welcome
	Name    []byte
	Nonce   Nonce
	Cookie  Cookie // zero: none
	Log     Log    // of Welcome, and of Enter when somebody comes back
	Heard   uint64 // of Enter: the last line that has come; of Welcome, before the first that will
	Next    uint64 // the number of the next line upwards
	Text    []byte // of Seal, and of Enter and Welcome to a sealed room: base64
}

// Ack acknowledges lines: all up to Cum, and those in the bitmap, which begins with the line after
// the next, in hexadecimal digits of four lines each, the first line in the lowest bit.
type Ack struct {
	Cum    uint64
	Bitmap []byte // nil: none
}

// Has reports whether a line is acknowledged.
func (a Ack) Has(line uint64) bool {
	if line <= a.Cum {
		return true
	}
	if line < a.Cum+2 {
		return false
	}
	at := line - a.Cum - 2
	return at/4 < uint64(len(a.Bitmap)) && digit(a.Bitmap[at/4])>>(at%4)&1 == 1
}

func digit(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// Count is how many lines there are.
func (d *Datagram) Count() int { return bytes.Count(d.Lines, []byte("\n")) + 1 }

// maxNumber keeps sums of numbers from running over.
const maxNumber = 1 << 52

// Parse parses a datagram of the mtp wire. All others are of none of its verbs.
func Parse(raw []byte) (d Datagram, ok bool) {
	if len(raw) > MaxBytes || !utf8.Valid(raw) {
		return Datagram{}, false
	}
	head, lines, hasLines := bytes.Cut(raw, []byte("\n"))
	f := fields{head, true}
	verb := f.next()
	switch string(verb) {
	case "M", "D":
		d.Verb, d.Lines = Verb(verb[0]), lines
		if !hasLines {
			return Datagram{}, false
		}
		d.Session, d.Seq = f.id(), f.number()
		if d.Seq == 0 {
			return Datagram{}, false
		}
		if f.more() {
			d.Acks, d.Ack = true, f.ack()
		}
		if d.Verb == Down && f.more() {
			if d.From = f.number(); d.From == 0 {
				return Datagram{}, false
			}
		}
	case "A":
		d.Verb, d.Session, d.Acks, d.Ack = Acked, f.id(), true, f.ack()
	case "Q", "R":
		d.Verb, d.Session = Verb(verb[0]), f.id()
	case "EXIT":
		d.Verb, d.Session = Exit, f.id()
	case "S":
		d.Verb, d.Session, d.Seq, d.Text = Seal, f.id(), f.number(), f.next()
	case "L":
		d.Verb, d.Name, d.Version = Enter, f.next(), f.version()
		f.token(d.Nonce[:])
		f.entry(&d)
	case "TRY":
		d.Verb = Try
		f.token(d.Nonce[:])
		f.token(d.Cookie[:])
	case "OK":
		d.Verb, d.Version = Welcome, f.version()
		f.token(d.Nonce[:])
		if d.Version == Sealed {
			d.Text = f.next()
			break
		}
		f.welcome(&d)
	default:
		return Datagram{}, false
	}
	if !f.ok || f.more() || hasLines && d.Lines == nil {
		return Datagram{}, false
	}
	return d, true
}

// fields are the words of a datagram's first line.
type fields struct {
	rest []byte
	ok   bool // all that was asked for was there
}

func (f *fields) more() bool { return len(f.rest) > 0 }

func (f *fields) next() (word []byte) {
	word, rest, more := bytes.Cut(f.rest, []byte(" "))
	if f.rest = rest; len(word) == 0 || more && len(rest) == 0 {
		f.ok = false
	}
	return word
}

// token reads random bits.
func (f *fields) token(into []byte) { f.ok = decode(into, f.next()) && f.ok }

func decode(into, text []byte) bool {
	if len(text) != base64.RawURLEncoding.EncodedLen(len(into)) ||
		bytes.IndexByte(text, '\r') >= 0 { // which the decoder would pass over
		return false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(into, text)
	return err == nil && n == len(into)
}

// id reads a session, or the dash that stands for the one around it.
func (f *fields) id() (id ID) {
	word := f.next()
	if string(word) != NoName {
		f.ok = decode(id[:], word) && f.ok
	}
	return id
}

// number reads a number as AppendUint writes it.
func (f *fields) number() (n uint64) {
	word := f.next()
	for _, c := range word {
		n = n*10 + uint64(c-'0')
		if c < '0' || c > '9' || n > maxNumber {
			f.ok = false
			return 0
		}
	}
	if len(word) > 1 && word[0] == '0' {
		f.ok = false
	}
	return n
}

func (f *fields) ack() (a Ack) {
	a.Cum = f.number()
	a.Bitmap = f.next()
	for _, c := range a.Bitmap {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			f.ok = false
		}
	}
	if string(a.Bitmap) == "0" {
		a.Bitmap = nil
	}
	return a
}

func (f *fields) version() string {
	switch string(f.next()) {
	case Version:
		return Version
	case Sealed:
		return Sealed
	}
	f.ok = false
	return ""
}

// entry reads what follows the nonce of who enters.
func (f *fields) entry(d *Datagram) {
	if !decode(d.Cookie[:], f.next()) { // padding
		d.Cookie = Cookie{}
		f.rest = nil
		return
	}
	switch {
	case d.Version == Sealed && f.more():
		d.Text = f.next()
	case f.more():
		f.token(d.Log[:])
		d.Heard, d.Next = f.number(), f.number()
	}
}

// welcome reads what follows the nonce of who has entered.
func (f *fields) welcome(d *Datagram) {
	d.Session = f.id()
	f.token(d.Log[:])
	d.Next, d.Heard = f.number(), f.number()-1
	if d.Heard > maxNumber {
		f.ok = false
	}
}

func appendToken(to, token []byte) []byte {
	return base64.RawURLEncoding.AppendEncode(to, token)
}

func appendSession(to []byte, id ID) []byte {
	if id == (ID{}) {
		return append(to, NoName...)
	}
	return appendToken(to, id[:])
}

func appendNumber(to []byte, n uint64) []byte {
	return strconv.AppendUint(append(to, ' '), n, 10)
}

// AppendLines appends the head of Up and Down, up to and with the newline before the first line.
// Without an acknowledgement there is no from, either.
func AppendLines(to []byte, verb Verb, id ID, seq uint64, ack *Ack, from uint64) []byte {
	to = append(to, byte(verb), ' ')
	to = appendNumber(appendSession(to, id), seq)
	if ack != nil {
		to = appendAck(to, *ack)
		if from > 0 {
			to = appendNumber(to, from)
		}
	}
	return append(to, '\n')
}

func appendAck(to []byte, a Ack) []byte {
	to = append(appendNumber(to, a.Cum), ' ')
	if len(a.Bitmap) == 0 {
		return append(to, '0')
	}
	return append(to, a.Bitmap...)
}

// AppendAck appends an acknowledgement that goes alone.
func AppendAck(to []byte, id ID, a Ack) []byte {
	return appendAck(appendSession(append(to, "A "...), id), a)
}

// AppendQuit appends that somebody leaves.
func AppendQuit(to []byte, id ID) []byte { return appendSession(append(to, "Q "...), id) }

// AppendExit appends that it has left.
func AppendExit(to []byte, id ID) []byte { return appendSession(append(to, "EXIT "...), id) }

// AppendReset appends that there is no such session.
func AppendReset(to []byte, id ID) []byte { return appendSession(append(to, "R "...), id) }

// No is the answer to a name that a room does not take, where a longer one would be sealed, or more
// bytes than came.
const No = "NO"

// Padding makes the first question as long as its answer, at least.
const padding = "xxxxxxxxxxxxxxxxxxxxxx"

// AppendEnter appends that somebody asks to enter; without a cookie, to be given one.
func AppendEnter(to []byte, d Datagram) []byte {
	to = append(append(append(to, "L "...), d.Name...), ' ')
	to = append(append(to, d.Version...), ' ')
	to = append(appendToken(to, d.Nonce[:]), ' ')
	if d.Cookie == (Cookie{}) {
		return append(to, padding...)
	}
	to = appendToken(to, d.Cookie[:])
	switch {
	case len(d.Text) > 0:
		to = append(append(to, ' '), d.Text...)
	case d.Log != Log{}:
		to = appendToken(append(to, ' '), d.Log[:])
		to = appendNumber(appendNumber(to, d.Heard), d.Next)
	}
	return to
}

// TryBytes is the length of Try.
const TryBytes = len("TRY ") + 16 + 1 + len(padding)

// AppendTry appends that a cookie is to come back first.
func AppendTry(to []byte, nonce Nonce, cookie Cookie) []byte {
	to = append(appendToken(append(to, "TRY "...), nonce[:]), ' ')
	return appendToken(to, cookie[:])
}

// AppendWelcome appends that somebody has entered.
func AppendWelcome(to []byte, d Datagram) []byte {
	to = append(append(append(to, "OK "...), d.Version...), ' ')
	to = append(appendToken(to, d.Nonce[:]), ' ')
	if d.Version == Sealed {
		return append(to, d.Text...)
	}
	to = append(appendSession(to, d.Session), ' ')
	to = appendToken(to, d.Log[:])
	return appendNumber(appendNumber(to, d.Next), d.Heard+1)
}

// AppendSeal appends something sealed.
func AppendSeal(to []byte, id ID, counter uint64, sealed []byte) []byte {
	to = appendNumber(appendSession(append(to, "S "...), id), counter)
	return appendToken(append(to, ' '), sealed)
}

// Unseal returns what is sealed in a datagram's text.
func (d *Datagram) Unseal(to []byte) (sealed []byte, ok bool) {
	if bytes.ContainsAny(d.Text, "\r\n") {
		return nil, false
	}
	sealed, err := base64.RawURLEncoding.Strict().AppendDecode(to, d.Text)
	return sealed, err == nil
}

// AppendText appends bytes as the text of a handshake.
func AppendText(to, data []byte) []byte { return appendToken(to, data) }

// SealedBytes is how many bytes of a datagram may be sealed into one: base64 makes four of three,
// the head takes 2 for the verb, 23 for the session and 18 for the counter, and the tag is 16.
const SealedBytes = (MaxBytes-2-23-18)*3/4 - 16

// LineBytes and SealedLineBytes are how many bytes the lines of a datagram may have, beside the
// longest head: the verb, the session, the numbers, and a short bitmap.
const (
	headBytes       = 2 + 23 + 17 + 17 + 33 + 17 + 1
	LineBytes       = MaxBytes - headBytes
	SealedLineBytes = SealedBytes - headBytes
)
