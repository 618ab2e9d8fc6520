package backtrace

import (
	"debug/elf"
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// The numbers are of the DWARF for the Arm 64-bit Architecture; 32 is the program counter there, too.
const (
	machine      = elf.EM_AARCH64
	regFP        = 29
	regReturn    = 30
	regSP        = 31
	regPC        = 32
	numRegisters = 33
)

// readRegisters also returns where the thread's own data ends: TPIDR_EL0.
func readRegisters(tid int) (regs registers, self uint64, err error) {
	const prstatus, tls = 1, 0x401
	var r, t unix.PtraceRegsArm64
	if err := unix.PtraceGetRegSetArm64(tid, prstatus, &r); err != nil {
		return registers{}, 0, err
	}
	copy(regs[:], r.Regs[:])
	regs[regSP], regs[regPC] = r.Sp, r.Pc
	if err := unix.PtraceGetRegSetArm64(tid, tls, &t); err == nil {
		self = t.Regs[0]
	}
	return regs, self, nil
}

// isThread reports whether id, as pthread_self() returned it, is the thread with this self: its
// struct pthread lies right before what the thread pointer points to.
func isThread(id, self uint64) bool {
	const structPthread = 8192 // is less
	return id != 0 && id <= self && self-id < structPthread
}

// codeAddress is a return address without the pointer authentication code in its upper bits.
func codeAddress(value uint64) uint64 { return value & (1<<48 - 1) }

// called reports whether the instruction before a return address is a call, and to where, if
// that is written in it. before are the 8 bytes before the address.
func called(address uint64, before []byte) (target uint64, ok bool) {
	instruction := binary.LittleEndian.Uint32(before[len(before)-4:])
	if instruction>>26 == 0b100101 { // bl
		return address - 4 + uint64(int64(int32(instruction<<6)>>4)), true
	}
	// blr, blraa and their like
	return 0, instruction&0xfffffc1f == 0xd63f0000 || instruction&0xfefff800 == 0xd63f0800
}

// signalReturn is the code that a signal handler returns to: mov x8, #139; svc #0.
const signalReturn = "\x68\x11\x80\xd2\x01\x00\x00\xd4"

// interrupted returns the registers that a signal interrupted. The stack pointer of the code that
// its handler returns to is at the rt_sigframe.
func interrupted(m *memory, regs registers) (before registers, ok bool) {
	// A siginfo (128), the ucontext's beginning (176) and fault_address, then x0 to x30, sp, pc.
	w := words{memory: m, ok: true}
	for i := range before {
		before[i] = w.u64(regs.sp() + 128 + 176 + 8 + uint64(i)*nativeBytes)
	}
	return before, w.ok
}

// leafCaller returns where the caller of a function that keeps no frame stands, for the innermost.
func leafCaller(_ *memory, regs registers) (caller registers, ok bool) {
	regs[regPC] = codeAddress(regs[regReturn])
	return regs, true
}
