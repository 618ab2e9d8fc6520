// Package journal keeps a room's log in a file, so that a room that was killed can begin again
// without having forgotten what it has acknowledged.
//
// The file is text: one line for each line of the room, of its number, the speaker's entry, the
// number that the speaker gave it, the speaker's name, and what was said. A last line that is cut
// short was never acknowledged.
package journal

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"mtp/lessons/chat/room"
	"mtp/lessons/chat/wire"
)

const (
	magic = "mtp-chat-log 1 "
	none  = "-" // stands for no name, no entry, no line

	keptLines = 10_000   // of the last ones
	maxBytes  = 16 << 20 // of the file, before it is written anew
)

// File is a journal in a file.
type File struct {
	path    string
	id      wire.Log
	file    *os.File
	pending []byte
	size    int64
	Kept    []room.Said // what the room before has said
}

// ErrFormat is the error of a file that is no journal.
var ErrFormat = errors.New("this file is no log of a chat room")

// Open opens a journal, or begins one for a log of this name.
func Open(path string, id wire.Log) (f *File, err error) {
	f = &File{path: path, id: id}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, err
	case len(raw) > 0:
		if err := f.read(raw); err != nil {
			return nil, err
		}
	}
	if err := f.rewrite(); err != nil {
		return nil, err
	}
	return f, nil
}

// ID is the name of the log.
func (f *File) ID() wire.Log { return f.id }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

func (f *File) read(raw []byte) error {
	head, rest, whole := bytes.Cut(raw, []byte("\n"))
	id, is := bytes.CutPrefix(head, []byte(magic))
	n, err := base64.RawURLEncoding.Strict().Decode(make([]byte, len(f.id)+1), id)
	if !is || !whole || err != nil || n != len(f.id) {
		return ErrFormat
	}
	_, _ = base64.RawURLEncoding.Decode(f.id[:], id)
	for {
		line, more, whole := bytes.Cut(rest, []byte("\n"))
		if !whole { // cut short, if there is anything
			break
		}
		said, err := parse(line)
		if err != nil {
			return err
		}
		f.note(said)
		rest = more
	}
	return nil
}

// note keeps the last lines, and of older ones how far each entry had come.
func (f *File) note(said room.Said) {
	f.Kept = append(f.Kept, said)
	if len(f.Kept) < 2*keptLines {
		return
	}
	f.Kept = compact(f.Kept)
}

func compact(all []room.Said) (kept []room.Said) {
	lines := 0
	for _, said := range all {
		if said.Line != nil {
			lines++
		}
	}
	highest := map[wire.Nonce]int{} // where in kept
	for _, said := range all {
		old := said.Line == nil || lines > keptLines
		if said.Line != nil {
			lines--
		}
		if !old {
			kept = append(kept, said)
			continue
		}
		if said.Nonce == (wire.Nonce{}) {
			continue
		}
		said.Line = nil
		at, is := highest[said.Nonce]
		if !is {
			highest[said.Nonce] = len(kept)
			kept = append(kept, said)
			continue
		}
		kept[at].Seq, kept[at].Number = max(kept[at].Seq, said.Seq), said.Number
	}
	return kept
}

func parse(line []byte) (said room.Said, err error) {
	fields := bytes.SplitN(line, []byte(" "), 5)
	if len(fields) != 5 {
		return said, ErrFormat
	}
	said.Number, err = strconv.ParseUint(string(fields[0]), 10, 62)
	if err != nil || said.Number == 0 {
		return said, ErrFormat
	}
	if string(fields[1]) != none {
		nonce, err := base64.RawURLEncoding.DecodeString(string(fields[1]))
		if err != nil || len(nonce) != len(said.Nonce) {
			return said, ErrFormat
		}
		copy(said.Nonce[:], nonce)
	}
	said.Seq, err = strconv.ParseUint(string(fields[2]), 10, 62)
	if err != nil {
		return said, ErrFormat
	}
	if string(fields[3]) != none {
		said.Name = string(fields[3])
	}
	if string(fields[4]) != none {
		line, is := bytes.CutPrefix(fields[4], []byte(" "))
		if !is {
			return said, ErrFormat
		}
		said.Line = append([]byte{}, line...)
	}
	return said, nil
}

// Add adds a line to what Commit writes.
func (f *File) Add(said room.Said) { f.pending = appendSaid(f.pending, said) }

func appendSaid(to []byte, said room.Said) []byte {
	to = append(strconv.AppendUint(to, said.Number, 10), ' ')
	if said.Nonce == (wire.Nonce{}) {
		to = append(to, none...)
	} else {
		to = base64.RawURLEncoding.AppendEncode(to, said.Nonce[:])
	}
	to = append(strconv.AppendUint(append(to, ' '), said.Seq, 10), ' ')
	if said.Name == "" {
		to = append(to, none...)
	} else {
		to = append(to, said.Name...)
	}
	to = append(to, ' ')
	if said.Line == nil {
		to = append(to, none...)
	} else {
		to = append(append(to, ' '), said.Line...)
	}
	return append(to, '\n')
}

// Commit writes what was added, in one write: the kernel has it then, also if this process is
// killed. (A machine that loses power may lose it: nothing is synchronized to the disk.)
func (f *File) Commit() error {
	if len(f.pending) == 0 {
		return nil
	}
	n, err := f.file.Write(f.pending)
	f.size += int64(n)
	if err != nil {
		return err
	}
	f.pending = f.pending[:0]
	if f.size > maxBytes {
		return f.shrink()
	}
	return nil
}

// shrink writes the file anew, without what is too old.
func (f *File) shrink() error {
	raw, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	old := f.file
	f.Kept = nil
	if err := f.read(raw); err != nil {
		return err
	}
	if err := f.rewrite(); err != nil {
		return err
	}
	f.Kept = nil
	return old.Close()
}

// rewrite writes what is kept beside the file, and puts it in its place.
func (f *File) rewrite() error {
	f.Kept = compact(f.Kept)
	aside := f.path + ".new"
	file, err := os.OpenFile(aside, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	w := &counter{w: file}
	b := bufio.NewWriter(w)
	_, err = fmt.Fprintf(b, "%s%s\n", magic, base64.RawURLEncoding.EncodeToString(f.id[:]))
	for _, said := range f.Kept {
		if err == nil {
			_, err = b.Write(appendSaid(nil, said))
		}
	}
	if err = errors.Join(err, b.Flush()); err == nil {
		err = os.Rename(aside, f.path)
	}
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(aside))
	}
	f.file, f.size = file, w.n
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
