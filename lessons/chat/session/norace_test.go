//go:build !race

package session_test

// raceDetector is whether the tests run below it.
const raceDetector = false
