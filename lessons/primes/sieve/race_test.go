//go:build race

package sieve

// raceEnabled makes all of it many times as slow; and one worker has nobody to race with, so smaller
// limits do.
const raceEnabled = true
