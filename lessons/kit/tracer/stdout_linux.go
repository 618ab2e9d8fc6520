package tracer

import "encoding/binary"

// noStdout says that a process has no stdio that is known.
const noStdout = 1

// pending is what a process's stdio has not written yet to the standard output: a fork copies it.
// It is read out of glibc's struct _IO_FILE, whose first fields are part of its ABI.
func (t *tracer) pending(p *traced) []byte {
	if t.stacks == nil {
		return nil
	}
	if p.stdout == 0 {
		p.stdout = t.stacks.Data(p.pid, "_IO_2_1_stdout_")
		if p.stdout == 0 {
			p.stdout = noStdout
		}
	}
	const writeBase, pointer = 32, 8
	ends := make([]byte, 2*pointer)
	if p.stdout == noStdout || !read(p.pid, p.stdout+writeBase, ends) {
		return nil
	}
	from, to := binary.NativeEndian.Uint64(ends), binary.NativeEndian.Uint64(ends[pointer:])
	if to <= from || to-from > 1<<20 {
		return nil
	}
	bytes := make([]byte, min(to-from, maxBytes))
	if !read(p.pid, from, bytes) {
		return nil
	}
	return bytes
}
