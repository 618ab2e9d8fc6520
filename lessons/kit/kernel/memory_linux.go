package kernel

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Page is what /proc/PID/pagemap says of one page without asking for privileges; see
// proc_pid_pagemap(5).
type Page struct {
	Source
	Present   bool // bit 63: the page is in memory
	Exclusive bool // bit 56: no other page table maps it
}

// ReadPage reads the entry of the page that holds addr.
func ReadPage(pid int, addr uintptr) (Page, error) {
	path := Proc(pid, "pagemap")
	file, err := os.Open(path)
	if err != nil {
		return Page{}, gone(pid, err)
	}
	defer file.Close()
	var entry [8]byte
	if _, err := file.ReadAt(entry[:], int64(addr)/int64(os.Getpagesize())*8); err != nil {
		return Page{}, fmt.Errorf("read the entry of %#x: %w", addr, err)
	}
	bits := binary.NativeEndian.Uint64(entry[:])
	return Page{Source: Source(path), Present: bits>>63&1 == 1, Exclusive: bits>>56&1 == 1}, nil
}

// ReadMemory reads len(into) bytes at addr in another process: process_vm_readv(2).
func ReadMemory(pid int, addr uintptr, into []byte) error {
	local := unix.Iovec{Base: &into[0]}
	local.SetLen(len(into))
	remote := []unix.RemoteIovec{{Base: addr, Len: len(into)}}
	n, err := unix.ProcessVMReadv(pid, []unix.Iovec{local}, remote, 0)
	if err != nil {
		return fmt.Errorf("process_vm_readv(%d, %#x): %w", pid, addr, err)
	}
	if n != len(into) {
		return fmt.Errorf("process_vm_readv(%d, %#x): %d bytes of %d", pid, addr, n, len(into))
	}
	return nil
}

// PipeOf is the inode of the pipe that a process has open under a number; 0 if it is no pipe, or
// that can't be read. See pipe(7), and /proc/PID/fd in proc(5).
func PipeOf(pid, fd int) (inode uint64) {
	link, err := os.Readlink(Proc(pid, fmt.Sprintf("fd/%d", fd)))
	if err == nil {
		_, _ = fmt.Sscanf(link, "pipe:[%d]", &inode)
	}
	return inode
}
