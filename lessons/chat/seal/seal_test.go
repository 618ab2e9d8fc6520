package seal

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSecretsAreWrittenWithACheckSum(t *testing.T) {
	t.Parallel()
	s := NewSecret()
	if got, err := Parse(" " + s.String() + "\n"); got != s || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if NewSecret() == s {
		t.Error("the same one twice")
	}
	text := s.String()
	for i := len(secretPrefix); i < len(text); i++ {
		other := byte('A')
		if text[i] == other {
			other = 'B'
		}
		if _, err := Parse(text[:i] + string(other) + text[i+1:]); err == nil {
			t.Errorf("a slip at %d is not noticed", i)
		}
	}
	for _, no := range []string{"", "hunter2", strings.TrimPrefix(text, secretPrefix), text[:40]} {
		if _, err := Parse(no); err == nil {
			t.Errorf("%q is taken", no)
		}
	}
}

// handshake makes the keys of both sides.
func handshake(t *testing.T, s Secret) (member, room *Keys, sent [2][]byte) {
	t.Helper()
	e, first, err := Enter(s, []byte("p"), []byte("ann"))
	if err != nil {
		t.Fatal(err)
	}
	a, payload, err := Admit(s, []byte("p"), first)
	if err != nil || string(payload) != "ann" {
		t.Fatalf("%q, %v", payload, err)
	}
	second, room, err := a.Finish([]byte("welcome"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Finish([]byte(strings.Repeat("x", len(second)))); err == nil {
		t.Fatal("a forged answer is taken")
	}
	payload, member, err = e.Finish(second)
	if err != nil || string(payload) != "welcome" {
		t.Fatalf("%q, %v", payload, err)
	}
	return member, room, [2][]byte{first, second}
}

func TestOnlyThoseWhoHoldTheSecretEnter(t *testing.T) {
	t.Parallel()
	s := NewSecret()
	member, room, sent := handshake(t, s)
	for _, m := range sent {
		if bytes.Contains(m, []byte("ann")) || bytes.Contains(m, []byte("welcome")) {
			t.Errorf("it can be read: %q", m)
		}
	}
	if _, _, err := Admit(NewSecret(), []byte("p"), sent[0]); err == nil {
		t.Error("another secret is taken")
	}
	if _, _, err := Admit(s, []byte("q"), sent[0]); err == nil {
		t.Error("the message of another entry is taken")
	}
	id := []byte("session")
	counter, sealed, err := member.Seal(nil, id, []byte("hello"))
	if err != nil || bytes.Contains(sealed, []byte("hello")) {
		t.Fatalf("%q, %v", sealed, err)
	}
	refused := func(what string, keys *Keys, id []byte, counter uint64, sealed []byte) {
		t.Helper()
		if text, err := keys.Open(nil, id, counter, sealed); err == nil {
			t.Errorf("%s: it is opened: %q", what, text)
		}
	}
	refused("reflected", member, id, counter, sealed)
	refused("another session", room, []byte("another"), counter, sealed)
	refused("another counter", room, id, counter+1, sealed)
	for i := range sealed {
		forged := bytes.Clone(sealed)
		forged[i] ^= 1
		refused("forged", room, id, counter, forged)
	}
	if text, err := room.Open(nil, id, counter, sealed); string(text) != "hello" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	refused("replayed", room, id, counter, sealed)
	again, _, _ := handshake(t, s)
	if _, other, _ := again.Seal(nil, id, []byte("hello")); bytes.Equal(other, sealed) {
		t.Error("two sessions have the same keys")
	}
}

// The window against a map that remembers all.
func TestWindow(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		var w window
		seen, highest := map[uint64]bool{}, uint64(0)
		for range 20_000 {
			counter := highest + random.Uint64N(200)
			switch random.IntN(50) {
			case 0:
				counter += random.Uint64N(3000)
			default:
				counter -= min(counter, random.Uint64N(1200))
			}
			old := len(seen) > 0 && counter+size <= highest
			if want := !seen[counter] && !old; w.isNew(counter) != want {
				t.Fatalf("seed %d: %d, after %d: %v, want %v", seed, counter, highest, !want, want)
			} else if want {
				w.note(counter)
				seen[counter] = true
				highest = max(highest, counter)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("x"), uint64(0))
	f.Fuzz(func(t *testing.T, raw []byte, counter uint64) {
		s := Secret{1}
		if _, _, err := Admit(s, nil, raw); err == nil {
			t.Error("a stranger's message is taken")
		}
		_, room, _ := handshake(t, s)
		if _, err := room.Open(nil, nil, counter, raw); err == nil {
			t.Error("a stranger's datagram is opened")
		}
	})
}
