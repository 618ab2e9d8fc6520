// Package machine tells how much of the processors this process may have, and how much all the
// processes have had of them.
package machine

import (
	"runtime"
	"strconv"
	"strings"
	"time"

	"mtp/lessons/kit/kernel"
)

// Machine is what this process may use.
type Machine struct {
	Cores      int
	Quotas     []Quota // those in force: of its own control group, then of those above
	processors map[string]bool
}

// Quota is how long the processes of a control group may run in each period, on all processors
// together.
type Quota struct {
	kernel.Source
	Quota, Period time.Duration
}

// Fields are the quota's parts, and how many processors have as much time.
func (q Quota) Fields() []any {
	return []any{"quota", q.Quota, "period", q.Period, "allowed", q.allowed()}
}

func (q Quota) allowed() float64 { return float64(q.Quota) / float64(q.Period) }

// Look asks the system.
func Look() Machine {
	m := Machine{Cores: runtime.NumCPU(), Quotas: quotas()}
	if m.processors = affinity(); m.processors != nil {
		m.Cores = len(m.processors)
	}
	return m
}

// Available is how many processors have as much time as this process, and its children, may use.
func (m Machine) Available() float64 {
	available := float64(m.Cores)
	for _, quota := range m.Quotas {
		available = min(available, quota.allowed())
	}
	return available
}

// Times is for how long the processors that this process may use have worked for anybody, and for
// how long they have been there.
type Times struct{ busy, whole time.Duration }

// tick is the unit of /proc/stat, 1/USER_HZ.
const tick = 10 * time.Millisecond

// parseTimes adds up the lines of some processors in /proc/stat; see proc_stat(5).
func parseTimes(text string, processors map[string]bool) (t Times) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		const user, idle, iowait, steal = 1, 4, 5, 8
		if len(fields) <= steal || !processors[fields[0]] {
			continue
		}
		for i, field := range fields[:steal+1] { // beyond it, guests: they count as user
			ticks, _ := strconv.ParseInt(field, 10, 64)
			if i >= user {
				t.whole += time.Duration(ticks) * tick
			}
			if i >= user && i != idle && i != iowait {
				t.busy += time.Duration(ticks) * tick
			}
		}
	}
	return t
}

// shortest is for how long one has to look: a tick is short beside it.
const shortest = 200 * time.Millisecond

// Others is how many processors all else has used on average between two readings, a while apart,
// in which one's own processes have used so much CPU time. ok is false if that can't be seen: the
// while was too short, or the system does not tell.
func (m Machine) Others(from, to Times, while, own time.Duration) (processors float64, ok bool) {
	whole := to.whole - from.whole
	if while < shortest || whole < while*time.Duration(m.Cores)/2 {
		return 0, false
	}
	return max(float64(to.busy-from.busy-own)/float64(while), 0), true
}

// parseQuota reads the two numbers of cpu.max, or of cpu.cfs_quota_us and cpu.cfs_period_us, in
// microseconds. ok is false if there is no limit.
func parseQuota(quota, period string) (q Quota, ok bool) {
	most, err := strconv.ParseInt(quota, 10, 64)
	if err != nil || most <= 0 { // "max" in version 2, -1 in version 1
		return q, false
	}
	each, err := strconv.ParseInt(period, 10, 64)
	q.Quota, q.Period = time.Duration(most)*time.Microsecond, time.Duration(each)*time.Microsecond
	return q, err == nil && each > 0
}
