package machine

import (
	"testing"
	"time"
)

func TestTimesAreThoseOfOurProcessors(t *testing.T) {
	t.Parallel()
	const text = "cpu  90 9 90 900 90 9 9 9 9 9\n" +
		"cpu0 10 1 20 300 40 2 3 4 7 7\n" +
		"cpu1 50 5 50 500 50 5 5 5 0 0\n" +
		"cpu10 1 1 1 1 1 1 1 1 0 0\n" +
		"intr 12 0 0 0 0 0 0 0 0 0\n"
	got := parseTimes(text, map[string]bool{"cpu0": true, "cpu10": true})
	if want := (Times{busy: 46 * tick, whole: 388 * tick}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	m := Machine{Cores: 2}
	second := Times{busy: 1800 * time.Millisecond, whole: 2 * time.Second}
	for _, test := range []struct {
		to         Times
		while, own time.Duration
		want       float64
		ok         bool
	}{
		{second, time.Second, 800 * time.Millisecond, 1, true},
		{second, time.Second, 1900 * time.Millisecond, 0, true}, // by the length of a tick
		{second, 199 * time.Millisecond, 0, 0, false},           // too short
		{Times{}, time.Second, 0, 0, false},                     // it is not told
	} {
		others, ok := m.Others(Times{}, test.to, test.while, test.own)
		if ok != test.ok || others < test.want-0.001 || others > test.want+0.001 {
			t.Errorf("%+v: %v, %v", test, others, ok)
		}
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		quota, period string
		allowed       float64 // 0: no limit
	}{
		{"50000", "100000", 0.5},
		{"300000", "100000", 3},
		{"max", "100000", 0},
		{"-1", "100000", 0},
		{"50000", "0", 0},
		{"50000", "x", 0},
		{"", "", 0},
	} {
		q, ok := parseQuota(test.quota, test.period)
		if ok != (test.allowed > 0) || ok && q.allowed() != test.allowed {
			t.Errorf("%q, %q: %+v, %v", test.quota, test.period, q, ok)
		}
	}
	m := Machine{Cores: 2, Quotas: []Quota{
		{Quota: time.Second, Period: 2 * time.Second}, {Quota: time.Second, Period: time.Second},
	}}
	if got := m.Available(); got != 0.5 {
		t.Errorf("of two processors and two quotas, %v are available", got)
	}
}
