package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/terminal"
)

// Narrator says what happens, from any goroutine. After an interruption it is silent: what is
// observed while a lesson is being torn down is not what it teaches.
type Narrator struct {
	event.Voice
	ctx      context.Context
	terminal *terminal.Terminal
	failed   func(error)       // hears that the output can't be written
	seen     func(event.Event) // hears of all evidence; nil: nobody does

	mu     sync.Mutex
	record bool
	said   []event.Event
}

// Say explains.
func (n *Narrator) Say(name, text string, fields ...any) {
	n.tell(n.Make(event.Say, name, nil, text, fields...))
}

// See shows evidence. What the fact itself knows need not be given for the sentence's holes.
func (n *Narrator) See(name string, fact event.Fact, text string, fields ...any) {
	n.tell(n.Make(event.See, name, fact, text, fields...))
}

// Warn says what is not as the lesson would have it.
func (n *Narrator) Warn(name, text string, fields ...any) {
	n.tell(n.Make(event.Warn, name, nil, text, fields...))
}

// Last says how far it came; it speaks also after an interruption.
func (n *Narrator) Last(name, text string, fields ...any) {
	n.show(n.Make(event.Warn, name, nil, text, fields...))
}

// Begin tells programs what begins: which version, on which system, with which flags.
func (n *Narrator) Begin(version, system string, flags []string) {
	n.show(n.Make(event.Begin, "begin", nil, "",
		"version", version, "system", system, "flags", flags))
}

// End tells programs how it came out.
func (n *Narrator) End(outcome string, exitCode int) {
	n.show(n.Make(event.End, "end", nil, "", "outcome", outcome, "exit_code", exitCode))
}

// maxPIDs is how many processes a sentence names one by one; programs get all.
const maxPIDs = 8

// cleanedUp says which processes had to be ended on the way out. It speaks also after an
// interruption.
func (n *Narrator) cleanedUp(pids []int) {
	if len(pids) == 0 {
		return
	}
	list := strings.Trim(fmt.Sprint(pids[:min(len(pids), maxPIDs)]), "[]")
	if more := len(pids) - maxPIDs; more > 0 {
		list += fmt.Sprintf(" … +%d", more)
	}
	n.show(n.Make(event.Cleanup, "cleanup", nil, "Cleaned up: {list}.", "list", list, "pids", pids))
}

func (n *Narrator) tell(e event.Event) {
	if n.ctx.Err() == nil {
		n.show(e)
	}
}

func (n *Narrator) show(e event.Event) {
	if n.record {
		n.mu.Lock()
		n.said = append(n.said, e)
		n.mu.Unlock()
	}
	if err := n.terminal.Show(e); err != nil {
		n.failed(err)
	}
	if e.Kind == event.See && n.seen != nil {
		n.seen(e)
	}
}

// Said is what was said so far, if it is recorded.
func (n *Narrator) Said() []event.Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.said)
}
