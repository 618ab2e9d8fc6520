// Package ps stands for the tool, which reads /proc.
package ps

import "mtp/lessons/kit/stage"

// Run says what Windows has instead.
func (Options) Run(s *stage.Stage) {
	s.Unsupported("nozombies",
		"mtp ps reads /proc, which Windows does not have. Nor does it have zombies: an ended process is kept by open handles. tasklist lists the processes; in WSL (wsl.exe), mtp ps works")
}
