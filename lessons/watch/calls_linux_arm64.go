package watch

import "fmt"

// sleepyCallHere names those that only this architecture has.
func sleepyCallHere(number int) string { return fmt.Sprintf("system call %d", number) }
