package stage

import "mtp/lessons/kit/kernel"

// Proc reads a file below /proc/PID.
func (s *Stage) Proc(pid int, name string) kernel.File {
	file, err := kernel.ReadFile(pid, name)
	s.Must(err)
	return file
}

// Status reads /proc/PID/status.
func (s *Stage) Status(pid int) kernel.Status {
	status, err := kernel.ReadStatus(pid)
	s.Must(err)
	return status
}

// Schedstat reads /proc/PID/schedstat.
func (s *Stage) Schedstat(pid int) kernel.Schedstat {
	turns, err := kernel.ReadSchedstat(pid)
	s.Must(err)
	return turns
}

// AwaitState waits until a process is found in a state.
func (s *Stage) AwaitState(pid int, state kernel.State) kernel.Stat {
	st, err := kernel.AwaitState(s.ctx, pid, state)
	s.Must(err)
	return st
}
