package backtrace

import (
	"debug/elf"

	"golang.org/x/sys/unix"
)

// The numbers are of the System V ABI's AMD64 supplement, figure 3.36.
const (
	machine      = elf.EM_X86_64
	regFP        = 6
	regSP        = 7
	regPC        = 16
	regReturn    = 16
	numRegisters = 17
)

// readRegisters also returns where the thread's own data is: pthread_self() in glibc and musl.
func readRegisters(tid int) (regs registers, self uint64, err error) {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &r); err != nil {
		return registers{}, 0, err
	}
	return registers{
		r.Rax, r.Rdx, r.Rcx, r.Rbx, r.Rsi, r.Rdi, r.Rbp, r.Rsp,
		r.R8, r.R9, r.R10, r.R11, r.R12, r.R13, r.R14, r.R15, r.Rip,
	}, r.Fs_base, nil
}

// isThread reports whether id, as pthread_self() returned it, is the thread with this self.
func isThread(id, self uint64) bool { return id == self && id != 0 }

// codeAddress is a return address without what the machine may have hidden in it.
func codeAddress(value uint64) uint64 { return value }

// called reports whether the instruction before a return address is a call, and to where, if
// that is written in it. before are the 8 bytes before the address.
func called(address uint64, before []byte) (target uint64, ok bool) {
	b := before[len(before)-8:]
	if b[3] == 0xe8 { // call rel32
		rel := int32(uint32(b[4]) | uint32(b[5])<<8 | uint32(b[6])<<16 | uint32(b[7])<<24)
		return address + uint64(int64(rel)), true
	}
	// call r/m64: FF /2, as long as its addressing says
	for _, length := range []int{2, 3, 4, 6, 7} {
		operand := b[9-length:]
		if b[8-length] == 0xff && operand[0]&0x38 == 0x10 && indirectLength(operand) == length {
			return 0, true
		}
	}
	return 0, false
}

// indirectLength is the length of a call r/m64 with these operand bytes.
func indirectLength(operand []byte) int {
	mod, rm := operand[0]>>6, operand[0]&7
	length := 2
	if mod != 3 && rm == 4 { // a SIB byte
		length++
	}
	switch {
	case mod == 1:
		length++
	case mod == 2, mod == 0 && rm == 5:
		length += 4
	}
	return length
}

// signalReturn is the code that a signal handler returns to: mov $15, %rax; syscall.
const signalReturn = "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"

// interrupted returns the registers that a signal interrupted. The stack pointer of the code that
// its handler returns to is at the ucontext.
func interrupted(m *memory, regs registers) (before registers, ok bool) {
	// uc_flags, uc_link and uc_stack are 40 bytes; gregs follow in <sys/ucontext.h>'s order.
	order := [...]int{8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16}
	w := words{memory: m, ok: true}
	for i, reg := range order {
		before[reg] = w.u64(regs.sp() + 40 + uint64(i)*nativeBytes)
	}
	return before, w.ok
}

// leafCaller returns where the caller of a function that keeps no frame stands, for the innermost.
func leafCaller(m *memory, regs registers) (caller registers, ok bool) {
	address, ok := m.word(regs.sp())
	regs[regPC] = address
	regs[regSP] += nativeBytes
	return regs, ok
}
