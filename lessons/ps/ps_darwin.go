// Package ps stands for the tool, which reads /proc.
package ps

import "mtp/lessons/kit/stage"

// Run says what macOS has instead.
func (Options) Run(s *stage.Stage) {
	s.Unsupported("macos",
		"mtp ps reads /proc, which macOS does not have. There, ps -axo pid,ppid,stat,etime,command lists the processes, a zombie with a Z in STAT; what a parent does about SIGCHLD, macOS does not tell")
}
