package backtrace

import (
	"slices"
	"strings"
)

// Reader reads stacks. It keeps what it has read of the mapped files, and each process's map of
// its memory. It is not for concurrent use.
type Reader struct {
	objects   map[identity]*object // nil: can't be read
	processes map[int]*process     // by thread
	mem       *memory              // of the stop that is looked at
}

// NewReader returns a Reader that has read nothing yet.
func NewReader() *Reader {
	return &Reader{
		objects: map[identity]*object{}, processes: map[int]*process{}, mem: newMemory(0),
	}
}

// Forget drops what is known of a process: after an exec, or after its end.
func (r *Reader) Forget(pid int) {
	for tid, p := range r.processes {
		if tid == pid || p.pid == pid {
			delete(r.processes, tid)
		}
	}
}

// Of returns the stack of a thread in a ptrace-stop of the calling thread, or nothing.
func (r *Reader) Of(tid int) (stack Stack) {
	defer func() {
		if recover() != nil {
			stack = nil
		}
	}()
	regs, self, err := readRegisters(tid)
	if err != nil {
		return nil
	}
	p, err := r.process(tid, regs)
	if err != nil {
		return nil
	}
	r.mem.forget(tid)
	if stack, isPython := r.pythonStack(p, r.mem, self); isPython {
		return stack
	}
	u := unwinder{reader: r, proc: p, mem: r.mem, regs: regs}
	return r.name(p, u.walk())
}

// process returns what is known of the thread's address space, read anew if the thread stands
// where nothing was mapped.
func (r *Reader) process(tid int, regs registers) (*process, error) {
	if p := r.processes[tid]; p != nil {
		_, code := p.code(regs.pc())
		if _, stack := p.find(regs.sp()); code && stack {
			return p, nil
		}
	}
	p, err := readProcess(tid)
	if err != nil {
		return nil, err
	}
	r.processes[tid] = p
	return p, nil
}

// object returns the file of a mapping, or nil.
func (r *Reader) object(p *process, m mapping) *object {
	if m.inode == 0 || m.path == "" || m.path[0] != '/' {
		return nil
	}
	key := m.file()
	o, known := p.objects[key]
	if !known {
		o = r.open(p, m)
		p.objects[key] = o
	}
	return o
}

func (r *Reader) open(p *process, m mapping) *object {
	f, err := openObject(p.tid, m)
	if err != nil {
		return nil
	}
	id, err := identify(f)
	if err == nil {
		if o, known := r.objects[id]; known {
			_ = f.Close()
			return o
		}
	}
	// An object keeps its file open, which is closed with the last reference to it.
	o, err := newObject(f)
	if err != nil {
		_ = f.Close()
	}
	r.objects[id] = o
	return o
}

// name turns addresses into the calls of the user's program.
func (r *Reader) name(p *process, calls []call) Stack {
	var all, kept Stack
	var program *object
	for _, m := range p.maps {
		if m.file() == p.exe {
			program = r.object(p, m)
			break
		}
	}
	if program == nil {
		return nil
	}
	lines := program.hasLines()
	library := program.libraryFrom()
	for _, c := range calls {
		m, _ := p.code(c.pc)
		o := r.object(p, m)
		if o == nil || isSystem(m.base()) {
			continue
		}
		vaddr, ok := o.address(m, c.pc)
		if !ok || (!lines && (o != program || vaddr >= library)) {
			continue
		}
		if o.isGo() && !o.isUsers(Frame{Function: o.name(vaddr)}) {
			// Its lines need not be read, unless nothing else is there.
			all = append(all, Frame{Function: o.name(vaddr), About: c.about})
			continue
		}
		for _, f := range o.at(vaddr) {
			f.About = c.about
			if isStart(f.Function) || (lines && f.Line == 0 && !o.isGo()) {
				continue
			}
			all = append(all, f)
			if o.isUsers(f) {
				kept = append(kept, f)
			}
		}
	}
	if len(kept) == 0 && program.isGo() {
		return all
	}
	return kept
}

// isSystem reports whether a file is the C library or the loader.
func isSystem(base string) bool {
	prefixes := []string{"libc.so", "libc-", "ld-", "ld.so", "libpthread", "libc.musl-"}
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(base, p) })
}

// isStart reports whether a function is what runs before main.
func isStart(function string) bool {
	return strings.HasPrefix(function, "_start") || strings.HasPrefix(function, "__libc_start_") ||
		strings.HasPrefix(function, "__libc_csu_")
}

// isUsers reports whether a call is in the user's code, not in the language's own.
func (o *object) isUsers(f Frame) bool {
	if strings.HasPrefix(f.File, "/rustc/") {
		return false
	}
	if !o.isGo() {
		return true
	}
	if o.goroot != "" && strings.HasPrefix(f.File, o.goroot) {
		return false
	}
	pkg := goPackage(f.Function)
	for _, own := range []string{
		"runtime", "syscall", "os", "internal", "sync", "time", "io", "bufio", "fmt", "log",
		"context", "net", "reflect", "testing", "golang.org/x/sys", "vendor",
	} {
		if pkg == own || strings.HasPrefix(pkg, own+"/") {
			return false
		}
	}
	return pkg != "" // assembly's own names have none
}

// goPackage is the path of the package that a Go function is of: os/exec of os/exec.(*Cmd).Start.
func goPackage(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	if bracket := strings.IndexByte(function, '['); bracket >= 0 && bracket < slash {
		slash = strings.LastIndexByte(function[:bracket], '/') + 1
	}
	pkg, _, found := strings.Cut(function[slash:], ".")
	if !found {
		return ""
	}
	return function[:slash] + pkg
}

// libraryFrom is where the C library begins in a static program without debug information: the
// linker puts it behind the program's own code, and its names begin with underscores.
func (o *object) libraryFrom() uint64 {
	const nowhere = 1<<64 - 1
	if o.hasLines() || !o.isStatic() {
		return nowhere
	}
	start, ok := o.symbol("_start")
	if !ok {
		return nowhere
	}
	for _, s := range o.functions() {
		own := strings.HasPrefix(s.Name, "__libc_") || strings.HasPrefix(s.Name, "_IO_")
		if own && s.Value > start.Value {
			return s.Value
		}
	}
	return nowhere
}
