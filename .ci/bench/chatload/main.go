//go:build linux

// Chatload measures a chat server: one member speaks, and all others listen. It prints how many
// lines were delivered, how many were lost, how many were delivered each second, and the CPU time
// that the server used for each. On the mtp wire it also prints how much memory the server has
// taken for each member, in KiB; with -loss it prints how long lines take on a bad network.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func main() {
	members := flag.Int("members", 10, "how many there are in the room")
	lines := flag.Int("lines", 20_000, "how many datagrams to have delivered, about")
	window := flag.Int("window", 64, "how many lines are said at once; at most two such windows are on their way")
	most := flag.Duration("most", 20*time.Second, "how long at most")
	addr := flag.String("addr", "127.0.0.1:18888", "where the server listens")
	mtp := flag.Bool("mtp", false, "speak the mtp wire")
	loss := flag.Float64("loss", 0, "the part of the members' datagrams to lose; all members speak then")
	flag.Parse()
	run := func(server int) error {
		switch {
		case *loss > 0:
			return runLoss(*members, *lines, *loss, *addr)
		case *mtp:
			return runPeers(*members, *lines, *window, *most, *addr, server)
		}
		return runPlain(*members, *lines, *window, *most, *addr, server)
	}
	if err := serve(*members, run, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "chatload:", err)
		os.Exit(1)
	}
}

// serve starts the server, and has it measured.
func serve(members int, measure func(server int) error, server []string) error {
	if members < 2 || len(server) == 0 {
		return errors.New("usage: chatload [flags] COMMAND [ARGUMENT...]")
	}
	command := exec.Command(server[0], server[1:]...)
	stdin, err := command.StdinPipe() // it stays open: a room may end with its console
	if err != nil {
		return err
	}
	defer stdin.Close()
	if err := command.Start(); err != nil {
		return err
	}
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}()
	return measure(command.Process.Pid)
}

func runPlain(members, lines, window int, most time.Duration, addr string, server int) (err error) {
	sockets := make([]*socket, members)
	for i := range sockets {
		if sockets[i], err = enter(addr, fmt.Sprintf("m%d", i)); err != nil {
			return err
		}
	}
	time.Sleep(200 * time.Millisecond) // the notices of those who entered
	for _, s := range sockets {
		s.read()
		s.heard = 0
	}
	rounds := max(lines/(members-1)/window, 1)
	before, err := cpu(server)
	if err != nil {
		return err
	}
	begun := time.Now()
	sent, spoken := 0, []byte("C m0 "+line)
	for range rounds {
		for range window {
			if _, err := unix.Write(sockets[0].fd, spoken); err != nil {
				return err
			}
		}
		sent += window
		// While the server works on this window, what is left of the one before is read.
		for _, s := range sockets[1:] {
			s.read()
		}
		for _, s := range sockets[max(1, members-2):] { // who is served last
			for deadline := time.Now().Add(time.Second); s.heard < sent-window && time.Now().Before(deadline); s.read() {
				s.wait()
			}
		}
		if time.Since(begun) > most {
			break
		}
	}
	for _, s := range sockets[1:] {
		for deadline := time.Now().Add(500 * time.Millisecond); s.heard < sent && time.Now().Before(deadline); s.read() {
			s.wait()
		}
	}
	took := time.Since(begun)
	after, err := cpu(server)
	if err != nil {
		return err
	}
	delivered := 0
	for _, s := range sockets[1:] {
		delivered += s.heard
	}
	fmt.Printf("%d %d %.0f %.2f\n", delivered, sent*(members-1)-delivered, float64(delivered)/took.Seconds(), (after-before).Seconds()*1e6/float64(delivered))
	return nil
}

const line = "a line of a usual length, as people type them"

// socket is a member's. It is not with Go's poller, which would wake up for each datagram.
type socket struct {
	fd    int
	heard int
}

// enter enters the room; the server may still be starting.
func enter(addr, name string) (*socket, error) {
	s, err := dial(addr)
	if err != nil {
		return nil, err
	}
	for range 100 {
		_, _ = unix.Write(s.fd, []byte("L "+name))
		s.wait()
		answer := make([]byte, 1024)
		if n, err := unix.Read(s.fd, answer); err == nil && string(answer[:n]) == "OK" {
			return s, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, fmt.Errorf("%s can't enter at %s", name, addr)
}

// dial opens a member's socket.
func dial(addr string) (*socket, error) {
	to, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	s := &socket{fd: fd}
	if err := unix.Connect(s.fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}); err != nil {
		return nil, err
	}
	if unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 4<<20) != nil { // needs CAP_NET_ADMIN
		_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20)
	}
	return s, nil
}

func (s *socket) wait() { _, _ = unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}, 20) }

// batch is how many datagrams are read by one system call.
const batch = 64

var headers [batch]struct {
	header unix.Msghdr
	length uint32
	_      uint32
}

// read takes what is there. A line is known by its length, so that the generator's share of the
// machine is small.
func (s *socket) read() {
	for {
		n := receive(s.fd)
		for _, h := range headers[:n] {
			if h.length == uint32(len("m0:"+line)) {
				s.heard++
			}
		}
		if n < batch {
			return
		}
	}
}

// receive takes up to a batch of datagrams that are there.
func receive(fd int) int {
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&headers)), batch, unix.MSG_DONTWAIT|unix.MSG_TRUNC, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// cpu is the CPU time of a process and its children.
func cpu(pid int) (sum time.Duration, err error) {
	pids := []string{strconv.Itoa(pid)}
	if out, err := exec.Command("ps", "-o", "pid=", "--ppid", pids[0]).Output(); err == nil {
		pids = append(pids, strings.Fields(string(out))...)
	}
	for _, pid := range pids {
		threads, err := filepath.Glob("/proc/" + pid + "/task/*/schedstat")
		if err != nil {
			return 0, err
		}
		for _, thread := range threads {
			text, err := os.ReadFile(thread)
			if err != nil {
				return 0, err
			}
			running, _, _ := strings.Cut(string(text), " ") // in nanoseconds
			n, err := strconv.ParseInt(running, 10, 64)
			if err != nil {
				return 0, err
			}
			sum += time.Duration(n)
		}
	}
	return sum, nil
}
