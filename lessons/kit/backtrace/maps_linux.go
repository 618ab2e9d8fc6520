package backtrace

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	maxMaps     = 16 << 20 // bytes of /proc/PID/maps
	noFile      = "(deleted)"
	nativeBytes = 8 // of a pointer
)

// mapping is one line of /proc/PID/maps.
type mapping struct {
	start, end, offset uint64
	executable         bool
	dev                string
	inode              uint64
	path               string
}

// file tells two mapped files apart within one process.
func (m mapping) file() string { return m.dev + " " + strconv.FormatUint(m.inode, 10) }

// base is the file's name without its folder.
func (m mapping) base() string {
	return path.Base(strings.TrimSuffix(m.path, " "+noFile))
}

// process is what is known of a thread's address space.
type process struct {
	tid, pid int
	maps     []mapping
	objects  map[string]*object // by mapping.file; nil: can't be read
	exe      string             // mapping.file of the program
	python   *interpreter
	looked   bool // for Python
}

func readProcess(tid int) (*process, error) {
	dir := fmt.Sprintf("/proc/%d", tid)
	data, err := os.ReadFile(dir + "/maps")
	if err != nil {
		return nil, err
	}
	p := &process{tid: tid, pid: tgid(dir), objects: map[string]*object{}}
	p.maps = parseMaps(data)
	exe, err := os.Readlink(dir + "/exe")
	if err != nil {
		return nil, err
	}
	for _, m := range p.maps {
		if m.path == exe {
			p.exe = m.file()
			break
		}
	}
	return p, nil
}

// tgid is the process that the thread is of.
func tgid(dir string) int {
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("\nTgid:"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	pid, _ := strconv.Atoi(string(bytes.TrimSpace(line)))
	return pid
}

func parseMaps(data []byte) []mapping {
	if len(data) > maxMaps {
		return nil
	}
	var maps []mapping
	for line := range strings.Lines(string(data)) {
		if m, ok := parseMapping(strings.TrimSuffix(line, "\n")); ok {
			maps = append(maps, m)
		}
	}
	slices.SortFunc(maps, func(a, b mapping) int {
		if a.start < b.start {
			return -1
		}
		return 1
	})
	return maps
}

func parseMapping(line string) (mapping, bool) {
	// 7f..-7f.. r-xp 00028000 fe:00 1234     /usr/lib/x86_64-linux-gnu/libc.so.6
	addresses, rest, _ := strings.Cut(line, " ")
	modes, rest, _ := strings.Cut(rest, " ")
	offset, rest, _ := strings.Cut(rest, " ")
	dev, rest, _ := strings.Cut(rest, " ")
	inode, name, _ := strings.Cut(rest, " ")
	low, high, found := strings.Cut(addresses, "-")
	if !found || len(modes) < 3 {
		return mapping{}, false
	}
	m := mapping{executable: modes[2] == 'x', dev: dev, path: strings.TrimLeft(name, " ")}
	for _, number := range []struct {
		to   *uint64
		text string
		base int
	}{{&m.start, low, 16}, {&m.end, high, 16}, {&m.offset, offset, 16}, {&m.inode, inode, 10}} {
		value, err := strconv.ParseUint(number.text, number.base, 64)
		if err != nil {
			return mapping{}, false
		}
		*number.to = value
	}
	return m, m.start < m.end
}

// find returns the mapping that holds address.
func (p *process) find(address uint64) (mapping, bool) {
	i, found := slices.BinarySearchFunc(p.maps, address, func(m mapping, a uint64) int {
		switch {
		case m.end <= a:
			return -1
		case m.start > a:
			return 1
		}
		return 0
	})
	if !found {
		return mapping{}, false
	}
	return p.maps[i], true
}

// code returns the mapping that holds an address of code.
func (p *process) code(address uint64) (mapping, bool) {
	m, ok := p.find(address)
	return m, ok && m.executable
}
