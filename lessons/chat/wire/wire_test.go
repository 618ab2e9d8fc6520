package wire

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestDatagramsReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	id, nonce, cookie, log := ID{1, 2}, Nonce{3}, Cookie{4}, Log{5}
	ack := Ack{Cum: 7, Bitmap: []byte("8f")}
	for text, want := range map[string]Datagram{
		string(AppendLines(nil, Up, id, 8, nil, 0)) + "hi\nho": {
			Verb: Up, Session: id, Seq: 8, Lines: []byte("hi\nho"),
		},
		string(AppendLines(nil, Down, id, 8, &ack, 6)) + "ann:嗨": {
			Verb: Down, Session: id, Seq: 8, Lines: []byte("ann:嗨"), Acks: true, Ack: ack, From: 6,
		},
		string(AppendLines(nil, Up, ID{}, 1, &Ack{}, 0)): {
			Verb: Up, Seq: 1, Lines: []byte{}, Acks: true,
		},
		string(AppendAck(nil, id, ack)): {Verb: Acked, Session: id, Acks: true, Ack: ack},
		string(AppendQuit(nil, id)):     {Verb: Quit, Session: id},
		string(AppendExit(nil, id)):     {Verb: Exit, Session: id},
		string(AppendReset(nil, id)):    {Verb: Reset, Session: id},
		string(AppendTry(nil, nonce, cookie)): {
			Verb: Try, Nonce: nonce, Cookie: cookie,
		},
		string(AppendSeal(nil, id, 9, []byte{1, 2, 3})): {
			Verb: Seal, Session: id, Seq: 9, Text: []byte("AQID"),
		},
	} {
		if got, ok := Parse([]byte(text)); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", text, got, ok, want)
		}
	}
	for _, want := range []Datagram{
		{Verb: Enter, Name: []byte("ann"), Version: Version, Nonce: nonce},
		{Verb: Enter, Name: []byte("ann"), Version: Version, Nonce: nonce, Cookie: cookie},
		{
			Verb: Enter, Name: []byte("张三"), Version: Version, Nonce: nonce, Cookie: cookie,
			Log: log, Heard: 17, Next: 4,
		},
		{
			Verb: Enter, Name: []byte(NoName), Version: Sealed, Nonce: nonce, Cookie: cookie,
			Text: []byte("AQID"),
		},
	} {
		text := AppendEnter(nil, want)
		if got, ok := Parse(text); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", text, got, ok, want)
		}
	}
	for _, want := range []Datagram{
		{Verb: Welcome, Version: Version, Nonce: nonce, Session: id, Log: log, Next: 1, Heard: 0},
		{Verb: Welcome, Version: Sealed, Nonce: nonce, Text: []byte("AQID")},
	} {
		text := AppendWelcome(nil, want)
		if got, ok := Parse(text); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", text, got, ok, want)
		}
	}
}

// The answer to a stranger is never longer than the question.
func TestTheFirstAnswerIsNotLonger(t *testing.T) {
	t.Parallel()
	for _, version := range []string{Version, Sealed} {
		question := AppendEnter(nil, Datagram{Name: []byte("a"), Version: version})
		answer := AppendTry(nil, Nonce{}, Cookie{})
		if len(answer) != TryBytes || len(answer) > len(question) {
			t.Errorf("%d bytes answer %d; TryBytes %d", len(answer), len(question), TryBytes)
		}
	}
	ack := AppendAck(nil, ID{1}, Ack{})
	for _, asked := range [][]byte{ack, AppendQuit(nil, ID{1})} {
		if answer := AppendReset(nil, ID{1}); len(answer) > len(asked) {
			t.Errorf("%q answers %q", answer, asked)
		}
	}
}

func TestAcknowledgedLines(t *testing.T) {
	t.Parallel()
	a := Ack{Cum: 10, Bitmap: []byte("18")}
	for line := range uint64(30) {
		if want := line <= 10 || line == 12 || line == 19; a.Has(line) != want {
			t.Errorf("line %d: %v", line, a.Has(line))
		}
	}
}

func TestOtherDatagramsAreNotOfThisWire(t *testing.T) {
	t.Parallel()
	id := string(AppendQuit(nil, ID{1}))[2:]
	for _, text := range []string{
		"", "L", "L ann", "L ann mtp/1", "L ann mtp/1 x y", "L ann mtp/2 AwAAAAAAAAAAAAAA xxx",
		"C ann hi", "Q ann", "OK", "EXIT", "\n用户名存在", "ann:hi", "TRY", "S", "M", "A", "D", "R",
		"M " + id + " 1", "M " + id + " 0\nhi", "M " + id + " 01\nhi", "M " + id + " -1\nhi",
		"M " + id + " 99999999999999999999\nhi", "M " + id[1:] + " 1\nhi", "M " + id + " 1 \nhi ",
		"M " + id + " 1 2 x\nhi", "M " + id + " 1 2 0 3\nhi", "M " + id + " 1\n\xff",
		"A " + id + " 1 0\n", "A " + id + " 1 G", "Q " + id + "\nx", "Q " + id + " x",
		"m " + id + " 1\nhi", "M " + id + " 1\n" + strings.Repeat("x", MaxBytes),
		"OK mtp/1 AwAAAAAAAAAAAAAA " + id + " BQAAAAAA 1 0",
	} {
		if d, ok := Parse([]byte(text)); ok {
			t.Errorf("%q is taken as %+v", text, d)
		}
	}
}

// What is parsed is written again as the same bytes, so nothing in a datagram goes unseen.
func FuzzParse(f *testing.F) {
	f.Add([]byte("M AQIAAAAAAAAAAAAAAAAAAA 8 7 8f\nhi\nho"))
	f.Add([]byte("D AQIAAAAAAAAAAAAAAAAAAA 8 7 0 6\nann:hi"))
	f.Add([]byte("A AQIAAAAAAAAAAAAAAAAAAA 8 0"))
	f.Add([]byte("L ann mtp/1 AwAAAAAAAAAAAAAA BAAAAAAAAAAAAAAAAAAAAA BQAAAAAA 1 2"))
	f.Add([]byte("OK mtp/1 AwAAAAAAAAAAAAAA AQIAAAAAAAAAAAAAAAAAAA BQAAAAAA 1 1"))
	f.Add([]byte("S AQIAAAAAAAAAAAAAAAAAAA 9 AQID"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, ok := Parse(raw)
		if !ok {
			return
		}
		var again []byte
		ack := (*Ack)(nil)
		if d.Acks {
			ack = &d.Ack
		}
		switch d.Verb {
		case Up, Down:
			again = append(AppendLines(nil, d.Verb, d.Session, d.Seq, ack, d.From), d.Lines...)
		case Acked:
			again = AppendAck(nil, d.Session, d.Ack)
		case Quit:
			again = AppendQuit(nil, d.Session)
		case Exit:
			again = AppendExit(nil, d.Session)
		case Reset:
			again = AppendReset(nil, d.Session)
		case Try:
			again = AppendTry(nil, d.Nonce, d.Cookie)
		case Welcome:
			again = AppendWelcome(nil, d)
		case Seal, Enter: // base64 and padding have other forms
			return
		}
		if !bytes.Equal(raw, again) {
			t.Errorf("%q is written as %q", raw, again)
		}
	})
}
