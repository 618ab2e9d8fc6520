package commands

import (
	"mtp/lessons/chat"
	"mtp/lessons/check"
	"mtp/lessons/customprocess"
	"mtp/lessons/exit"
	"mtp/lessons/fork"
	"mtp/lessons/kit/stage"
	"mtp/lessons/orphan"
	"mtp/lessons/primes"
	"mtp/lessons/ps"
	"mtp/lessons/reap"
	"mtp/lessons/signalignore"
	"mtp/lessons/states"
	"mtp/lessons/watch"
	"mtp/lessons/workers"
	"mtp/lessons/zombie"
)

// Course is what mtp teaches, in the course's order.
func Course() []stage.Lesson {
	return []stage.Lesson{
		states.Lesson(),
		fork.Lesson(),
		exit.Lesson(),
		orphan.Lesson(),
		zombie.Lesson(),
		reap.Lesson(),
		signalignore.Lesson(),
		workers.Lesson(),
		customprocess.Lesson(),
		primes.Lesson(),
		chat.Lesson(),
	}
}

// Tools look at the reader's own programs. They are told like lessons, and are none.
func Tools() []stage.Lesson {
	return []stage.Lesson{watch.Lesson(), check.Lesson(Course()), ps.Lesson()}
}
