// Package seal keeps a room's datagrams from those who do not hold its secret: a Noise handshake
// when somebody enters, and then each datagram encrypted under keys that nobody else has.
//
// The handshake is NNpsk0: whoever does not hold the secret fails at its first message, before
// anything is computed on a curve. The keys come from two ephemeral ones, so a secret that becomes
// known later opens nothing that was said before.
package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/flynn/noise"
)

// Secret is what all hold who may enter: 256 random bits. Nothing else is taken as one, so nobody
// can guess it.
type Secret [32]byte

const (
	secretPrefix = "mtp-secret-"
	sumBytes     = 4
)

// NewSecret makes a secret.
func NewSecret() (s Secret) {
	_, _ = rand.Read(s[:]) // it never fails
	return s
}

// String is how a secret is written: with a check sum, so that a slip of the pen is noticed.
func (s Secret) String() string {
	sum := sha256.Sum256(s[:])
	return secretPrefix + base64.RawURLEncoding.EncodeToString(append(s[:], sum[:sumBytes]...))
}

// ErrSecret is the error of something that is no secret.
var ErrSecret = errors.New("this is no secret as 'mtp chat secret' prints it")

// Parse reads a secret as String writes it.
func Parse(text string) (s Secret, err error) {
	text, is := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !is || err != nil || len(raw) != len(s)+sumBytes {
		return Secret{}, ErrSecret
	}
	copy(s[:], raw)
	if sum := sha256.Sum256(s[:]); string(sum[:sumBytes]) != string(raw[len(s):]) {
		return Secret{}, ErrSecret
	}
	return s, nil
}

func state(s Secret, initiator bool, prologue []byte) (*noise.HandshakeState, error) {
	suite := noise.NewCipherSuite(noise.DH25519, noise.CipherChaChaPoly, noise.HashBLAKE2s)
	return noise.NewHandshakeState(noise.Config{
		CipherSuite:  suite,
		Random:       rand.Reader,
		Pattern:      noise.HandshakeNN,
		Initiator:    initiator,
		Prologue:     prologue,
		PresharedKey: s[:],
	})
}

// Entry is the handshake of who enters.
type Entry struct{ state *noise.HandshakeState }

// Enter begins a handshake. It returns the first message, with something in it for the room. Both
// sides have to agree on the prologue.
func Enter(s Secret, prologue, payload []byte) (e *Entry, message []byte, err error) {
	e = new(Entry)
	if e.state, err = state(s, true, prologue); err == nil {
		message, _, _, err = e.state.WriteMessage(nil, payload)
	}
	return e, message, err
}

// Finish takes the room's message. After an error the handshake goes on as if nothing had come.
func (e *Entry) Finish(message []byte) (payload []byte, keys *Keys, err error) {
	payload, up, down, err := e.state.ReadMessage(nil, message)
	if err != nil {
		return nil, nil, err
	}
	return payload, &Keys{send: up.Cipher(), receive: down.Cipher()}, nil
}

// Admission is the room's side of a handshake.
type Admission struct{ state *noise.HandshakeState }

// Admit takes the first message of who holds the secret.
func Admit(s Secret, prologue, message []byte) (a *Admission, payload []byte, err error) {
	a = new(Admission)
	if a.state, err = state(s, false, prologue); err == nil {
		payload, _, _, err = a.state.ReadMessage(nil, message)
	}
	return a, payload, err
}

// Finish returns the message that answers, with something in it, and the keys.
func (a *Admission) Finish(payload []byte) (message []byte, keys *Keys, err error) {
	message, up, down, err := a.state.WriteMessage(nil, payload)
	if err != nil {
		return nil, nil, err
	}
	return message, &Keys{send: down.Cipher(), receive: up.Cipher()}, nil
}

// Keys are those of one session, and what was used up of them.
type Keys struct {
	send, receive noise.Cipher
	counter       uint64 // of the next datagram
	window        window
}

// ErrWorn is the error of keys that have sealed all that they may.
var ErrWorn = errors.New("the session's keys are worn out")

const maxCounter = 1 << 50

// Seal appends the sealed text. Its counter is never used again.
func (k *Keys) Seal(to, session, text []byte) (counter uint64, sealed []byte, err error) {
	if k.counter >= maxCounter {
		return 0, to, ErrWorn
	}
	counter = k.counter
	k.counter++
	return counter, k.send.Encrypt(to, counter, with(session, counter), text), nil
}

// ErrOld is the error of what was opened before, or came too late to tell.
var ErrOld = errors.New("this has come before, or too late")

// Open appends the text of what is sealed. Nothing is opened twice.
func (k *Keys) Open(to, session []byte, counter uint64, sealed []byte) (text []byte, err error) {
	if counter >= maxCounter || !k.window.isNew(counter) {
		return to, ErrOld
	}
	text, err = k.receive.Decrypt(to, counter, with(session, counter), sealed)
	if err != nil {
		return to, err
	}
	k.window.note(counter)
	return text, nil
}

// with is the data that is authenticated beside the text.
func with(session []byte, counter uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 24), session...), counter)
}
