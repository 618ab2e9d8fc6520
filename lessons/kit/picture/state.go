package picture

import (
	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/sampler"
)

// gone stands for the time after a process's last state.
const gone kernel.State = "gone"

// adopted stands for the moment at which a process got another parent.
const adopted kernel.State = "adopted"

// StateName is a state in words; empty if it has none.
func StateName(word func(name, text string) string, state kernel.State) string {
	switch state {
	case kernel.Running:
		return word("state.running", "running or ready")
	case kernel.Sleeping:
		return word("state.sleeping", "sleeping")
	case kernel.Disk:
		return word("state.disk", "sleeping uninterruptibly")
	case kernel.Stopped:
		return word("state.stopped", "stopped")
	case kernel.Zombie:
		return word("state.zombie", "zombie")
	case kernel.Alive:
		return word("state.alive", "alive")
	case sampler.Ready:
		return word("state.ready", "ready most of the time")
	case sampler.Starting:
		return word("state.starting", "being started by mtp")
	case adopted:
		return word("state.adopted", "adopted")
	case gone:
		return word("state.gone", "gone")
	}
	return ""
}

func stateInk(state kernel.State) event.Ink {
	switch state {
	case kernel.Running:
		return event.Green
	case kernel.Zombie:
		return event.Red
	case kernel.Stopped:
		return event.Magenta
	}
	return event.Blue
}
