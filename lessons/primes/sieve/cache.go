package sieve

import (
	"os"
	"strconv"
	"strings"
)

// CacheBytes is the size of the first-level data cache, or a usual one where the system does not
// tell.
func CacheBytes() int {
	const usual = 32 << 10
	text, err := os.ReadFile("/sys/devices/system/cpu/cpu0/cache/index0/size")
	if err != nil {
		return usual
	}
	kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(string(text)), "K"))
	if err != nil {
		return usual
	}
	return kilobytes << 10
}
