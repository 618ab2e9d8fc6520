//go:build linux && !amd64 && !arm64

package backtrace

import (
	"debug/elf"
	"errors"
)

const (
	machine      = elf.EM_NONE
	regFP        = 0
	regSP        = 1
	regPC        = 2
	regReturn    = 2
	numRegisters = 3
)

// readRegisters fails, so that there is no stack on this machine.
func readRegisters(int) (regs registers, self uint64, err error) {
	return registers{}, 0, errors.ErrUnsupported
}

func isThread(uint64, uint64) bool { return false }

func codeAddress(value uint64) uint64 { return value }

func called(uint64, []byte) (target uint64, ok bool) { return 0, false }

const signalReturn = "\x00"

func interrupted(_ *memory, regs registers) (registers, bool) { return regs, false }

func leafCaller(_ *memory, regs registers) (registers, bool) { return regs, false }
