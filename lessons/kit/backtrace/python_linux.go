package backtrace

type interpreter struct{}

func (r *Reader) pythonStack(p *process, m *memory, self uint64) (Stack, bool) { return nil, false }
