package chat

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"
)

// Demo are the flags of chat demo.
type Demo struct {
	Loss    float64 `help:"The part of the datagrams to lose, each way, from 0 to 1." default:"0.2" placeholder:"P"`
	Dup     float64 `help:"The part of them to send twice." default:"0.1" placeholder:"P"`
	Reorder float64 `help:"The part of them to hold back until the next one is sent." default:"0.1" placeholder:"P"`
	Seed    uint64  `help:"Makes the bad network repeatable: the same number, the same losses." default:"1" placeholder:"N"`
	Lines   int     `help:"How many lines are said." default:"40" placeholder:"N"`
}

// Validate is called by the command line.
func (o Demo) Validate() error {
	if o.Lines < 1 || o.Lines > 1000 {
		return event.Mistake("mistake.lines", "--lines must be from 1 to 1000")
	}
	if o.Loss > maxDemoLoss {
		return event.Mistake("mistake.loss",
			"--loss must be at most {most} here: with more, it may take a member longer to enter than the demonstration waits",
			"most", maxDemoLoss)
	}
	return Network{Loss: o.Loss, Dup: o.Dup, Reorder: o.Reorder}.Validate()
}

// maxDemoLoss is the part of the datagrams with which members enter in time.
const maxDemoLoss = 0.4

// Questions are asked in this order.
func (Demo) Questions() []quiz.Form { return []quiz.Form{quiz.Number, quiz.Number} }

// Run lets two members talk over a bad network: first on the plain wire, then on mtp's.
func (o Demo) Run(s *stage.Stage) {
	s.TitleAs("demo.title", "chat demo: a bad network, and what acknowledgements are for")
	o.act(s)
}

// act is the demonstration. Room and members are programs of their own, two processes each; on its
// way out each lets a bad network have its datagrams.
func (o Demo) act(s *stage.Stage) {
	asked := func(part float64) string { return strconv.FormatFloat(100*part, 'f', -1, 64) }
	s.Room(10 * stage.Threads)
	heard := s.AskNumber("heard",
		"ann says {lines} lines, and bob listens. Each goes from ann to the room in one datagram, and from the room to bob in another. On each way {loss} % of the datagrams are lost. How many of the lines will bob hear on the plain wire?",
		"lines", o.Lines, "loss", asked(o.Loss))
	s.Step("demo.plain",
		"A room, ann and bob: three programs of two processes each. The network between them loses {loss} % of all datagrams, doubles {dup} % and holds {reorder} % back. On the plain wire ann says {lines} lines.",
		"loss", asked(o.Loss), "dup", asked(o.Dup), "reorder", asked(o.Reorder),
		"lines", o.Lines)
	plain := o.perform(s, "--plain")
	plain.show(s)
	heard.About(float64(o.Lines-plain.lost), 0.2, plain.bob.Stdout())
	s.So("demo.unnoticed",
		"Nobody has noticed: ann's sendto returned success for each line. UDP promises nothing else.")

	missing := s.AskNumber("missing",
		"The same again, on mtp's wire: each line has a number, and is sent again until its acknowledgement has come. The acknowledgements are lost as well. How many of the {lines} lines will be missing?",
		"lines", o.Lines)
	s.Step("demo.mtp",
		"The same network, and mtp's wire: lines are numbered, acknowledged, and sent again.")
	reliable := o.perform(s)
	reliable.show(s)
	missing.Is(reliable.lost, reliable.bob.Stdout())
	s.See("demo.repeats", reliable.room.Stdout(),
		"For that the room has sent {repeats} datagrams once more.", "repeats", reliable.repeats)
	s.So("demo.numbers",
		"A line whose acknowledgement does not come is sent again, so none is lost. A number that has come before is dropped, so none is doubled. One that comes too early waits for those before it, so all are in order. TCP does the same.")
	s.Try("demo.try", "mtp chat serve --wire --loss "+strconv.FormatFloat(o.Loss, 'g', -1, 64),
		"See each datagram, acknowledgement and repeat of such a room:")
}

// outcome is what bob has heard of what ann has said.
type outcome struct {
	room, bob                     *actor
	said                          int
	heard, lost, doubled, swapped int
	repeats                       int // of the room
}

func (o *outcome) count(texts []string) {
	times, highest := map[int]int{}, 0
	for _, text := range texts {
		n, err := strconv.Atoi(text)
		if err != nil {
			continue
		}
		if times[n]++; n < highest && times[n] == 1 {
			o.swapped++
		}
		highest = max(highest, n)
	}
	o.heard = len(times)
	o.lost = o.said - o.heard
	for _, n := range times {
		if n > 1 {
			o.doubled++
		}
	}
}

func (o *outcome) show(s *stage.Stage) {
	table := s.Table("demo.counts", "said", "ann said", "heard", "bob heard", "lost", "lost",
		"doubled", "doubled", "swapped", "out of order")
	table.Row(o.said, o.heard, o.lost, o.doubled, o.swapped)
	table.From(o.bob.Stdout())
	table.Show()
}

// actor is a program in the demonstration.
type actor struct {
	*stage.Child
	typed  *os.File
	events chan deed
}

// deed is one of its events.
type deed struct {
	Name   string
	Fields struct {
		Listen, Who, Text string
		Repeats           int
	}
}

// saysLine reports whether somebody has heard ann say a line.
func (d deed) saysLine(n int) bool {
	return d.Name == "join.heard" && d.Fields.Who == "ann" && d.Fields.Text == strconv.Itoa(n)
}

// lastLine is how long the last line is waited for.
const lastLine = 10 * time.Second

// start starts mtp chat with these arguments.
func (o Demo) start(s *stage.Stage, seed uint64, arguments ...string) *actor {
	bad := []string{
		fmt.Sprint("--loss=", o.Loss), fmt.Sprint("--dup=", o.Dup),
		fmt.Sprint("--reorder=", o.Reorder), fmt.Sprint("--seed=", o.Seed+seed), "--json",
	}
	a := &actor{events: make(chan deed, 16)}
	a.Child = s.Program(program(s), append(append([]string{"chat"}, arguments...), bad...)...)
	read, write := s.Pipe()
	a.Cmd.Stdin, a.typed = read, write
	a.Listen()
	a.Start()
	read.Close()
	go func() {
		defer close(a.events)
		for lines := bufio.NewScanner(a.Output()); lines.Scan(); {
			var d deed
			if json.Unmarshal(lines.Bytes(), &d) == nil {
				a.events <- d
			}
		}
	}()
	return a
}

// await waits for one of its events.
func (a *actor) await(s *stage.Stage, name string) (d deed) {
	for {
		select {
		case <-s.Context().Done():
			s.Check()
		case d, more := <-a.events:
			if !more {
				s.Fail("demo.ended",
					"{pid} has ended too early: on this network it could not do its part. Ask for less --loss, --dup or --reorder",
					"pid", a.PID, "event", name)
			}
			if d.Name == name {
				return d
			}
		}
	}
}

// end waits until it has ended, and returns what it has done until then.
func (a *actor) end(s *stage.Stage) (deeds []deed) {
	for {
		select {
		case <-s.Context().Done():
			s.Check()
		case d, more := <-a.events:
			if !more {
				_ = a.Cmd.Wait()
				return deeds
			}
			deeds = append(deeds, d)
		}
	}
}

// perform lets ann say lines, one after the other, and bob listen.
func (o Demo) perform(s *stage.Stage, wire ...string) (out outcome) {
	out.said = o.Lines
	out.room = o.start(s, 0, "serve", "--quiet", "--listen=127.0.0.1:0", "--rate=1000000")
	server := "--server=" + out.room.await(s, "serve.who").Fields.Listen
	flags := append([]string{"join", "--name=ann", "--rate=1000000", server}, wire...)
	ann := o.start(s, 1, flags...)
	ann.await(s, "join.entered")
	out.bob = o.start(s, 2, append([]string{"join", "--name=bob", server}, wire...)...)
	out.bob.await(s, "join.entered")
	var once sync.Once // on the plain wire the line may come twice
	gathered, last := make(chan []deed, 1), make(chan struct{})
	go func() {
		var deeds []deed
		for d := range out.bob.events {
			if deeds = append(deeds, d); d.saysLine(o.Lines) {
				once.Do(func() { close(last) })
			}
		}
		gathered <- deeds
	}()
	for n := range o.Lines {
		_, err := fmt.Fprintln(ann.typed, n+1)
		s.Mustf(err, "write to ann")
		ann.await(s, "join.own")
	}
	ann.typed.Close() // so ann leaves, when all that it has said is acknowledged
	ann.end(s)
	if len(wire) == 0 { // on the plain wire nobody knows whether it will come
		select {
		case <-s.Context().Done():
			s.Check()
		case <-last:
		case <-time.After(lastLine):
		}
	}
	_, err := fmt.Fprintln(out.bob.typed, wordQuit)
	s.Mustf(err, "write to bob")
	var texts []string
	select {
	case <-s.Context().Done():
		s.Check()
	case deeds := <-gathered:
		for _, d := range deeds {
			if d.Name == "join.heard" && d.Fields.Who == "ann" {
				texts = append(texts, d.Fields.Text)
			}
		}
	}
	_ = out.bob.Cmd.Wait()
	out.count(texts)
	s.Mustf(out.room.Cmd.Process.Signal(syscall.SIGTERM), "end the room")
	for _, d := range out.room.end(s) {
		if d.Name == "serve.repeats" {
			out.repeats = d.Fields.Repeats
		}
	}
	return out
}
