//go:build !linux

package primes

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/plan"
)

// lists shows that children do not share a list with their parent.
func lists(s *stage.Stage) {
	const children, last = 4, 100
	s.Step("lists.spawned",
		"Why do results come back through a pipe? Start {children} children, and let each append the primes from its quarter of 1 to {last} to a list. (There is no fork here that a Go program could use: each child is a new run of mtp, and begins with a list of its own.)",
		"children", children, "last", last)
	longer := s.AskNumber("list",
		"Each child appends to the list that it has. How many numbers will the parent's list hold afterwards?")
	parent := s.Parent()
	var list []uint
	for i := range children {
		child := parent.Process("append")
		child.Named = map[string]string{
			"from": strconv.Itoa(1 + i*last/children),
			"to":   strconv.Itoa((i + 1) * last / children),
		}
		out, err := child.StdoutPipe()
		s.Must(err)
		defer out.Close()
		s.Must(child.Start())
		var length int
		if _, err := fmt.Fscanln(out, &length); err != nil {
			s.Mustf(errors.Join(err, child.Join(s.Context())), "hear from %s", child.Name)
		}
		s.See("list", kernel.Stdout(child.PID()), "Child {pid}: the list has {length} primes.",
			"pid", child.PID(), "length", length)
	}
	own := kernel.In("list", os.Getpid())
	s.See("empty", own, "The parent's list has {length}.", "length", len(list))
	s.So("own", "Each process has appended to the list in its own memory.")
	longer.Is(len(list), own)
	s.Must(parent.End(s.Context()))
}

// appendPrimes collects the primes of a range in a list of its own, and says how long that is.
func appendPrimes(args []string) error {
	flags := flag.NewFlagSet("append", flag.ContinueOnError)
	from := flags.Uint("from", 1, "the first number")
	to := flags.Uint("to", 100, "the last number")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if uint64(*to) > plan.MaxLimit(plan.Trial) {
		return fmt.Errorf("up to %d: that is too far", *to)
	}
	var list []uint
	for n := *from; n <= *to; n++ {
		if isPrime(uint32(n)) {
			list = append(list, n)
		}
	}
	fmt.Println(len(list))
	return nil
}

// listRoles are those of the children of lists.
func listRoles() process.Roles { return process.Roles{"append": appendPrimes} }
