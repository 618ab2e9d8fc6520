//go:build race

package session_test

// raceDetector is whether the tests run below it, where they take ten times as long.
const raceDetector = true
