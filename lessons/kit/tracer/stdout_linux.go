package tracer

// pending is what a process's stdio has not written yet: a fork copies it.
func (t *tracer) pending(p *traced) []byte { return nil }
