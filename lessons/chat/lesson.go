package chat

import (
	"embed"

	"mtp/lessons/chat/conformance"
	"mtp/lessons/kit/stage"
)

//go:embed chat.go join.go member.go serve.go host.go admin.go
//go:embed transcript.go commands.go frame.go console.go sender.go
//go:embed await.go narration.go backlog.go backlog_linux.go backlog_other.go pace.go shown.go
//go:embed network.go options.go lookup.go reasons.go reliable.go showwire.go secret.go demo.go
//go:embed socket_linux.go socket_darwin.go socket_other.go
//go:embed system_unix.go system_windows.go inherit_unix.go invite.go inherit_windows.go
//go:embed open.go open_linux.go open_other.go
//go:embed room/room.go room/members.go room/wire.go room/name.go
//go:embed room/peer.go room/log.go room/sealed.go room/claim.go room/bucket.go
//go:embed wire/wire.go reliable/sender.go reliable/receiver.go session/session.go
//go:embed cookie/cookie.go seal/seal.go seal/window.go journal/journal.go
//go:embed line/editor.go line/key.go line/names.go line/typed.go line/width.go
//go:embed visible/visible.go
//go:embed c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "chat",
		Help:    "Talk over UDP, with two processes on each side: one for the keyboard, one for the socket.",
		Example: "mtp chat serve",
		Gist:    "the keyboard blocks and the socket blocks, so each side is two processes, which share a socket or a pipe.",
		Options: &Options{},
		Rules: map[string]string{
			"heard":   "A line has to come through twice: of those that the room gets, some are lost again. So it hears the part that is not lost, times the same part again, about.",
			"missing": "What is not acknowledged is sent again until it is; that the acknowledgements are lost, too, makes repeats, and no gaps.",
		},
		Roles:   roles(),
		Chinese: chinese,
		Tour:    nil,
		Invite:  invite,
		Checks:  conformance.Checks(),
		Source:  source,
		Story: []string{
			"chat.go", "join.go", "inherit_unix.go", "inherit_windows.go", "serve.go", "admin.go",
			"open.go", "open_linux.go", "lookup.go",
		},
		Taught: []string{"ListenUDP", "func admin(", "func receiver("},
	}
}
