// Package printer prints the primes in order.
//
// Worker i of n finds those of the intervals i, i+n, i+2n, … The parent takes one interval's from
// each in turn, so no worker gets far ahead: its pipe is full until it is its turn again.
package printer

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"time"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/estimate"
	"mtp/lessons/primes/sieve"
)

const (
	// MaxLimit is the largest limit.
	MaxLimit = 1_000_000_000_000
	// interval is how many numbers a worker sieves at once; its primes come in one piece.
	interval = 1 << 18
	// maxPiece is more bytes than the primes of an interval take, one a line.
	maxPiece = interval * 8
	// maxDeaths is how often the same piece is begun again.
	maxDeaths = 20
)

// printer has workers find the primes.
type printer struct {
	*stage.Stage
	parent  *process.Parent
	limit   uint64
	workers []*worker
}

// worker finds the primes of every nth interval.
type worker struct {
	*process.Process
	out *os.File
}

// Print prints the primes up to a limit, which so many processes find. They are the only result:
// all else is told on the standard error.
func Print(s *stage.Stage, limit uint64, procs int) {
	terminal := s.Terminal()
	out := bufio.NewWriterSize(terminal.Out, maxPiece)
	terminal.Out = terminal.Err

	s.Room((1 + procs) * stage.Threads)
	s.TitleAs("print.title", "primes: every prime up to {limit} (processes: {procs})",
		"limit", limit, "procs", procs)
	p := printer{Stage: s, parent: s.Parent(), limit: limit, workers: make([]*worker, procs)}
	for i := range p.workers {
		p.workers[i] = p.start(uint64(i))
	}
	sideBySide := min(procs, runtime.GOMAXPROCS(0))
	estimate.Warn(s, estimate.InOrder(limit, interval)/time.Duration(sideBySide))

	p.write(out)
	_ = p.parent.End(s.Context()) // a worker that dies now has done its part
	s.Lanes()
}

// start starts a worker whose first interval is the given one.
func (p *printer) start(first uint64) *worker {
	child := p.parent.Process("print")
	child.Named = map[string]string{
		"limit": strconv.FormatUint(p.limit, 10),
		"first": strconv.FormatUint(first, 10),
		"step":  strconv.Itoa(len(p.workers)),
	}
	out, err := child.StdoutPipe()
	p.Must(err)
	p.Cleanup(func() { out.Close() })
	p.Must(child.Start())
	return &worker{child, out}
}

// write writes the primes. If it is interrupted, it writes those that it has, and says so.
func (p *printer) write(out *bufio.Writer) {
	n := uint64(0)
	defer func() {
		if p.Context().Err() != nil {
			p.Narrator().Last("print.interrupted", "Interrupted after the primes up to {last}.",
				"last", n*interval)
		}
		_ = out.Flush() // an error of it has been told
	}()
	piece := make([]byte, maxPiece)
	for ; n*interval <= p.limit; n++ {
		_, err := out.Write(p.piece(n, piece))
		p.Must(err)
	}
	p.Must(out.Flush())
}

// piece reads the nth piece from the worker whose turn it is. If that has died, another takes its
// place.
func (p *printer) piece(n uint64, into []byte) []byte {
	turn := n % uint64(len(p.workers))
	for deaths := 0; ; deaths++ {
		worker := p.workers[turn]
		text, err := worker.read(into)
		p.Check()
		if err == nil {
			return text
		}
		worker.out.Close()
		failure := worker.Join(p.Context())
		if deaths == maxDeaths {
			p.Mustf(errors.Join(err, failure), "hear from %s", worker.Name)
		}
		p.Warn("print.died", "{name} ({pid}) has died. Another process takes over.",
			"name", worker.Name, "pid", worker.PID())
		p.workers[turn] = p.start(n)
	}
}

// read reads a piece: its length in four bytes, then its text. A piece that is not whole is an
// error.
func (w *worker) read(piece []byte) ([]byte, error) {
	if _, err := io.ReadFull(w.out, piece[:4]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(piece)
	if length > maxPiece {
		return nil, fmt.Errorf("a piece of %d bytes", length)
	}
	_, err := io.ReadFull(w.out, piece[:length])
	return piece[:length], err
}

// Role finds the primes of every stepth interval, and writes each interval's as one piece.
func Role(args []string) error {
	flags := flag.NewFlagSet("print", flag.ContinueOnError)
	limit := flags.Uint64("limit", 100, "the largest number")
	first := flags.Uint64("first", 0, "the first interval")
	step := flags.Uint64("step", 1, "every how many intervals")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s := sieve.NewOrdered(*limit)
	piece := make([]byte, 4, maxPiece)
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
