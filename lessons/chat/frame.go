package chat

import (
	"encoding/binary"
	"io"
)

// Between the two processes of a side, what is said goes through a pipe in frames: two bytes for the length, one for the kind, then the
// bytes.

// frameKind is what a frame holds.
type frameKind byte

const (
	frameDatagram frameKind = 'd' // from the socket
	frameRefused  frameKind = 'e' // nobody listens at the server's address (ECONNREFUSED)
	frameFailed   frameKind = 'f' // the socket could not be read: why
	frameLine     frameKind = 'l' // typed, or to be shown
	frameBad      frameKind = 'b' // typed, and refused
	frameLeave    frameKind = 'x' // Ctrl-C
	frameReady    frameKind = 'r' // the partner has begun
)

const mostFrame = 1<<16 - 1

// writeFrame writes a frame in one write; more than fits is cut.
func writeFrame(to io.Writer, kind frameKind, data []byte) error {
	data = data[:min(len(data), mostFrame)]
	frame := make([]byte, 3, 3+len(data))
	binary.BigEndian.PutUint16(frame, uint16(len(data)))
	frame[2] = byte(kind)
	_, err := to.Write(append(frame, data...))
	return err
}

// readFrame reads a frame.
func readFrame(from io.Reader) (kind frameKind, data []byte, err error) {
	var head [3]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return 0, nil, err
	}
	data = make([]byte, binary.BigEndian.Uint16(head[:]))
	_, err = io.ReadFull(from, data)
	return frameKind(head[2]), data, err
}
