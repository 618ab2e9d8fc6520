// Package backtrace names where another process is: the functions, files and lines of its stack,
// read from outside while a tracer holds it in a ptrace-stop. The program needs no preparation.
//
// A C, C++ or Rust program's stack is unwound by the tables that every ELF file carries for
// exceptions (.eh_frame), a Go program's by its frame pointers, and CPython's frames are read out
// of the interpreter's own structures. What can't be had is left out, never guessed: then the
// stack is empty.
//
// See ptrace(2), process_vm_readv(2), proc(5) and elf(5).
package backtrace
