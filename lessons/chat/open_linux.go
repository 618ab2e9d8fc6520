package chat

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"mtp/lessons/kit/kernel"
)

// descriptors reads by which descriptors a process has its files open, by the files' names.
func descriptors(pid int) (byName map[string][]string, source kernel.Source, err error) {
	folder := kernel.Proc(pid, "fd")
	links, err := os.ReadDir(folder)
	if err != nil {
		return nil, "", err
	}
	byName = map[string][]string{}
	for _, link := range links {
		name, err := os.Readlink(filepath.Join(folder, link.Name()))
		if err == nil { // else it was open for this reading only
			byName[name] = append(byName[name], link.Name())
		}
	}
	return byName, kernel.Source(folder), nil
}

// nameOf is the name of a file of this process; empty if it can't be read.
func nameOf(file syscall.Conn) (name string) {
	raw, err := file.SyscallConn()
	if err != nil {
		return ""
	}
	_ = raw.Control(func(fd uintptr) {
		name, _ = os.Readlink(kernel.Proc(os.Getpid(), "fd/"+strconv.Itoa(int(fd))))
	})
	return name
}
