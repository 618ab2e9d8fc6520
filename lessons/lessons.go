// Package lessons holds the lessons' own source, for those who want to read how it is done.
package lessons

import "embed"

// Source is each lesson's Go, in the folder with its name, and the same act in C and in Python, in c-and-python below it.
//
//go:embed */*.go */c-and-python
var Source embed.FS
