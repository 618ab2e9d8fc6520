package backtrace

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

const (
	chunk     = 4096 // no page is smaller, so that a chunk is readable as a whole or not at all
	maxSpare  = 64
	maxChunks = 1024 // of one look at a process: a bound for what a broken one can make us read
)

// memory is another process's memory during one stop. What was read once is not read again.
type memory struct {
	pid    int
	chunks map[uint64][]byte // nil: not readable
	spare  [][]byte          // chunks of an earlier stop, to be filled anew
}

func newMemory(pid int) *memory { return &memory{pid: pid, chunks: map[uint64][]byte{}} }

// forget makes the memory that of another stop.
func (m *memory) forget(pid int) {
	for _, data := range m.chunks {
		if data != nil && len(m.spare) < maxSpare {
			m.spare = append(m.spare, data)
		}
	}
	clear(m.chunks)
	m.pid = pid
}

// room returns a chunk to read into.
func (m *memory) room() []byte {
	if len(m.spare) == 0 {
		return make([]byte, chunk)
	}
	last := len(m.spare) - 1
	buf := m.spare[last]
	m.spare = m.spare[:last]
	return buf
}

// at returns the chunk that holds address.
func (m *memory) at(address uint64) []byte {
	base := address &^ (chunk - 1)
	data, known := m.chunks[base]
	if known || len(m.chunks) >= maxChunks {
		return data
	}
	buf := m.room()
	local := []unix.Iovec{{Base: &buf[0], Len: chunk}}
	remote := []unix.RemoteIovec{{Base: uintptr(base), Len: chunk}}
	if n, err := unix.ProcessVMReadv(m.pid, local, remote, 0); err == nil && n == chunk {
		data = buf
	}
	m.chunks[base] = data
	return data
}

// read fills buf from address.
func (m *memory) read(address uint64, buf []byte) bool {
	for len(buf) > 0 {
		data := m.at(address)
		if data == nil {
			return false
		}
		n := copy(buf, data[address&(chunk-1):])
		buf, address = buf[n:], address+uint64(n)
	}
	return true
}

func (m *memory) word(address uint64) (uint64, bool) {
	var b [8]byte
	ok := m.read(address, b[:])
	return binary.LittleEndian.Uint64(b[:]), ok
}

// words is a reader of single fields that fails as a whole: ok is false once one wasn't readable.
type words struct {
	*memory
	ok bool
}

func (w *words) u64(address uint64) uint64 {
	value, ok := w.word(address)
	w.ok = w.ok && ok
	return value
}

func (w *words) u32(address uint64) uint32 {
	var b [4]byte
	w.ok = w.read(address, b[:]) && w.ok
	return binary.LittleEndian.Uint32(b[:])
}

func (w *words) u8(address uint64) byte {
	var b [1]byte
	w.ok = w.read(address, b[:]) && w.ok
	return b[0]
}
