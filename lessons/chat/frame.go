package chat

import (
	"bufio"
	"encoding/binary"
	"io"

	"mtp/lessons/chat/line"
)

// frame is what one process of a side hands the other through a pipe. A pipe carries bytes and
// knows no borders between them, so two bytes for the length go first, and one for the kind.
type frame struct {
	kind frameKind
	data []byte
}

// frameKind is what a frame holds: one of these, or something typed, as line.Kind has it.
type frameKind byte

const (
	frameReady    frameKind = 'r' // the partner has begun
	frameDatagram frameKind = 'd' // from the socket
	frameRefused  frameKind = 'c' // nobody listens at the server's address (ECONNREFUSED)
	frameFailed   frameKind = 'f' // the socket could not be read: why
	frameShown    frameKind = 's' // to be shown on the screen
	framePrompt   frameKind = 'p' // the prompt
	frameNewMark  frameKind = 'n' // the word above what came while nobody looked
	frameEntered  frameKind = '+' // a name that Tab may complete
	frameLeft     frameKind = '-' // one that it may not any more
	frameFarewell frameKind = 'q' // what says that a member leaves; empty: it is not in
)

// typed is what was typed in the process that a frame has come from.
func (f frame) typed() line.Typed {
	return line.Typed{Kind: line.Kind(f.kind), Text: string(f.data)}
}

func writeTyped(to io.Writer, t line.Typed) error {
	return writeFrame(to, frameKind(t.Kind), []byte(t.Text))
}

const maxFrame = 1<<16 - 1

// writeFrame writes a frame in one write; more than fits is cut.
func writeFrame(to io.Writer, kind frameKind, data []byte) error {
	data = data[:min(len(data), maxFrame)]
	head := make([]byte, 3, 3+len(data))
	binary.BigEndian.PutUint16(head, uint16(len(data)))
	head[2] = byte(kind)
	_, err := to.Write(append(head, data...))
	return err
}

func readFrame(from io.Reader) (f frame, err error) {
	var head [3]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return frame{}, err
	}
	f = frame{frameKind(head[2]), make([]byte, binary.BigEndian.Uint16(head[:]))}
	_, err = io.ReadFull(from, f.data)
	return f, err
}

// readFrames passes frames on until the other side has gone.
func readFrames(from io.Reader, to chan<- frame) {
	defer close(to)
	for reader := bufio.NewReader(from); ; {
		f, err := readFrame(reader)
		if err != nil {
			return
		}
		to <- f
	}
}
