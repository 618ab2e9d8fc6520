package commands

import "mtp/lessons/kit/stage"

// Course is what mtp teaches, for tests from outside.
func Course() []stage.Lesson { return course() }
