package tracer

import "mtp/lessons/kit/process"

// Roles are the tracer, and the child that becomes the program.
func Roles() process.Roles { return process.Roles{"tracer": Trace, "program": Launch} }
