package chat

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"syscall"
	"time"

	"mtp/lessons/kit/stage"
)

// invite opens a room, in the tour, and invites the reader to enter it from another terminal. The
// lesson counts as done when something that was said there has come.
func invite(s *stage.Stage) {
	showLookups(s)
	s.Step("invite",
		"A chat room. mtp starts one now; you enter it as a member, from another terminal.")
	room := s.Program(program(s), "chat", "serve", "--json", "--listen=127.0.0.1:0")
	room.Listen()
	room.Start()

	said := bufio.NewScanner(room.Output())
	opened, is := await(said, "serve.who")
	if !is {
		s.Fail("invite.closed", "the room, process {pid}, has ended too early", "pid", room.PID)
	}
	s.Try("invite.join", "mtp chat join --server "+opened.Listen, "Type in another terminal:")
	s.Say("invite.chatted",
		"Say something there. (A third terminal makes it a conversation.) Enter here goes on without.")
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	var heard told
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if spoke, is := await(said, "serve.spoke"); is {
			heard = spoke
			cancel()
		}
		await(said, "") // until the room has ended
	}()
	defer func() {
		// No interrupt: what was started in the background of a script ignores that, and so do its
		// children.
		if room.Cmd.Process.Signal(syscall.SIGTERM) != nil {
			return
		}
		defer time.AfterFunc(roomEndsWithin, func() { _ = room.Cmd.Process.Kill() }).Stop()
		<-ended // then its members have been told
		_ = room.Cmd.Wait()
	}()
	if !s.PromptOr(ctx) {
		s.Say("invite.unheard",
			"Nothing was said in the room yet, so this lesson does not count as done.")
		s.LeaveUndone()
		return
	}
	s.See("invite.heard", room.Stdout(), "{name} said in the room: {text}",
		"name", heard.Name, "text", heard.Text)
	s.Say("invite.look",
		"Look at the two processes of each side with ps, and leave with quit. The room ends with this lesson; mtp chat serve starts one that stays.")
	s.Pause()
}

// roomEndsWithin is how long a room may take to tell its members, until it is killed.
const roomEndsWithin = 10 * time.Second

// program is this program's file.
func program(s *stage.Stage) string {
	path, err := os.Executable()
	s.Mustf(err, "find mtp's own file")
	return path
}

// told is what the room says in its events.
type told struct{ Listen, Name, Text string }

// await reads the room's events up to one of this name.
func await(events *bufio.Scanner, name string) (fields told, is bool) {
	for events.Scan() {
		var event struct {
			Name   string
			Fields told
		}
		if json.Unmarshal(events.Bytes(), &event) == nil && event.Name == name {
			return event.Fields, true
		}
	}
	return told{}, false
}
