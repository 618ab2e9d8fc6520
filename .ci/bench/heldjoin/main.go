//go:build linux

// Heldjoin plays a hostile room: it lets a member in and sends it a million datagrams, as fast as
// they are read. It prints how much memory both of the member's processes had before, and at most.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/creack/pty"

	"mtp/lessons/chat/wire"
)

func main() {
	count := flag.Int("datagrams", 1_000_000, "how many to send")
	out := flag.String("out", "pipe", "what the member writes to: terminal, pipe, json or unread")
	mtp := flag.Bool("mtp", false, "speak the mtp wire")
	flag.Parse()
	if err := run(*out, *mtp, *count, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "heldjoin:", err)
		os.Exit(1)
	}
}

func run(out string, mtp bool, count int, command []string) error {
	if len(command) == 0 {
		return errors.New("usage: heldjoin [flags] MTP")
	}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	defer conn.Close()
	join := exec.Command(command[0], append(command[1:], "chat", "join", "--name=ann",
		"--server", conn.LocalAddr().String())...)
	if out == "json" {
		join.Args = append(join.Args, "--json")
	}
	written, end, err := start(join, out)
	if err != nil {
		return err
	}
	defer end()
	r := &room{UDPConn: conn, pid: join.Process.Pid, next: 1}
	if err := r.admit(mtp); err != nil {
		return err
	}
	time.Sleep(time.Second)
	before, err := r.memory()
	if err != nil {
		return err
	}
	begun := time.Now()
	most, err := r.flood(count)
	if err != nil {
		return err
	}
	kind := map[bool]string{true: "mtp", false: "plain"}[mtp]
	fmt.Printf("join %-5s %-8s %d datagrams in %4.1f s; KiB before: %d %d; at most: %d %d; written: %d KiB\n",
		kind, out, count, time.Since(begun).Seconds(), before[0], before[1], most[0], most[1],
		written()>>10)
	return nil
}

// start starts the member, and returns how much it has written.
func start(join *exec.Cmd, out string) (written func() int64, end func(), err error) {
	join.Stderr = os.Stderr
	var from io.ReadCloser
	stdin := io.Closer(io.NopCloser(nil))
	if out == "terminal" {
		from, err = pty.StartWithSize(join, &pty.Winsize{Rows: 24, Cols: 80})
	} else {
		stdin, err = join.StdinPipe() // it stays open
		if err == nil {
			from, err = join.StdoutPipe()
		}
		err = errors.Join(err, join.Start())
	}
	if err != nil {
		return nil, nil, err
	}
	counted := &counter{}
	if out != "unread" {
		go func() { _, _ = io.Copy(counted, from) }()
	}
	return func() int64 { return counted.n }, func() {
		_ = join.Process.Kill()
		stdin.Close()
		_ = join.Wait()
		from.Close()
	}, nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// room is where the member is.
type room struct {
	*net.UDPConn
	pid    int
	member *net.UDPAddr
	id     wire.ID
	next   uint64 // line, on the mtp wire
	heard  []byte
}

// admit lets the member in.
func (r *room) admit(mtp bool) error {
	buffer := make([]byte, 2048)
	_ = r.SetReadDeadline(time.Now().Add(20 * time.Second))
	n, from, err := r.ReadFromUDP(buffer)
	if err != nil {
		return err
	}
	r.member = from
	answer := []byte("OK")
	if mtp {
		asked, ok := wire.Parse(buffer[:n])
		if !ok {
			return fmt.Errorf("it asks %q", buffer[:n])
		}
		r.id[0] = 1
		answer = wire.AppendWelcome(nil, wire.Datagram{
			Version: wire.Version, Nonce: asked.Nonce, Session: r.id, Log: wire.Log{1}, Next: 1,
		})
	}
	_, err = r.WriteToUDP(answer, from)
	_ = r.SetReadDeadline(time.Time{})
	go func() { // what the member says is of no interest
		for {
			if _, _, err := r.ReadFromUDP(buffer); err != nil {
				return
			}
		}
	}()
	return err
}

// flood sends datagrams of all kinds, and returns the most memory that was seen.
func (r *room) flood(count int) (most [2]int, err error) {
	for n := range count {
		_, _ = r.WriteToUDP(r.datagram(n), r.member)
		if n%500 == 0 {
			r.wait()
		}
		if n%20_000 == 0 || n == count-1 {
			now, err := r.memory()
			if err != nil {
				return most, err
			}
			most[0], most[1] = max(most[0], now[0]), max(most[1], now[1])
		}
	}
	return most, nil
}

func (r *room) datagram(n int) []byte {
	text := strings.Repeat("x", n%300)
	switch {
	case r.id != wire.ID{} && n%2 == 0:
		r.next++
		return fmt.Appendf(wire.AppendLines(nil, wire.Down, r.id, r.next-1, nil, 0), "n%d:%s", n, text)
	case n%8 == 1:
		return fmt.Appendf(nil, "\n欢迎n%d加入群聊", n)
	case n%8 == 3:
		return fmt.Appendf(nil, "\n%s", text)
	case n%8 == 5:
		return fmt.Appendf(nil, "\xff%s", text)
	case n%8 == 7:
		return []byte("OK")
	}
	return fmt.Appendf(nil, "n%d:%s", n, text)
}

// wait waits until the member has read some of what was sent, for a moment at most.
func (r *room) wait() {
	local := fmt.Sprintf(":%04X 0100007F:%04X ", r.member.Port, r.LocalAddr().(*net.UDPAddr).Port)
	for range 20 {
		list, _ := os.ReadFile("/proc/net/udp")
		_, after, _ := bytes.Cut(list, []byte(local))
		var state, sent, unread int
		_, _ = fmt.Sscanf(string(after), "%x %x:%x", &state, &sent, &unread)
		if unread < 1<<20 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// memory is the RSS of the sender and of the receiver, in KiB.
func (r *room) memory() (kib [2]int, err error) {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", r.pid))
	if err != nil {
		return kib, err
	}
	child := 0
	_, _ = fmt.Sscan(string(children), &child)
	for i, pid := range []int{r.pid, child} {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return kib, err
		}
		_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
		_, _ = fmt.Sscan(string(after), &kib[i])
	}
	return kib, nil
}
