package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"mtp/lessons/kit/kernel"
)

// Stat is where Times are read.
const Stat kernel.Source = "/proc/stat"

// maxProcessors is how many there may be; see sched_setaffinity(2).
const maxProcessors = 8192

// affinity are the processors on which this process may run, as /proc/stat calls them; nil if the
// system does not tell.
func affinity() map[string]bool {
	var mask [maxProcessors / 64]uint64
	length, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY,
		0, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		return nil
	}
	processors := map[string]bool{}
	for n := range min(int(length)*8, maxProcessors) {
		if mask[n/64]>>(n%64)&1 != 0 {
			processors[fmt.Sprintf("cpu%d", n)] = true
		}
	}
	return processors
}

// Times reads /proc/stat.
func (m Machine) Times() Times {
	text, _ := os.ReadFile(Stat.From())
	return parseTimes(string(text), m.processors)
}

// quotas looks at this process's control group, and at those above it, in either version of cgroups
// (cgroups(7)): as far as they can be seen from here.
func quotas() (inForce []Quota) {
	text, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		switch {
		case controllers == "":
			inForce = append(inForce, upwards("/sys/fs/cgroup", group, version2)...)
			inForce = append(inForce, upwards("/sys/fs/cgroup/unified", group, version2)...)
		case strings.Contains(","+controllers+",", ",cpu,"):
			inForce = append(inForce, upwards("/sys/fs/cgroup/cpu", group, version1)...)
		}
	}
	return inForce
}

// upwards reads what stands in a group, and in those above it.
func upwards(root, group string, read func(dir string) (Quota, bool)) (inForce []Quota) {
	for dir := filepath.Join("/", group); ; dir = filepath.Dir(dir) {
		if quota, ok := read(filepath.Join(root, dir)); ok {
			inForce = append(inForce, quota)
		}
		if dir == "/" {
			return inForce
		}
	}
}

// version2 reads cpu.max: the quota and the period.
func version2(dir string) (q Quota, ok bool) {
	path := filepath.Join(dir, "cpu.max")
	text, err := os.ReadFile(path)
	words := strings.Fields(string(text))
	if err != nil || len(words) != 2 {
		return q, false
	}
	q, ok = parseQuota(words[0], words[1])
	q.Source = kernel.Source(path)
	return q, ok
}

// version1 has a file for each of the two.
func version1(dir string) (q Quota, ok bool) {
	path := filepath.Join(dir, "cpu.cfs_quota_us")
	quota, err := os.ReadFile(path)
	if err != nil {
		return q, false
	}
	period, err := os.ReadFile(filepath.Join(dir, "cpu.cfs_period_us"))
	if err != nil {
		return q, false
	}
	q, ok = parseQuota(strings.TrimSpace(string(quota)), strings.TrimSpace(string(period)))
	q.Source = kernel.Source(path + " …")
	return q, ok
}
