package backtrace

// registers are a thread's registers by their DWARF numbers.
type registers [numRegisters]uint64

func (r *registers) pc() uint64 { return r[regPC] }
func (r *registers) sp() uint64 { return r[regSP] }
func (r *registers) fp() uint64 { return r[regFP] }
