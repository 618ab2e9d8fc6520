package terminal

import (
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// foreground reports whether this process may read the terminal.
func foreground(*os.File) bool { return true }

// background is false: whoever has the console may read it.
func background(*os.File) bool { return false }

// AwaitTurn has nothing to wait for: whoever has the console may read it.
func AwaitTurn(*os.File) {}

// flush drops what was typed and not yet read.
func flush(console *os.File) { _ = windows.FlushConsoleInputBuffer(windows.Handle(console.Fd())) }

// takes is true: a console can't be asked.
func takes(*os.File, time.Duration) bool { return true }

// isRaw is true of what an editor has: nobody else gives it back.
func isRaw(*os.File) bool { return true }

// mayChange has nothing to do: whoever has the console may change it.
func mayChange() {}

// DropOutput has nothing to drop.
func DropOutput(*os.File) {}

// unbuffer has the console hand over each key as it is typed, without echo, and returns what sets
// it back.
func unbuffer(console *os.File) (restore func()) {
	handle := windows.Handle(console.Fd())
	var before uint32
	if windows.GetConsoleMode(handle, &before) != nil {
		return func() {}
	}
	const buffered = windows.ENABLE_LINE_INPUT | windows.ENABLE_ECHO_INPUT
	_ = windows.SetConsoleMode(handle, before&^buffered)
	return func() { _ = windows.SetConsoleMode(handle, before) }
}

// obeysEscapes asks a console to obey escape sequences: Windows Terminal does, and so do consoles
// since Windows 10.
func obeysEscapes(console *os.File) bool {
	const escapes = windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	var mode uint32
	handle := windows.Handle(console.Fd())
	if windows.GetConsoleMode(handle, &mode) != nil {
		return false
	}
	return mode&escapes != 0 || windows.SetConsoleMode(handle, mode|escapes) == nil
}
