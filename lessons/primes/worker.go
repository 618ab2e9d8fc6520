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
	"mtp/lessons/primes/total"
)

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"worker": worker, "append": appendRole, "print": printRole}
}

// worker does its own part, if it has one; then it takes units from the pipe that all workers share, until there will be no
// more, and reports each: its PID, the unit, how many primes, their sum.
//
// A unit is a number of four bytes, and a read from a pipe takes at least that much at once: no two workers get the same.
func worker(args []string) error {
	flags := flag.NewFlagSet("worker", flag.ContinueOnError)
	method := flags.String("method", "trial", "trial, sieve or combinatorial")
	limit := flags.Uint64("limit", 100_000, "the largest number")
	units := flags.Int("units", 1, "in how many units the work is cut")
	part := flags.Int("part", 0, "the unit to do first, from 1 on; then the units are equal parts of the range")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if mostLimits[*method] < *limit || *units < 1 || *part < 0 || *part > *units {
		return fmt.Errorf("method %q up to %d, part %d of %d: not possible", *method, *limit, *part, *units)
	}
	p := plan{method: *method, limit: *limit, units: *units, equal: *part > 0}
	queue, reports := process.File(0), process.File(1)
	if queue == nil { // typed in a terminal
		reports = os.Stdout
	}
	do := p.prepare()
	report := func(unit int) error {
		_, err := fmt.Fprintf(reports, "%d %d %v\n", os.Getpid(), unit, do(unit)) // one write, which a pipe does not tear
		return err
	}
	if *part > 0 {
		if err := report(*part - 1); err != nil {
			return err
		}
	}
	if queue == nil {
		return nil
	}
	for {
		record := make([]byte, 4)
		if _, err := io.ReadFull(queue, record); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := report(int(binary.LittleEndian.Uint32(record))); err != nil {
			return err
		}
	}
}

// appendRole collects the primes of a range in a list of its own, and says how long that is.
func appendRole(args []string) error {
	flags := flag.NewFlagSet("append", flag.ContinueOnError)
	from := flags.Uint("from", 1, "the first number")
	to := flags.Uint("to", 100, "the last number")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if uint64(*to) > mostLimits["trial"] {
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

// report is what a worker says of a unit.
type report struct {
	pid, unit int
	sum       total.Total
}

// parseReport reads what a worker has reported.
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
