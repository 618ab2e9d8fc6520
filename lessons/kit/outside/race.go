//go:build race

package outside

// RaceDetector is whether the tests run below it. Then those whose subject is other processes do a
// part, by chance.
const RaceDetector = true
