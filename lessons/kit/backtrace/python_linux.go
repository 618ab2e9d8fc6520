package backtrace

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

const (
	maxInterpreters = 64
	maxThreads      = 4096
	maxPythonCalls  = 64
	maxString       = 4096
	maxLineTable    = 1 << 20

	// Frames with this owner, or a greater one, are the interpreter's own: FRAME_OWNED_BY_CSTACK of
	// 3.12 and 3.13, FRAME_OWNED_BY_INTERPRETER and FRAME_OWNED_BY_CSTACK of 3.14.
	ownedByInterpreter = 3
)

// layout is where CPython has what a stack is read from: offsets in bytes.
type layout struct {
	interpreters    uint64 // _PyRuntimeState.interpreters.head
	nextInterpreter uint64 // PyInterpreterState.next
	threads         uint64 // PyInterpreterState.threads.head
	nextThread      uint64 // PyThreadState.next
	thread          uint64 // PyThreadState.thread_id
	native          uint64 // PyThreadState.native_thread_id
	frame           uint64 // PyThreadState.current_frame, or cframe where there is one
	cframe          bool
	frameInCframe   uint64 // _PyCFrame.current_frame
	code            uint64 // _PyInterpreterFrame.f_code, later f_executable
	previous        uint64
	instruction     uint64 // prev_instr, later instr_ptr
	owner           uint64
	filename        uint64 // PyCodeObject.co_filename
	qualname        uint64
	firstLine       uint64 // an int
	lineTable       uint64
	bytecode        uint64 // co_code_adaptive
	ascii           uint64 // sizeof(PyASCIIObject)
}

// These are the same in every version here, without Py_GIL_DISABLED.
const (
	varSize     = 16 // PyVarObject.ob_size, and PyASCIIObject.length
	bytesData   = 32 // PyBytesObject.ob_sval
	stringState = 32 // PyASCIIObject.state
	utf8Cache   = 16 // what PyCompactUnicodeObject has more, or, in 3.11, 24
)

// layoutOf is the layout of a version that doesn't publish it. The numbers were printed by a C
// program, with offsetof and the headers of CPython 3.11.7 and 3.12.1 (Py_BUILD_CORE;
// pycore_runtime.h, pycore_interp.h, pycore_frame.h, cpython/code.h), on a 64-bit machine. The
// internal structures of a version don't change after its first release.
func layoutOf(version uint64) (layout, bool) {
	switch version >> 16 {
	case 0x030b:
		return layout{
			interpreters: 40, nextInterpreter: 0, threads: 16,
			nextThread: 8, thread: 152, native: 160, frame: 56, cframe: true, frameInCframe: 8,
			code: 32, previous: 48, instruction: 56, owner: 69,
			filename: 112, qualname: 128, firstLine: 72, lineTable: 136, bytecode: 184, ascii: 48,
		}, true
	case 0x030c:
		return layout{
			interpreters: 40, nextInterpreter: 0, threads: 72,
			nextThread: 8, thread: 136, native: 144, frame: 56, cframe: true, frameInCframe: 0,
			code: 0, previous: 8, instruction: 56, owner: 70,
			filename: 112, qualname: 128, firstLine: 68, lineTable: 136, bytecode: 192, ascii: 40,
		}, true
	}
	return layout{}, false
}

// sizeofDebugOffsets is what is read of _Py_DebugOffsets: more than all that is used of it.
const sizeofDebugOffsets = 656

// publishedLayout reads _Py_DebugOffsets, which 3.13 and later have at the beginning of
// _PyRuntime (Include/internal/pycore_debug_offsets.h, in 3.13 pycore_runtime.h).
func publishedLayout(table []byte) (layout, bool) {
	if len(table) < sizeofDebugOffsets || string(table[:8]) != "xdebugpy" {
		return layout{}, false
	}
	field := func(at int) uint64 { return binary.LittleEndian.Uint64(table[at:]) }
	// Where its parts begin. Each has its structure's size first, and new fields come last in it.
	var thread, frame, code, bytes, unicode int
	switch field(8) >> 16 {
	case 0x030d:
		thread, frame, code, bytes, unicode = 152, 224, 272, 512, 536
	case 0x030e:
		thread, frame, code, bytes, unicode = 176, 248, 312, 592, 616
	default:
		return layout{}, false
	}
	if field(16) != 0 { // free_threaded: with other objects, and bytecode for each thread
		return layout{}, false
	}
	l := layout{
		interpreters: field(40), nextInterpreter: field(64), threads: field(72),
		nextThread: field(thread + 16), frame: field(thread + 32),
		thread: field(thread + 40), native: field(thread + 48),
		previous: field(frame + 8), code: field(frame + 16),
		instruction: field(frame + 24), owner: field(frame + 40), filename: field(code + 8),
		qualname: field(code + 24), lineTable: field(code + 32), firstLine: field(code + 40),
		bytecode: field(code + 72), ascii: field(unicode + 24),
	}
	// A table that is not laid out as expected won't hold all of this.
	within := func(part int, offsets ...uint64) bool {
		size := field(part)
		beyond := func(o uint64) bool { return o >= size }
		return size < 1<<20 && !slices.ContainsFunc(offsets, beyond)
	}
	ok := within(24, l.interpreters) && within(48, l.nextInterpreter, l.threads) &&
		within(thread, l.nextThread, l.frame, l.thread, l.native) &&
		within(frame, l.previous, l.code, l.instruction, l.owner) &&
		within(code, l.filename, l.qualname, l.lineTable, l.firstLine) &&
		l.bytecode <= field(code) &&
		field(bytes+8) == varSize && field(bytes+16) == bytesData &&
		field(unicode+8) == stringState && field(unicode+16) == varSize && l.ascii < 128
	return l, ok
}

// interpreter is the CPython in a process.
type interpreter struct {
	runtime uint64 // where _PyRuntime is
	layout  layout
	library string // as the folder of its own modules is called
}

// pythonStack is the stack of a Python program, and whether the process is one: then the
// interpreter's own C is of no interest, even if the Python can't be read.
func (r *Reader) pythonStack(p *process, m *memory, self uint64) (stack Stack, isPython bool) {
	isPython = p.runsPython()
	if !p.looked {
		p.looked = true
		p.python = r.findPython(p, m)
	}
	if p.python == nil {
		return nil, isPython
	}
	stack = p.python.stack(m, p, self)
	return stack, isPython || len(stack) > 0
}

// runsPython reports whether the program is the interpreter itself, by its name.
func (p *process) runsPython() bool {
	for _, m := range p.maps {
		if m.file() == p.exe {
			return strings.HasPrefix(m.base(), "python")
		}
	}
	return false
}

func (r *Reader) findPython(p *process, m *memory) *interpreter {
	seen := map[string]bool{}
	for _, mapped := range p.maps {
		file := mapped.file()
		if seen[file] || (file != p.exe && !strings.HasPrefix(mapped.base(), "libpython")) {
			continue
		}
		seen[file] = true
		o := r.object(p, mapped)
		if o == nil {
			continue
		}
		symbols := o.pythonSymbols()
		if symbols[0] == 0 {
			continue
		}
		runtime, ok := o.mapped(mapped, symbols[0])
		if !ok {
			return nil
		}
		version, _ := o.mapped(mapped, symbols[1])
		return readInterpreter(m, runtime, version)
	}
	return nil
}

// pythonSymbols are where the file has _PyRuntime and Py_Version.
func (o *object) pythonSymbols() [2]uint64 {
	if !o.readPython {
		o.readPython = true
		if values, err := o.dynamic("_PyRuntime", "Py_Version"); err == nil {
			o.python = [2]uint64(values)
		}
	}
	return o.python
}

func readInterpreter(m *memory, runtime, versionAt uint64) *interpreter {
	table := make([]byte, sizeofDebugOffsets)
	if !m.read(runtime, table) {
		return nil
	}
	version := binary.LittleEndian.Uint64(table[8:])
	found, ok := publishedLayout(table)
	if !ok {
		if version, ok = m.word(versionAt); ok {
			found, ok = layoutOf(version)
		}
	}
	if !ok {
		return nil
	}
	library := fmt.Sprintf("/lib/python%d.%d/", version>>24, version>>16&0xff)
	return &interpreter{runtime: runtime, layout: found, library: library}
}

// stack reads the thread's Python calls: the user's, or, if there are none, the library's.
func (py *interpreter) stack(m *memory, p *process, self uint64) Stack {
	w := &words{memory: m, ok: true}
	frame := py.frame(w, p, self)
	l := py.layout
	var all, users Stack
	for ; frame != 0 && w.ok && len(all) < maxPythonCalls; frame = w.u64(frame + l.previous) {
		if w.u8(frame+l.owner) >= ownedByInterpreter {
			continue
		}
		const tags = 7 // 3.14 marks references in their lowest bits
		call := py.call(w, w.u64(frame+l.code)&^tags, w.u64(frame+l.instruction))
		if !w.ok {
			break
		}
		all = append(all, call)
		if !strings.HasPrefix(call.File, "<frozen ") && !strings.Contains(call.File, py.library) {
			users = append(users, call)
		}
	}
	switch {
	case !w.ok:
		return nil
	case len(users) > 0:
		return users
	}
	return all
}

// frame is the innermost frame of a thread: of that with its pthread_self(), which holds in a
// child right after fork and in other PID namespaces, too, or else of that with its number. 3.11
// gives a new thread its creator's, until it runs, but no frame.
func (py *interpreter) frame(w *words, p *process, self uint64) uint64 {
	l := py.layout
	var byNumber uint64
	interpreter := w.u64(py.runtime + l.interpreters)
	for i := 0; interpreter != 0 && w.ok && i < maxInterpreters; i++ {
		thread := w.u64(interpreter + l.threads)
		for j := 0; thread != 0 && w.ok && j < maxThreads; j++ {
			frame := w.u64(thread + l.frame)
			if l.cframe && frame != 0 {
				frame = w.u64(frame + l.frameInCframe)
			}
			switch {
			case frame == 0:
			case isThread(w.u64(thread+l.thread), self) && w.ok:
				return frame
			case w.u64(thread+l.native) == uint64(p.tid):
				byNumber = frame
			}
			thread = w.u64(thread + l.nextThread)
		}
		interpreter = w.u64(interpreter + l.nextInterpreter)
	}
	if !w.ok {
		return 0
	}
	return byNumber
}

func (py *interpreter) call(w *words, code, instruction uint64) Frame {
	l := py.layout
	call := Frame{
		Function: py.text(w, w.u64(code+l.qualname)),
		File:     py.text(w, w.u64(code+l.filename)),
	}
	table := w.u64(code + l.lineTable)
	size := w.u64(table + varSize)
	if !w.ok || size > maxLineTable {
		w.ok = false
		return Frame{}
	}
	data := make([]byte, size)
	w.ok = w.read(table+bytesData, data)
	const codeUnit = 2
	at := (int64(instruction) - int64(code+l.bytecode)) / codeUnit
	call.Line, w.ok = lineAt(data, int(int32(w.u32(code+l.firstLine))), at)
	return call
}

// text reads a str.
func (py *interpreter) text(w *words, at uint64) string {
	length, state := w.u64(at+varSize), w.u32(at+stringState)
	if state>>2&7 == 0 { // later releases of 3.14 have 16 bits for what the others have 2 for
		state >>= 14
	}
	kind, compact, ascii := state>>2&7, state>>5&1 == 1, state>>6&1 == 1
	if !w.ok || !compact || length > maxString {
		w.ok = false
		return ""
	}
	data := at + py.layout.ascii
	if !ascii {
		data += utf8Cache
		if py.layout.ascii == 48 { // 3.11's has a wstr_length, too
			data += 8
		}
	}
	raw := make([]byte, length*uint64(kind))
	if !w.read(data, raw) {
		w.ok = false
		return ""
	}
	return decode(raw, kind)
}

// decode makes a string of characters of one, two or four bytes each.
func decode(raw []byte, kind uint32) string {
	var text []rune
	switch kind {
	case 1:
		for _, b := range raw {
			text = append(text, rune(b))
		}
	case 2:
		for i := 0; i+2 <= len(raw); i += 2 {
			text = append(text, rune(binary.LittleEndian.Uint16(raw[i:])))
		}
	case 4:
		for i := 0; i+4 <= len(raw); i += 4 {
			text = append(text, rune(binary.LittleEndian.Uint32(raw[i:])))
		}
	}
	for i, c := range text {
		if c < ' ' || utf16.IsSurrogate(c) {
			text[i] = '?'
		}
	}
	return string(text)
}

// lineAt finds the line of a code unit in a co_linetable (Objects/locations.md of CPython). The
// line is 0 for code that has none; before the first instruction it is the function's. It fails if
// the table doesn't reach so far.
func lineAt(table []byte, first int, unit int64) (line int, ok bool) {
	const (
		noColumns = 13
		long      = 14
		none      = 15
		maxLine   = 1 << 30
	)
	if unit < 0 {
		return first, unit == -1
	}
	line = first
	for i, start := 0, int64(0); i < len(table); {
		head := table[i]
		if head < 0x80 {
			return 0, false
		}
		i++
		kind := int(head >> 3 & 15)
		switch {
		case kind >= 10 && kind < noColumns:
			line += kind - 10
		case kind == noColumns || kind == long:
			line += signedVarint(table[i:])
		}
		if line < 0 || line > maxLine {
			return 0, false
		}
		start += int64(head&7) + 1
		if unit < start {
			if kind == none {
				return 0, true
			}
			return line, true
		}
		for i < len(table) && table[i] < 0x80 { // only the first byte of an entry has this bit
			i++
		}
	}
	return 0, false
}

// signedVarint reads a number of 6 bits a byte, its sign in the lowest bit.
func signedVarint(b []byte) int {
	var value uint64
	for i, shift := 0, 0; i < len(b) && shift < 36; i, shift = i+1, shift+6 {
		value |= uint64(b[i]&0x3f) << shift
		if b[i]&0x40 == 0 {
			break
		}
	}
	if value&1 != 0 {
		return -int(value >> 1)
	}
	return int(value >> 1)
}
