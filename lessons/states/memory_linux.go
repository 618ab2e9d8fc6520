package states

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// address is where the children have a page of their own: the same for both.
const address = 0x6d7470000000

// memory shows that processes share none unless they ask for it: the same address, two values.
func memory(s *stage.Stage) {
	s.Step("memory",
		"Two children map a private page each, at the same address, {address}, and write there.",
		"address", fmt.Sprintf("%#x", address))
	first := s.Start("holder", 111)
	second := s.Start("holder", 222)
	if seeValue(s, first.PID) && seeValue(s, second.PID) {
		s.So("own",
			"One address, two values: an address means something inside one process only. Processes share no memory unless they ask for it (MAP_SHARED).")
	}
	end(s, first)
	end(s, second)
}

// holder maps a page at the address, writes its argument there, and waits.
func holder(args []string) error {
	var value uint64
	if _, err := fmt.Sscan(strings.Join(args, " "), &value); err != nil {
		return fmt.Errorf("want a number as the only argument: %w", err)
	}
	const (
		access = unix.PROT_READ | unix.PROT_WRITE
		kind   = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_FIXED_NOREPLACE
	)
	page, err := unix.MmapPtr(-1, 0, pointer(address), uintptr(os.Getpagesize()), access, kind)
	if err != nil {
		return fmt.Errorf("map a page at %#x: %w", uint64(address), err)
	}
	*(*uint64)(page) = value
	process.AwaitLine()
	return nil
}

// pointer is an address as a pointer, for the kernel only.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// seeValue shows what a child has at the address, and reports whether this system lets us look.
func seeValue(s *stage.Stage, pid int) bool {
	page := make([]byte, 8)
	var denied error
	err := kernel.Await(s.Context(), func() (bool, error) { // it has to map and write first
		denied = kernel.ReadMemory(pid, address, page)
		if denied == nil {
			return binary.NativeEndian.Uint64(page) != 0, nil
		}
		if errors.Is(denied, unix.ESRCH) { // it has ended, which is found out below
			return false, nil
		}
		return !errors.Is(denied, unix.EFAULT), nil
	}, pid)
	if !errors.Is(err, kernel.ErrInVain) {
		s.Must(err)
	}
	if denied != nil {
		s.Warn("nopeek",
			"mtp may not read its child's memory here ({error}).",
			"error", denied)
		return false
	}
	s.See("value", kernel.Call("process_vm_readv", pid, fmt.Sprintf("%#x", address)),
		"In {pid} there is {value}.", "pid", pid, "value", binary.NativeEndian.Uint64(page))
	return true
}
