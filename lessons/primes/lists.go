package primes

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/plan"
)

// lists shows that children do not share a list with their parent.
func lists(s *stage.Stage) {
	const children, last = 4, 100
	s.Step("lists",
		"Why do results come back through a pipe? Let {children} children append the primes up to {last} to a list.",
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
		s.See("list", kernel.Stdout(child.PID()), "Child {pid}: my list has {length} primes.",
			"pid", child.PID(), "length", length)
	}
	own := kernel.In("the list", os.Getpid())
	s.See("empty", own,
		"The parent's list has {length}. Each process has memory of its own.", "length", len(list))
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
