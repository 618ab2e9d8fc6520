package ps

import (
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"

	"mtp/lessons/kit/kernel"
)

// group is one line of /proc/PID/cgroup: a control group, in version 2 (without controllers) or 1.
type group struct {
	Controllers, Path string
	Removed           bool // since its last process died
}

// parseGroups parses /proc/PID/cgroup; see cgroups(7). A path may hold colons.
func parseGroups(text string) (groups []group) {
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(parts) < 3 || !strings.HasPrefix(parts[2], "/") {
			continue
		}
		g := group{Controllers: parts[1]}
		g.Path, g.Removed = strings.CutSuffix(parts[2], " (deleted)")
		groups = append(groups, g)
	}
	return groups
}

// mostTelling is the group that tells most of where a process belongs: one that a container or a
// unit of systemd has made, else the longest.
func mostTelling(groups []group) (most group, of owner) {
	for i, g := range groups {
		o := ownerOf(g.Path)
		if i == 0 || o.rank() > of.rank() ||
			o.rank() == of.rank() && len(g.Path) > len(most.Path) {
			most, of = g, o
		}
	}
	return most, of
}

// owner is whoever has made a control group, as far as its name tells.
type owner struct{ Kind, Name string }

// rank is how much an owner tells.
func (o owner) rank() int {
	switch o.Kind {
	case "":
		return 0
	case unit:
		return 1
	}
	return 2
}

// unit is the kind of those that systemd has made.
const unit = "systemd"

// ownerOf reads the name of a control group as container runtimes and systemd choose it.
func ownerOf(name string) owner {
	const id = `([0-9a-f]{64}|[0-9a-f]{32}-[0-9]+)`
	for _, known := range []struct{ kind, pattern string }{
		{"kubepods", `/kubepods.*[/-]` + id + `(?:\.scope)?(?:/|$)`},
		{"docker", `/docker[/-]` + id + `(?:\.scope)?(?:/|$)`},
		{"podman", `/libpod[/-]` + id + `(?:\.scope)?(?:/|$)`},
		{"nerdctl", `/nerdctl-` + id + `(?:\.scope)?(?:/|$)`},
		{"lxc", `/lxc(?:\.payload)?[./]([^/]+)`},
		{"nspawn", `/systemd-nspawn@([^/]+)\.service(?:/|$)`},
		{unit, `.*/([^/]+\.(?:service|scope))(?:/|$)`}, // the innermost
	} {
		if found := regexp.MustCompile(known.pattern).FindStringSubmatch(name); found != nil {
			return owner{known.kind, short(found[1])}
		}
	}
	return owner{}
}

// short is a container's ID as its tools print it.
func short(id string) string {
	const digits = 12
	if len(id) >= 64 && !strings.Contains(id, ".") {
		return id[:digits]
	}
	return id
}

// tightest is the limit on tasks with the least room among those of a process's control group and
// of the groups above it, as far as this /sys/fs/cgroup shows them.
func tightest(groups []group) (limit kernel.Limit, ok bool) {
	for _, g := range groups {
		var roots []string
		switch g.Controllers {
		case "":
			roots = []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}
		case "pids":
			roots = []string{"/sys/fs/cgroup/pids"}
		}
		if strings.HasPrefix(g.Path, "/..") {
			continue // outside this cgroup namespace
		}
		for _, root := range roots {
			for dir := g.Path; ; dir = path.Dir(dir) {
				l, bounded := pidsMax(path.Join(root, dir))
				if bounded && (!ok || l.Room() < limit.Room()) {
					limit, ok = l, true
				}
				if dir == "/" {
					break
				}
			}
		}
	}
	return limit, ok
}

// pidsMax is the limit of one control group, if it has one.
func pidsMax(dir string) (kernel.Limit, bool) {
	file := path.Join(dir, "pids.max")
	most, bounded := readNumber(file)
	used, counted := readNumber(path.Join(dir, "pids.current"))
	return kernel.Limit{
		Source: kernel.Source(file), Name: "pids.max", Max: most, Used: used,
	}, bounded && counted
}

// readNumber reads a file that holds a number, and nothing else.
func readNumber(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// systemLimit is the limit of the whole system, or of this PID namespace, with the least room.
// listed is how many tasks /proc lists.
func systemLimit(listed int64) (limit kernel.Limit, ok bool) {
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	for _, name := range []string{"threads-max", "pid_max"} {
		file := "/proc/sys/kernel/" + name
		most, bounded := readNumber(file)
		used := allTasks()
		// The number is a constant of the kernel, PROC_PID_INIT_INO.
		if name == "pid_max" && namespace != "pid:[4026531836]" {
			used = listed
		}
		l := kernel.Limit{Source: kernel.Source(file), Name: name, Max: most, Used: used}
		if bounded && used > 0 && (!ok || l.Room() < limit.Room()) {
			limit, ok = l, true
		}
	}
	return limit, ok
}

// allTasks is the number of tasks of the whole system; see proc_loadavg(5).
func allTasks() int64 {
	text, _ := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(text)); len(fields) > 3 {
		_, total, _ := strings.Cut(fields[3], "/")
		n, _ := strconv.ParseInt(total, 10, 64)
		return n
	}
	return 0
}

// userLimit is the soft RLIMIT_NPROC from the text of /proc/PID/limits; ok is false if there is
// none.
func userLimit(limits string) (most int64, ok bool) {
	for line := range strings.Lines(limits) {
		rest, is := strings.CutPrefix(line, "Max processes")
		if fields := strings.Fields(rest); is && len(fields) > 0 {
			n, err := strconv.ParseInt(fields[0], 10, 64)
			return n, err == nil && n >= 0
		}
	}
	return 0, false
}
