package primes

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"time"

	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
	"mtp/lessons/primes/sieve"
)

const (
	// mostPrinted is the largest limit for --print.
	mostPrinted = 1_000_000_000_000
	// interval is how many numbers a worker sieves at once; its primes come in one piece.
	interval = 1 << 18
	// mostPiece is more bytes than the primes of an interval take, one a line.
	mostPiece = interval * 8
)

// print lists the primes in order. Worker i of n has the intervals i, i+n, i+2n, …, and the parent takes one piece of each in turn, so
// that no worker gets far ahead: its pipe is full until it is its turn again.
func (o Options) print(ctx context.Context, say *narrate.Narrator, leash *process.Leash) error {
	out := bufio.NewWriterSize(say.Out, mostPiece)
	say.Out = say.Err // the primes are the only result
	procs := runtime.GOMAXPROCS(0)
	if len(o.Procs) > 0 {
		procs = o.Procs[len(o.Procs)-1]
	}
	if err := say.Room(procs * narrate.Threads); err != nil {
		return err
	}
	say.Title("primes.print.title", "primes: every prime up to {limit}, by {procs} processes", "limit", uint64(o.Limit), "procs", procs)
	parent, err := process.NewParent("primes", Roles(), leash)
	if err != nil {
		return err
	}
	workers := make([]*printer, procs)
	for i := range workers {
		if workers[i], err = o.startPrinter(say, parent, uint64(i), procs); err != nil {
			return err
		}
	}
	if takes := estimate("print", float64(o.Limit)) / time.Duration(min(procs, runtime.GOMAXPROCS(0))); takes > long {
		say.Warn("primes.long", "This will take about {estimate}. Ctrl-C ends it.", "estimate", takes.Round(time.Second).String())
	}
	piece := make([]byte, mostPiece)
	for n := uint64(0); n*interval <= uint64(o.Limit); n++ {
		text, err := o.nextPiece(ctx, say, parent, workers, n, piece)
		if ctx.Err() != nil {
			say.Last("primes.print.interrupted", "Interrupted after the primes up to {last}.", "last", n*interval)
			return errors.Join(context.Cause(ctx), out.Flush())
		}
		if err != nil {
			return errors.Join(err, out.Flush())
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_ = parent.End(ctx) // whoever dies now has done its part
	say.Lanes()
	return context.Cause(ctx)
}

// mostDeaths is how often the same piece is begun.
const mostDeaths = 20

// nextPiece reads the nth piece from the worker whose turn it is. If that has died, another takes its place.
func (o Options) nextPiece(ctx context.Context, say *narrate.Narrator, parent *process.Parent, workers []*printer, n uint64, piece []byte) ([]byte, error) {
	turn := n % uint64(len(workers))
	for deaths := 0; ; deaths++ {
		worker := workers[turn]
		text, err := worker.read(piece)
		if err == nil || ctx.Err() != nil {
			return text, err
		}
		worker.out.Close()
		failure := worker.Join(ctx)
		if deaths == mostDeaths {
			return nil, fmt.Errorf("hear from %s: %w", worker.Name, errors.Join(err, failure))
		}
		say.Warn("primes.print.died", "{name} ({pid}) has died. Another process takes over.", "name", worker.Name, "pid", worker.PID())
		another, err := o.startPrinter(say, parent, n, len(workers))
		if err != nil {
			return nil, err
		}
		workers[turn] = another
	}
}

// printer is a worker that finds primes in order.
type printer struct {
	*process.Process
	out *os.File
}

func (o Options) startPrinter(say *narrate.Narrator, parent *process.Parent, first uint64, procs int) (*printer, error) {
	worker := parent.Process("print")
	worker.Named = map[string]string{
		"limit": strconv.FormatUint(uint64(o.Limit), 10), "first": strconv.FormatUint(first, 10), "step": strconv.Itoa(procs),
	}
	out, err := worker.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := worker.Start(); err != nil {
		return nil, say.StartError(err, int(first))
	}
	return &printer{worker, out}, nil
}

// read reads a piece: its length in four bytes, then its text. A piece that is not whole is an error.
func (p *printer) read(piece []byte) ([]byte, error) {
	if _, err := io.ReadFull(p.out, piece[:4]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(piece)
	if length > mostPiece {
		return nil, fmt.Errorf("a piece of %d bytes", length)
	}
	_, err := io.ReadFull(p.out, piece[:length])
	return piece[:length], err
}

// printRole finds the primes of every stepth interval, and writes each interval's as one piece.
func printRole(args []string) error {
	flags := flag.NewFlagSet("print", flag.ContinueOnError)
	limit := flags.Uint64("limit", 100, "the largest number")
	first := flags.Uint64("first", 0, "the first interval")
	step := flags.Uint64("step", 1, "every how many intervals")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s := sieve.NewOrdered(*limit)
	piece := make([]byte, 4, mostPiece)
	for n := *first; n*interval <= *limit; n += max(*step, 1) {
		piece = piece[:4]
		s.Primes(n*interval, min((n+1)*interval, *limit), func(prime uint64) {
			piece = append(strconv.AppendUint(piece, prime, 10), '\n')
		})
		binary.LittleEndian.PutUint32(piece, uint32(len(piece)-4))
		if _, err := os.Stdout.Write(piece); err != nil {
			return err
		}
	}
	return nil
}
