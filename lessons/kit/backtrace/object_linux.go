package backtrace

import (
	"debug/dwarf"
	"debug/elf"
	"debug/gosym"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/go-delve/delve/pkg/dwarf/frame"
)

// Bounds for what a broken file can make us read.
const (
	maxSection = 256 << 20
	maxDebug   = 1 << 30
)

// identity tells the files that were ever mapped apart.
type identity struct {
	dev, inode  uint64
	sec, nsec   int64
	size, ctime int64
}

// object is a mapped ELF file. Its parts are read when they are first asked for.
type object struct {
	file *elf.File

	readTables bool
	tables     frame.FrameDescriptionEntries
	rows       map[uint64]*row // by address; nil: there is none

	sites map[uint64]site // by address

	readSymbols bool
	symbols     []elf.Symbol // functions, by address

	readDebug bool
	debug     *dwarf.Data
	units     map[dwarf.Offset]*unit
	places    map[uint64][]Frame // by address

	readGo bool
	golang *gosym.Table
	goroot string

	readPython bool
	python     [2]uint64
}

// openObject opens the file of a mapping: by its path below the process's root, or, once it has
// been replaced or deleted, by the process's own links to it.
func openObject(tid int, m mapping) (*os.File, error) {
	for _, name := range []string{
		fmt.Sprintf("/proc/%d/root%s", tid, m.path),
		fmt.Sprintf("/proc/%d/exe", tid),
		fmt.Sprintf("/proc/%d/map_files/%x-%x", tid, m.start, m.end),
	} {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		stat, err := f.Stat()
		if err == nil && stat.Mode().IsRegular() {
			// The device isn't compared: btrfs and overlayfs show another one in maps.
			if sys, ok := stat.Sys().(*syscall.Stat_t); ok && sys.Ino == m.inode {
				return f, nil
			}
		}
		_ = f.Close()
	}
	return nil, os.ErrNotExist
}

func identify(f *os.File) (identity, error) {
	stat, err := f.Stat()
	if err != nil {
		return identity{}, err
	}
	sys, ok := stat.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, os.ErrInvalid
	}
	return identity{
		dev: uint64(sys.Dev), inode: sys.Ino, //nolint:unconvert // on mips, too
		sec: int64(sys.Mtim.Sec), nsec: int64(sys.Mtim.Nsec), //nolint:unconvert // on 32-bit, too
		size: sys.Size, ctime: int64(sys.Ctim.Nsec), //nolint:unconvert // on 32-bit, too
	}, nil
}

// newObject reads the ELF header; the file stays open for the rest.
func newObject(f io.ReaderAt) (o *object, err error) {
	defer guard(&err)
	file, err := elf.NewFile(f)
	if err != nil {
		return nil, err
	}
	if file.Class != elf.ELFCLASS64 || file.Machine != machine || file.Data != elf.ELFDATA2LSB {
		return nil, fmt.Errorf("%v, %v: %w", file.Class, file.Machine, os.ErrInvalid)
	}
	return &object{
		file: file, rows: map[uint64]*row{}, sites: map[uint64]site{},
		units: map[dwarf.Offset]*unit{}, places: map[uint64][]Frame{},
	}, nil
}

// guard turns a panic into an error: what parses a file here was not written for broken ones.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("a broken file: %v", r)
	}
}

// address is where the file itself has what is mapped at an address of the process.
func (o *object) address(m mapping, address uint64) (uint64, bool) {
	offset := address - m.start + m.offset
	for _, p := range o.file.Progs {
		if p.Type == elf.PT_LOAD && p.Off <= offset && offset-p.Off < p.Filesz {
			return offset - p.Off + p.Vaddr, true
		}
	}
	return 0, false
}

// mapped is where the process has an address of the file, by the mapping of any part of it.
func (o *object) mapped(m mapping, vaddr uint64) (uint64, bool) {
	for _, p := range o.file.Progs {
		if p.Type == elf.PT_LOAD && p.Off/chunk == m.offset/chunk {
			return m.start + p.Off - m.offset + vaddr - p.Vaddr, true
		}
	}
	return 0, false
}

func (o *object) section(name string) ([]byte, *elf.Section) {
	s := o.file.Section(name)
	if s == nil || s.Type == elf.SHT_NOBITS || s.Size > maxSection {
		return nil, nil
	}
	data, err := s.Data()
	if err != nil {
		return nil, nil
	}
	return data, s
}

// isGo reports whether the Go toolchain linked the file.
func (o *object) isGo() bool {
	return o.goTable() != nil
}

func (o *object) goTable() *elf.Section {
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab"} {
		if s := o.file.Section(name); s != nil {
			return s
		}
	}
	return nil
}

// hasLines reports whether the file knows the lines of its code.
func (o *object) hasLines() bool {
	return o.isGo() || o.file.Section(".debug_line") != nil || o.file.Section(".zdebug_line") != nil
}

// isStatic reports whether a program has its libraries in itself.
func (o *object) isStatic() bool {
	interpreted := func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }
	return !slices.ContainsFunc(o.file.Progs, interpreted)
}

// functions are the file's symbols of code, by address.
func (o *object) functions() []elf.Symbol {
	if o.readSymbols {
		return o.symbols
	}
	o.readSymbols = true
	o.symbols = o.loadSymbols()
	return o.symbols
}

func (o *object) loadSymbols() (functions []elf.Symbol) {
	var err error
	defer guard(&err)
	for _, table := range []string{".symtab", ".dynsym"} {
		if s := o.file.Section(table); s == nil || s.Size > maxSection {
			continue
		}
		symbols, err := o.file.Symbols()
		if table == ".dynsym" {
			symbols, err = o.file.DynamicSymbols()
		}
		if err != nil {
			continue
		}
		for _, s := range symbols {
			isFunction := elf.ST_TYPE(s.Info) == elf.STT_FUNC
			if isFunction && s.Section != elf.SHN_UNDEF && s.Value != 0 {
				functions = append(functions, s)
			}
		}
		if len(functions) > 0 {
			break
		}
	}
	// Of several names for one address the plainest comes first: fork before __libc_fork.
	slices.SortFunc(functions, func(a, b elf.Symbol) int {
		if a.Value != b.Value {
			return compare(a.Value, b.Value)
		}
		return strings.Count(a.Name, "_") - strings.Count(b.Name, "_")
	})
	return functions
}

func compare(a, b uint64) int {
	if a < b {
		return -1
	}
	return 1
}

// function returns the symbol that holds an address of the file.
func (o *object) function(vaddr uint64) (elf.Symbol, bool) {
	functions := o.functions()
	i, _ := slices.BinarySearchFunc(functions, vaddr, func(s elf.Symbol, a uint64) int {
		if s.Value <= a {
			return -1
		}
		return 1
	})
	if i == 0 {
		return elf.Symbol{}, false
	}
	s := functions[i-1]
	for j := i - 2; j >= 0 && functions[j].Value == s.Value; j-- {
		s = functions[j]
	}
	return s, vaddr-s.Value < s.Size
}

// name is the name of the function that holds an address, as its programmer wrote it.
func (o *object) name(vaddr uint64) string {
	if s, ok := o.function(vaddr); ok {
		if o.isGo() {
			return strings.TrimSuffix(s.Name, ".abi0")
		}
		name, _, _ := strings.Cut(s.Name, ".") // start.isra.0
		return name
	}
	if f := o.goFunction(vaddr); f != nil {
		return f.Name
	}
	return ""
}

// entry is where the function that holds an address begins.
func (o *object) entry(vaddr uint64) (uint64, bool) {
	if s, ok := o.function(vaddr); ok {
		return s.Value, true
	}
	if f := o.goFunction(vaddr); f != nil {
		return f.Entry, true
	}
	if fde, err := o.unwindTables().FDEForPC(vaddr); err == nil {
		return fde.Begin(), true
	}
	return 0, false
}

// dynamic returns where a symbol that other files may use is.
func (o *object) dynamic(names ...string) (values []uint64, err error) {
	defer guard(&err)
	values = make([]uint64, len(names))
	if s := o.file.Section(".dynsym"); s == nil || s.Size > maxSection {
		return values, nil
	}
	symbols, err := o.file.DynamicSymbols()
	for _, s := range symbols {
		if i := slices.Index(names, s.Name); i >= 0 && s.Section != elf.SHN_UNDEF {
			values[i] = s.Value
		}
	}
	return values, err
}

// unwindTables are the entries of .eh_frame, by address.
func (o *object) unwindTables() frame.FrameDescriptionEntries {
	if o.readTables {
		return o.tables
	}
	o.readTables = true
	data, section := o.section(".eh_frame")
	if data == nil || section.Addr == 0 {
		return nil
	}
	o.tables = parseUnwindTables(data, section.Addr)
	return o.tables
}

func parseUnwindTables(data []byte, address uint64) (tables frame.FrameDescriptionEntries) {
	var err error
	defer guard(&err)
	entries, err := frame.Parse(data, binary.LittleEndian, 0, nativeBytes, address)
	if err != nil {
		return nil
	}
	return tables.Append(entries) // sorts
}
