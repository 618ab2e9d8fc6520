package backtrace

import (
	"debug/elf"
	"errors"
	"slices"
	"strings"

	"github.com/go-delve/delve/pkg/dwarf/frame"
)

const (
	maxCalls   = 256
	maxSignals = 16
	maxScan    = 64 << 10 // bytes of stack to look through for a return address
)

var errRow = errors.New("no rule for the caller's registers")

// rule says how the caller had one register.
type rule struct {
	reg uint64
	frame.DWRule
}

// row is how to come from one address of code to its caller: a row of .eh_frame's table.
type row struct {
	cfa       frame.DWRule
	rules     []rule
	outermost bool // has no caller
}

// row returns the row for an address of the file, or nil.
func (o *object) row(vaddr uint64) *row {
	if r, known := o.rows[vaddr]; known {
		return r
	}
	r, err := o.readRow(vaddr)
	if err != nil {
		r = nil
	}
	o.rows[vaddr] = r
	return r
}

func (o *object) readRow(vaddr uint64) (r *row, err error) {
	defer guard(&err)
	fde, err := o.unwindTables().FDEForPC(vaddr)
	if err != nil {
		return nil, err
	}
	if machine == elf.EM_AARCH64 {
		fde.Instructions = withoutPAC(slices.Clone(fde.Instructions))
	}
	table, err := fde.EstablishFrame(vaddr)
	if err != nil {
		return nil, err
	}
	if table.RetAddrReg != regReturn {
		return nil, errRow
	}
	r = &row{cfa: table.CFA}
	for reg, how := range table.Regs {
		if reg < numRegisters {
			r.rules = append(r.rules, rule{reg: reg, DWRule: how})
		}
	}
	if how, known := table.Regs[regReturn]; known && how.Rule == frame.RuleUndefined {
		// A restored register is undefined to the parser, too, but only an outermost function says
		// so of its return address at its beginning.
		r.outermost = machine == elf.EM_X86_64 || startsUndefined(fde.Instructions)
	}
	return r, nil
}

// startsUndefined reports whether a function's first instruction for its rows is that it has no
// caller.
func startsUndefined(program []byte) bool {
	return len(program) >= 2 && program[0] == frame.DW_CFA_undefined && program[1] == regReturn
}

// withoutPAC replaces the instruction for signed return addresses (DW_CFA_AARCH64_negate_ra_state),
// which package frame doesn't know, by one that does nothing.
func withoutPAC(program []byte) []byte {
	const negate = 0x2d
	for i := 0; i < len(program); {
		op := program[i]
		if op == negate {
			program[i] = frame.DW_CFA_nop
		}
		i++
		for _, operand := range operands(op) {
			i = skipOperand(program, i, operand)
		}
	}
	return program
}

// operands are the kinds of an instruction's operands: a digit for as many bytes, u for a LEB128
// number, b for a block with its length before it.
func operands(op byte) string {
	switch {
	case op&0xc0 == frame.DW_CFA_offset:
		return "u"
	case op&0xc0 != 0:
		return ""
	}
	switch op {
	case frame.DW_CFA_set_loc:
		return "8"
	case frame.DW_CFA_advance_loc1:
		return "1"
	case frame.DW_CFA_advance_loc2:
		return "2"
	case frame.DW_CFA_advance_loc4:
		return "4"
	case frame.DW_CFA_restore_extended, frame.DW_CFA_undefined, frame.DW_CFA_same_value,
		frame.DW_CFA_def_cfa_register, frame.DW_CFA_def_cfa_offset, frame.DW_CFA_def_cfa_offset_sf,
		frame.DW_CFA_GNU_args_size:
		return "u"
	case frame.DW_CFA_offset_extended, frame.DW_CFA_register, frame.DW_CFA_def_cfa,
		frame.DW_CFA_offset_extended_sf, frame.DW_CFA_def_cfa_sf, frame.DW_CFA_val_offset,
		frame.DW_CFA_val_offset_sf:
		return "uu"
	case frame.DW_CFA_def_cfa_expression:
		return "b"
	case frame.DW_CFA_expression, frame.DW_CFA_val_expression:
		return "ub"
	}
	return ""
}

func skipOperand(program []byte, i int, kind rune) int {
	if kind >= '0' && kind <= '9' {
		return i + int(kind-'0')
	}
	value, n := uleb(program[min(i, len(program)):])
	i += n
	if kind == 'b' {
		i += int(min(value, uint64(len(program))))
	}
	return i
}

// uleb reads an unsigned LEB128 number and says how many bytes it has.
func uleb(b []byte) (value uint64, n int) {
	for shift := 0; n < len(b) && shift < 64; shift += 7 {
		c := b[n]
		n++
		value |= uint64(c&0x7f) << shift
		if c < 0x80 {
			break
		}
	}
	return value, n
}

// sleb reads a signed LEB128 number and says how many bytes it has.
func sleb(b []byte) (value int64, n int) {
	unsigned, n := uleb(b)
	value = int64(unsigned)
	if bits := 7 * n; n > 0 && bits < 64 && b[n-1]&0x40 != 0 {
		value -= 1 << bits
	}
	return value, n
}

// call is one address of a stack.
type call struct {
	pc    uint64 // within the call instruction, or where the thread is
	about bool
}

// unwinder walks one thread's stack.
type unwinder struct {
	reader *Reader
	proc   *process
	mem    *memory
	regs   registers
	calls  []call
	exact  bool // pc is where the code was interrupted, not a return address
	about  bool

	signals int // that interrupted one another
}

func (u *unwinder) walk() []call {
	u.exact = true
	for len(u.calls) < maxCalls {
		pc := u.regs.pc()
		if _, ok := u.proc.code(pc); !ok {
			break
		}
		if len(u.calls) > 0 && u.site(pc).signal {
			before, ok := interrupted(u.mem, u.regs)
			if !ok || before == u.regs || u.signals == maxSignals {
				break
			}
			u.regs, u.exact = before, true
			u.signals++
			continue
		}
		if !u.exact {
			pc--
		}
		u.calls = append(u.calls, call{pc: pc, about: u.about})
		last := u.regs
		if !u.step(pc) {
			break
		}
		if u.regs.pc() == last.pc() && u.regs.sp() == last.sp() {
			break
		}
		u.exact = false
	}
	return u.calls
}

// step goes on to the caller.
func (u *unwinder) step(pc uint64) bool {
	o, vaddr, ok := u.locate(pc)
	if !ok {
		return u.scan(pc)
	}
	if o.isGo() {
		return u.stepGo(o, vaddr)
	}
	r := o.row(vaddr)
	if r == nil {
		return u.scan(pc)
	}
	if r.outermost {
		return false
	}
	caller, ok := r.caller(u.mem, u.regs)
	// In a signal handler on a stack of its own the stack pointer may go down, but only there, and
	// that is signalReturn's.
	if !ok || caller.sp() < u.regs.sp() || (caller.sp() == u.regs.sp() && !u.exact) {
		return u.scan(pc)
	}
	if caller.pc() == 0 {
		return false
	}
	if !u.plausible(caller.pc()) {
		return u.scan(pc)
	}
	u.regs = caller
	return true
}

// locate finds the object that an address is in, and where it is there.
func (u *unwinder) locate(pc uint64) (o *object, vaddr uint64, ok bool) {
	m, _ := u.proc.code(pc)
	if o = u.reader.object(u.proc, m); o == nil {
		return nil, 0, false
	}
	vaddr, ok = o.address(m, pc)
	return o, vaddr, ok
}

// plausible reports whether a return address is one: of a call, or of a signal handler.
func (u *unwinder) plausible(address uint64) bool {
	if _, ok := u.proc.code(address); !ok {
		return false
	}
	s := u.site(address)
	return s.called || s.signal
}

// site is what the code at a return address is.
type site struct {
	called bool  // a call is before it,
	direct bool  // of a function
	target int64 // that is so far from it
	signal bool  // a signal handler returns to it
}

func (u *unwinder) site(address uint64) site {
	o, vaddr, ok := u.locate(address)
	if !ok {
		return u.readSite(address)
	}
	s, known := o.sites[vaddr]
	if !known {
		s = u.readSite(address)
		o.sites[vaddr] = s
	}
	return s
}

func (u *unwinder) readSite(address uint64) (s site) {
	var before [8]byte
	if address >= 8 && u.mem.read(address-8, before[:]) {
		var target uint64
		target, s.called = called(address, before[:])
		s.direct = target != 0
		s.target = int64(target - address)
	}
	var code [len(signalReturn)]byte
	s.signal = u.mem.read(address, code[:]) && string(code[:]) == signalReturn
	return s
}

// caller applies the row's rules to a thread's registers.
func (r *row) caller(m *memory, regs registers) (registers, bool) {
	next := regs
	cfa, ok := value(m, regs, r.cfa, 0, false)
	if !ok {
		return regs, false
	}
	next[regSP] = cfa
	for _, how := range r.rules {
		if how.Rule == frame.RuleUndefined || how.Rule == frame.RuleSameVal {
			continue
		}
		if next[how.reg], ok = value(m, regs, how.DWRule, cfa, true); !ok {
			return regs, false
		}
	}
	next[regPC] = codeAddress(next[regReturn])
	return next, true
}

// value is what one rule gives.
func value(m *memory, regs registers, how frame.DWRule, cfa uint64, hasCFA bool) (uint64, bool) {
	switch how.Rule {
	case frame.RuleCFA:
		if how.Reg < numRegisters {
			return regs[how.Reg] + uint64(how.Offset), true
		}
	case frame.RuleOffset:
		return m.word(cfa + uint64(how.Offset))
	case frame.RuleValOffset:
		return cfa + uint64(how.Offset), true
	case frame.RuleRegister:
		if how.Reg < numRegisters {
			return regs[how.Reg], true
		}
	case frame.RuleExpression, frame.RuleValExpression:
		var stack []uint64
		if hasCFA {
			stack = append(stack, cfa)
		}
		result, ok := evaluate(m, regs, how.Expression, stack)
		if ok && hasCFA && how.Rule == frame.RuleExpression {
			return m.word(result)
		}
		return result, ok
	case frame.RuleUndefined, frame.RuleSameVal, frame.RuleArchitectural, frame.RuleFramePointer:
	}
	return 0, false
}

// evaluate computes a DWARF expression of the operations that compilers write into .eh_frame.
func evaluate(m *memory, regs registers, program []byte, stack []uint64) (uint64, bool) {
	pop := func() uint64 {
		if len(stack) == 0 {
			return 0
		}
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		return top
	}
	for i := 0; i < len(program); {
		op := program[i]
		i++
		var ok bool
		switch {
		case op >= opBreg0 && op < opBreg0+32 && op-opBreg0 < numRegisters:
			offset, n := sleb(program[i:])
			i += n
			stack = append(stack, regs[op-opBreg0]+uint64(offset))
			continue
		case op >= opLit0 && op < opLit0+32:
			stack = append(stack, uint64(op-opLit0))
			continue
		}
		switch op {
		case opDeref:
			var word uint64
			if word, ok = m.word(pop()); !ok {
				return 0, false
			}
			stack = append(stack, word)
		case opPlusConst:
			add, n := uleb(program[i:])
			i += n
			stack = append(stack, pop()+add)
		case opPlus:
			b, a := pop(), pop()
			stack = append(stack, a+b)
		case opMinus:
			b, a := pop(), pop()
			stack = append(stack, a-b)
		case opAnd:
			b, a := pop(), pop()
			stack = append(stack, a&b)
		case opShl:
			b, a := pop(), pop()
			stack = append(stack, a<<b)
		case opGe:
			b, a := int64(pop()), int64(pop())
			stack = append(stack, 0)
			if a >= b {
				stack[len(stack)-1] = 1
			}
		default:
			return 0, false
		}
	}
	if len(stack) == 0 {
		return 0, false
	}
	return pop(), true
}

// Operations of DWARF 5, 7.7.1.
const (
	opDeref     = 0x06
	opAnd       = 0x1a
	opMinus     = 0x1c
	opPlus      = 0x22
	opPlusConst = 0x23
	opShl       = 0x24
	opGe        = 0x2a
	opLit0      = 0x30
	opBreg0     = 0x70
)

// scan looks through the stack for what may be a return address. One of a call to this very
// function is certain, and the registers are then still the caller's.
func (u *unwinder) scan(pc uint64) bool {
	if caller, ok := leafCaller(u.mem, u.regs); ok && u.exact {
		if s := u.site(caller.pc()); s.direct && u.begins(caller.pc()+uint64(s.target), pc) {
			u.regs = caller
			return true
		}
	}
	start := (u.regs.sp() + nativeBytes - 1) &^ (nativeBytes - 1)
	stack, ok := u.proc.find(start)
	if !ok || stack.executable {
		return false
	}
	for at := start; at < stack.end && at-start < maxScan; at += nativeBytes {
		address, ok := u.mem.word(at)
		if !ok {
			return false
		}
		address = codeAddress(address)
		if m, ok := u.proc.code(address); !ok || strings.HasPrefix(m.path, "[") {
			continue
		}
		if !u.site(address).called {
			continue
		}
		u.regs[regPC], u.regs[regSP] = address, at+nativeBytes
		u.about = true
		return true
	}
	return false
}

// begins reports whether the function that holds pc begins at target. Where no table knows its
// beginning (libc's stub for clone), it is enough that it is near, and that no other function
// begins between them.
func (u *unwinder) begins(target, pc uint64) bool {
	const stub = 128
	m, ok := u.proc.code(pc)
	o := u.reader.object(u.proc, m)
	if !ok || o == nil {
		return false
	}
	vaddr, ok := o.address(m, pc)
	if !ok {
		return false
	}
	if entry, ok := o.entry(vaddr); ok {
		return target == pc-(vaddr-entry)
	}
	if target > pc || pc-target > stub {
		return false
	}
	_, known := o.function(vaddr - (pc - target))
	return !known || o.sameFunction(vaddr-(pc-target), vaddr)
}

// sameFunction reports whether no symbol begins after from, up to to.
func (o *object) sameFunction(from, to uint64) bool {
	return !slices.ContainsFunc(o.functions(), func(s elf.Symbol) bool {
		return s.Value > from && s.Value <= to
	})
}

// stepGo goes on to a Go function's caller by the frame pointer.
func (u *unwinder) stepGo(o *object, vaddr uint64) bool {
	if u.exact {
		// A function in assembly, as the one that holds the system call, has no frame.
		if caller, ok := leafCaller(u.mem, u.regs); ok {
			s := u.site(caller.pc())
			target := caller.pc() + uint64(s.target)
			if entry, ok := o.entry(vaddr); ok && s.direct && target == u.regs.pc()-(vaddr-entry) {
				u.regs = caller
				return true
			}
		}
	}
	fp := u.regs.fp()
	if fp < u.regs.sp() && u.proc.sameMapping(fp, u.regs.sp()) {
		return false
	}
	next := u.regs
	w := words{memory: u.mem, ok: true}
	next[regFP] = w.u64(fp)
	next[regPC] = codeAddress(w.u64(fp + nativeBytes))
	next[regSP] = fp + 2*nativeBytes
	if !w.ok || !u.plausible(next.pc()) {
		return false
	}
	u.regs = next
	return true
}

func (p *process) sameMapping(a, b uint64) bool {
	one, ok := p.find(a)
	two, found := p.find(b)
	return ok && found && one.start == two.start
}
