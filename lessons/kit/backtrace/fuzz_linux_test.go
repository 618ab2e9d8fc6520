package backtrace

import (
	"bytes"
	"testing"
)

func FuzzLineAt(f *testing.F) {
	table := []byte{0x80, 0x00, 0xd8, 0x04, 0x05, 0xf0, 0x41, 0x01, 0x00, 0x00, 0x00, 0xf8}
	f.Add(table, 3, int64(2))
	f.Fuzz(func(t *testing.T, table []byte, first int, unit int64) {
		if line, ok := lineAt(table, first, unit); ok && unit >= int64(len(table))*8 {
			t.Errorf("%d bytes don't reach to %d: line %d", len(table), unit, line)
		}
	})
}

func FuzzUnwindTables(f *testing.F) {
	f.Add([]byte{
		0x14, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 0x10, 1,
		0x1b, 0x0c, 7, 8, 0x90, 1, 0, 0,
		0x14, 0, 0, 0, 0x1c, 0, 0, 0, 0, 0x10, 0, 0, 0x22, 0, 0, 0,
		0, 0x41, 0x0e, 0x10, 0x0a, 0x0b, 0, 0,
	}, uint64(0x2010))
	f.Fuzz(func(_ *testing.T, data []byte, at uint64) {
		tables := parseUnwindTables(data, 0x1000)
		o := &object{readTables: true, tables: tables, rows: map[uint64]*row{}}
		if r := o.row(at); r != nil {
			r.caller(nothing(), registers{})
		}
	})
}

// nothing is memory that can't be read.
func nothing() *memory { return newMemory(-1) }

func FuzzExpression(f *testing.F) {
	f.Add([]byte{opBreg0 + 1, 0x78, opDeref, opLit0 + 3, opShl, opPlus})
	f.Fuzz(func(_ *testing.T, program []byte) {
		evaluate(nothing(), registers{}, program, []uint64{1})
		withoutPAC(bytes.Clone(program))
	})
}

func FuzzMaps(f *testing.F) {
	f.Add([]byte("00400000-00401000 r-xp 00000000 fe:00 12 /a b (deleted)\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, m := range parseMaps(data) {
			if m.start >= m.end {
				t.Errorf("%+v", m)
			}
		}
	})
}

func FuzzPublishedLayout(f *testing.F) {
	f.Fuzz(func(_ *testing.T, table []byte) { publishedLayout(table) })
}

func FuzzObject(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Fuzz(func(_ *testing.T, file []byte) {
		o, err := newObject(bytes.NewReader(file))
		if err != nil {
			return
		}
		o.at(o.file.Entry)
		o.row(o.file.Entry)
		o.pythonSymbols()
		o.libraryFrom()
	})
}
