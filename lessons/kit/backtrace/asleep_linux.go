package backtrace

import (
	"mtp/lessons/kit/kernel"
)

// Asleep returns the stack of a thread that waits in a system call and that nobody has to stop for
// it: /proc/TID/syscall tells where. The other registers are not known, so there may be no more
// than the innermost place.
func (r *Reader) Asleep(tid int) (stack Stack) {
	defer func() {
		if recover() != nil {
			stack = nil
		}
	}()
	waits, err := kernel.ReadAsleep(tid)
	if err != nil {
		return nil
	}
	var regs registers
	regs[regPC], regs[regSP] = waits.ProgramCounter, waits.StackPointer
	p, err := r.process(tid, regs)
	if err != nil {
		return nil
	}
	mem := newMemory(tid)
	if stack, isPython := r.pythonStack(p, mem, 0); isPython {
		return stack
	}
	u := unwinder{reader: r, proc: p, mem: mem, regs: regs}
	return r.name(p, u.walk())
}

// Data is where a process has a variable of a library or of its program: its address, and 0 if
// there is none of that name.
func (r *Reader) Data(pid int, name string) (address uint64) {
	defer func() {
		if recover() != nil {
			address = 0
		}
	}()
	p, err := readProcess(pid)
	if err != nil {
		return 0
	}
	seen := map[string]bool{}
	for _, m := range p.maps {
		if seen[m.file()] {
			continue
		}
		seen[m.file()] = true
		o := r.object(p, m)
		if o == nil {
			continue
		}
		values, err := o.dynamic(name)
		if err != nil || values[0] == 0 {
			continue
		}
		if address, ok := o.mapped(m, values[0]); ok {
			return address
		}
	}
	return 0
}
