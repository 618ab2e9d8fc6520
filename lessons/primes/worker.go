package primes

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"mtp/lessons/kit/process"
	"mtp/lessons/primes/plan"
	"mtp/lessons/primes/total"
)

// isPrime is the course's test, trial division: it tries every divisor.
func isPrime(n uint32) bool {
	if n < 2 {
		return false
	}
	for divisor := uint32(2); divisor < n; divisor++ {
		if n%divisor == 0 {
			return false
		}
	}
	return true
}

// tryAll adds up the primes among the numbers above one, up to another.
func tryAll(above, upTo uint64) (sum total.Total) {
	for n := above + 1; n <= upTo; n++ {
		if isPrime(uint32(n)) {
			sum.Add(total.Of(1, n))
		}
	}
	return sum
}

// adder returns what adds up the primes of a plan's nth unit.
func adder(p plan.Plan) func(n int) total.Total {
	if p.Method == plan.Trial {
		return func(n int) total.Total { return tryAll(p.Range(n)) }
	}
	return p.Faster()
}

// worker does its own part, if it has one; then it takes units from the pipe that all workers
// share, until there will be no more. It reports each: its PID, the unit, how many primes, their
// sum.
func worker(args []string) error {
	flags := flag.NewFlagSet("worker", flag.ContinueOnError)
	method := flags.String("method", plan.Trial, "trial, sieve or combinatorial")
	limit := flags.Uint64("limit", 100_000, "the largest number")
	units := flags.Int("units", 1, "in how many units the work is cut")
	part := flags.Int("part", 0,
		"the unit to do first, from 1 on; then the units are equal parts of the range")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if plan.MaxLimit(*method) < *limit || *units < 1 || *part < 0 || *part > *units {
		return fmt.Errorf("method %q up to %d, part %d of %d: not possible",
			*method, *limit, *part, *units)
	}
	add := adder(plan.Plan{Method: *method, Limit: *limit, Units: *units, Static: *part > 0})
	queue, reports := process.File(0), process.File(1)
	if queue == nil { // typed in a terminal
		reports = os.Stdout
	}
	if *part > 0 {
		if err := send(reports, *part-1, add(*part-1)); err != nil {
			return err
		}
	}
	for queue != nil {
		unit, err := take(queue)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = send(reports, unit, add(unit))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// take takes a unit from the pipe. It is a number of four bytes, and a read from a pipe takes at
// least that much at once: no two workers get the same.
func take(queue io.Reader) (unit int, err error) {
	record := make([]byte, 4)
	_, err = io.ReadFull(queue, record)
	return int(binary.LittleEndian.Uint32(record)), err
}

// send reports a unit in one write, which a pipe does not tear.
func send(reports io.Writer, unit int, sum total.Total) error {
	_, err := fmt.Fprintf(reports, "%d %d %v\n", os.Getpid(), unit, sum)
	return err
}

// report is what a worker says of a unit.
type report struct {
	pid, unit int
	sum       total.Total
}

// parseReport reads what send has written.
func parseReport(line string) (r report, err error) {
	fields := strings.Fields(line)
	if len(fields) != 4 {
		return r, fmt.Errorf("parse the report %q: want four numbers", line)
	}
	var errs [3]error
	r.pid, errs[0] = strconv.Atoi(fields[0])
	r.unit, errs[1] = strconv.Atoi(fields[1])
	r.sum, errs[2] = total.Parse(fields[2], fields[3])
	if err := errors.Join(errs[:]...); err != nil {
		return r, fmt.Errorf("parse the report %q: %w", line, err)
	}
	return r, nil
}
