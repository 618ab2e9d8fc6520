//go:build !race

package outside

// RaceDetector is whether the tests run below it.
const RaceDetector = false
