//go:build !race

package combinatorial

const raceEnabled = false
