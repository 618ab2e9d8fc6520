package backtrace

import (
	"debug/dwarf"
	"debug/elf"
	"debug/gosym"
	"encoding/binary"
	"slices"
	"strings"
)

const (
	maxInlined = 32
	maxOrigins = 4
	maxNested  = 64
	maxRows    = 4 << 20
)

// unit is one compilation unit's functions, lines and files.
type unit struct {
	functions []span
	lines     []line
	files     []*dwarf.LineFile
}

// line is one row of the table of lines. It holds up to the next one's address.
type line struct {
	address uint64
	file    *dwarf.LineFile
	line    int
	end     bool // of a sequence: holds for nothing
}

// span is the code of one function.
type span struct {
	low, high uint64
	entry     dwarf.Offset
}

// at names the places of an address of the file: the innermost inlined function first, the
// function that the code is in last.
func (o *object) at(vaddr uint64) []Frame {
	if frames, known := o.places[vaddr]; known {
		return frames
	}
	frames := o.readPlaces(vaddr)
	o.places[vaddr] = frames
	return frames
}

func (o *object) readPlaces(vaddr uint64) []Frame {
	frames, err := o.debugPlaces(vaddr)
	if err != nil || len(frames) == 0 {
		frames = []Frame{o.goPlace(vaddr)}
	}
	if last := &frames[len(frames)-1]; last.Function == "" {
		last.Function = o.name(vaddr)
	}
	return slices.DeleteFunc(frames, func(f Frame) bool { return f.Function == "" && f.Line == 0 })
}

// dwarf is the file's debug information, or nil.
func (o *object) dwarf() *dwarf.Data {
	if o.readDebug {
		return o.debug
	}
	o.readDebug = true
	var size uint64
	for _, s := range o.file.Sections {
		if strings.HasPrefix(s.Name, ".debug_") || strings.HasPrefix(s.Name, ".zdebug_") {
			size += min(s.Size, maxDebug)
		}
	}
	if size == 0 || size >= maxDebug {
		return nil
	}
	var err error
	defer guard(&err)
	if data, err := o.file.DWARF(); err == nil {
		o.debug = data
	}
	return o.debug
}

func (o *object) debugPlaces(vaddr uint64) (frames []Frame, err error) {
	defer guard(&err)
	data := o.dwarf()
	if data == nil {
		return nil, nil
	}
	cu, err := data.Reader().SeekPC(vaddr)
	if err != nil {
		return nil, err
	}
	u, known := o.units[cu.Offset]
	if !known {
		u = readUnit(data, cu)
		o.units[cu.Offset] = u
	}
	place, ok := u.place(vaddr)
	if !ok {
		return nil, nil
	}
	return u.frames(data, vaddr, place), nil
}

// place is the file and line of an address. The sequences are in no order: gcc puts main, which is
// in .text.startup, behind what it is placed before.
func (u *unit) place(vaddr uint64) (Frame, bool) {
	for i := range len(u.lines) - 1 {
		l := &u.lines[i]
		if !l.end && l.address <= vaddr && vaddr < u.lines[i+1].address && l.file != nil {
			return Frame{File: l.file.Name, Line: l.line}, true
		}
	}
	return Frame{}, false
}

func (u *unit) readLines(data *dwarf.Data, cu *dwarf.Entry) {
	lines, err := data.LineReader(cu)
	if err != nil || lines == nil {
		return
	}
	u.files = lines.Files()
	for len(u.lines) < maxRows {
		var l dwarf.LineEntry
		if err := lines.Next(&l); err != nil {
			break
		}
		row := line{address: l.Address, file: l.File, line: l.Line, end: l.EndSequence}
		u.lines = append(u.lines, row)
	}
}

// readUnit reads a compilation unit: its lines, and its functions, also those within namespaces
// and types.
func readUnit(data *dwarf.Data, cu *dwarf.Entry) *unit {
	u := &unit{}
	u.readLines(data, cu)
	r := data.Reader()
	r.Seek(cu.Offset)
	if _, err := r.Next(); err != nil {
		return u
	}
	for depth := 0; depth < maxNested; {
		e, err := r.Next()
		if err != nil || e == nil || e.Tag == dwarf.TagCompileUnit {
			break
		}
		switch e.Tag {
		case 0: // the end of a list of children
			if depth--; depth < 0 {
				depth = maxNested
			}
		case dwarf.TagNamespace, dwarf.TagModule, dwarf.TagStructType, dwarf.TagClassType:
			if e.Children {
				depth++
			}
		case dwarf.TagSubprogram:
			ranges, err := data.Ranges(e)
			if err == nil {
				for _, pair := range ranges {
					function := span{low: pair[0], high: pair[1], entry: e.Offset}
					u.functions = append(u.functions, function)
				}
			}
			r.SkipChildren()
		default:
			r.SkipChildren()
		}
	}
	return u
}

// frames are the calls at an address, of which the innermost stands at place.
func (u *unit) frames(data *dwarf.Data, vaddr uint64, place Frame) []Frame {
	i := slices.IndexFunc(u.functions, func(s span) bool {
		return s.low <= vaddr && vaddr < s.high
	})
	if i < 0 {
		return []Frame{place}
	}
	r := data.Reader()
	r.Seek(u.functions[i].entry)
	function, err := r.Next()
	if err != nil || function == nil {
		return []Frame{place}
	}
	frames := []Frame{{Function: functionName(data, function)}}
	for _, inlined := range inlinedAt(data, r, function, vaddr) {
		// Where it was called belongs to the function around it.
		caller := &frames[len(frames)-1]
		caller.File, caller.Line = u.callPlace(inlined)
		frames = append(frames, Frame{Function: functionName(data, inlined)})
	}
	innermost := &frames[len(frames)-1]
	innermost.File, innermost.Line = place.File, place.Line
	slices.Reverse(frames)
	return frames
}

// inlinedAt are the functions that were inlined around an address, outermost first. r stands
// behind the entry of the function that the code is in.
func inlinedAt(
	data *dwarf.Data, r *dwarf.Reader, function *dwarf.Entry, vaddr uint64,
) (inlined []*dwarf.Entry) {
	if !function.Children {
		return nil
	}
	for depth := 1; depth > 0 && len(inlined) < maxInlined; {
		e, err := r.Next()
		if err != nil || e == nil {
			break
		}
		switch e.Tag {
		case 0:
			depth--
		case dwarf.TagInlinedSubroutine, dwarf.TagLexDwarfBlock:
			ranges, err := data.Ranges(e)
			if err != nil || !slices.ContainsFunc(ranges, func(pair [2]uint64) bool {
				return pair[0] <= vaddr && vaddr < pair[1]
			}) {
				r.SkipChildren()
				continue
			}
			if e.Tag == dwarf.TagInlinedSubroutine {
				inlined = append(inlined, e)
			}
			if !e.Children {
				return inlined
			}
			depth = 1 // what is around it has nothing more
		default:
			r.SkipChildren()
		}
	}
	return inlined
}

func (u *unit) callPlace(inlined *dwarf.Entry) (file string, line int) {
	number, _ := inlined.Val(dwarf.AttrCallLine).(int64)
	index, ok := inlined.Val(dwarf.AttrCallFile).(int64)
	if !ok || index < 0 || index >= int64(len(u.files)) || u.files[index] == nil {
		return "", 0
	}
	return u.files[index].Name, int(number)
}

// functionName is the name of a function, of its declaration, or of what was inlined.
func functionName(data *dwarf.Data, e *dwarf.Entry) string {
	for range maxOrigins {
		if name, ok := e.Val(dwarf.AttrName).(string); ok {
			return name
		}
		origin, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		if !ok {
			if origin, ok = e.Val(dwarf.AttrSpecification).(dwarf.Offset); !ok {
				return ""
			}
		}
		r := data.Reader()
		r.Seek(origin)
		next, err := r.Next()
		if err != nil || next == nil {
			return ""
		}
		e = next
	}
	return ""
}

// goFunction is the Go function that holds an address, from the table that is also in a stripped
// program.
func (o *object) goFunction(vaddr uint64) *gosym.Func {
	table := o.goSymbols()
	if table == nil {
		return nil
	}
	return table.PCToFunc(vaddr)
}

func (o *object) goPlace(vaddr uint64) (place Frame) {
	var err error
	defer guard(&err)
	table := o.goSymbols()
	if table == nil {
		return place
	}
	file, line, function := table.PCToLine(vaddr)
	if function == nil {
		return place
	}
	if own, _, _ := table.PCToLine(function.Entry); own != file {
		return Frame{Function: function.Name} // the line is of a function that was inlined
	}
	return Frame{Function: function.Name, File: file, Line: line}
}

func (o *object) goSymbols() *gosym.Table {
	if o.readGo {
		return o.golang
	}
	o.readGo = true
	var err error
	defer guard(&err)
	section := o.goTable()
	if section == nil {
		return nil
	}
	data, _ := o.section(section.Name)
	if len(data) < 32 {
		return nil
	}
	for _, text := range o.goText(data) {
		table, err := gosym.NewTable(nil, gosym.NewLineTable(data, text))
		if err != nil {
			continue
		}
		if f := table.LookupFunc("runtime.main"); f != nil && o.goChecks(table) {
			o.golang = table
			file, _, _ := table.PCToLine(f.Entry)
			o.goroot, _ = strings.CutSuffix(file, "runtime/proc.go")
			break
		}
	}
	return o.golang
}

// goText are the addresses that the table's may be relative to: runtime.text.
func (o *object) goText(table []byte) []uint64 {
	var texts []uint64
	if s, ok := o.symbol("runtime.text"); ok {
		texts = append(texts, s.Value)
	}
	if start := binary.LittleEndian.Uint64(table[24:]); start != 0 {
		texts = append(texts, start)
	}
	if s := o.file.Section(".text"); s != nil {
		texts = append(texts, s.Addr)
	}
	return texts
}

// goChecks reports whether a table's addresses fit the file: the program's entry, or a symbol.
func (o *object) goChecks(table *gosym.Table) bool {
	if s, ok := o.symbol("runtime.main"); ok {
		f := table.PCToFunc(s.Value)
		return f != nil && f.Name == "runtime.main"
	}
	f := table.PCToFunc(o.file.Entry)
	return f != nil && f.Entry == o.file.Entry && strings.HasPrefix(f.Name, "_rt0_")
}

func (o *object) symbol(name string) (elf.Symbol, bool) {
	functions := o.functions()
	i := slices.IndexFunc(functions, func(s elf.Symbol) bool { return s.Name == name })
	if i < 0 {
		return elf.Symbol{}, false
	}
	return functions[i], true
}
