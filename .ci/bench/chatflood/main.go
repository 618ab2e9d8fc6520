//go:build linux

// Chatflood attacks a chat server while two members talk. It prints how many datagrams the attacker
// has sent, how many of the members' lines were heard, whether somebody can still enter afterwards,
// and how much memory the server has taken at most, in KiB.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"
)

// floods send a datagram each time, from the attacker's sockets.
var floods = map[string]func(sockets []net.Conn, n int) error{
	// The same one enters and leaves.
	"cycles": func(sockets []net.Conn, n int) error {
		return say(sockets[0], []string{"L eve", "Q eve"}[n%2])
	},
	"again": func(sockets []net.Conn, _ int) error { return say(sockets[0], "L eve") },
	// As many as there are sockets enter, and stay.
	"seats": func(sockets []net.Conn, n int) error {
		return say(sockets[n%len(sockets)], fmt.Sprintf("L eve%d", n%len(sockets)))
	},
	"garbage": func(sockets []net.Conn, n int) error { return say(sockets[n%len(sockets)], "\xff\xfe") },
	"strangers": func(sockets []net.Conn, n int) error {
		return say(sockets[n%len(sockets)], "C amy I am amy")
	},
	// Fifty members talk as fast as they can.
	"talk": func(sockets []net.Conn, n int) error {
		const members = 50
		if n < members {
			return say(sockets[n], fmt.Sprintf("L eve%d", n))
		}
		return say(sockets[n%members], fmt.Sprintf("C eve%d a line of a usual length, number %d", n%members, n))
	},
	"cookies": func(sockets []net.Conn, n int) error {
		const asks = "L eve mtp/1 %016d %0200d"
		return say(sockets[n%len(sockets)], fmt.Sprintf(asks, n, 0))
	},
}

func say(to net.Conn, datagram string) error {
	_, err := to.Write([]byte(datagram))
	return err
}

func main() {
	flood := flag.String("flood", "cycles", "what the attacker does")
	last := flag.Duration("for", 10*time.Second, "how long")
	addr := flag.String("addr", "127.0.0.1:18888", "where the server listens")
	flag.Parse()
	if err := run(*flood, *last, *addr, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "chatflood:", err)
		os.Exit(1)
	}
}

func run(flood string, last time.Duration, addr string, server []string) error {
	attack := floods[flood]
	if attack == nil || len(server) == 0 {
		return errors.New("usage: chatflood [flags] COMMAND [ARGUMENT...]")
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
	amy, err := enter(addr, "amy")
	if err != nil {
		return err
	}
	bob, err := enter(addr, "bob")
	if err != nil {
		return err
	}
	heard := make(chan int)
	go hear(bob, heard)
	over := time.After(last)
	sent := make(chan int)
	stop := make(chan struct{})
	go func() {
		sent <- keepOn(attack, addr, stop)
	}()
	said := 0
	for talk := time.NewTicker(50 * time.Millisecond); ; said++ { // 20 a second
		select {
		case <-talk.C:
			if err := say(amy, fmt.Sprintf("C amy line %d", said)); err != nil {
				return err
			}
			continue
		case <-over:
		}
		break
	}
	close(stop)
	datagrams := <-sent
	time.Sleep(500 * time.Millisecond)
	_ = bob.SetReadDeadline(time.Now())
	got := <-heard
	after := "enters"
	if _, err := enter(addr, "carl"); err != nil {
		after = "does not enter"
	}
	fmt.Printf("%-10s %9d datagrams, %4d of %4d lines heard, a newcomer %s, %s\n",
		flood, datagrams, got, said, after, peak(command.Process.Pid))
	return nil
}

// keepOn attacks until it is to stop.
func keepOn(attack func([]net.Conn, int) error, addr string, stop <-chan struct{}) (sent int) {
	sockets := make([]net.Conn, 1200)
	for i := range sockets {
		conn, err := net.Dial("udp", addr)
		if err != nil {
			fmt.Fprintln(os.Stderr, "chatflood:", err)
			return 0
		}
		defer conn.Close()
		sockets[i] = conn
	}
	for ; ; sent++ {
		select {
		case <-stop:
			return sent
		default:
			_ = attack(sockets, sent)
		}
	}
}

// hear counts amy's lines.
func hear(conn net.Conn, heard chan<- int) {
	count := 0
	for datagram := make([]byte, 1024); ; {
		n, err := conn.Read(datagram)
		if err != nil {
			heard <- count
			return
		}
		if strings.HasPrefix(string(datagram[:n]), "amy:line") {
			count++
		}
	}
}

// enter enters the room; the server may still be starting.
func enter(addr, name string) (net.Conn, error) {
	conn, err := net.Dial("udp", addr)
	if err != nil {
		return nil, err
	}
	_ = conn.(*net.UDPConn).SetReadBuffer(4 << 20)
	for range 100 {
		_ = say(conn, "L "+name)
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		answer := make([]byte, 1024)
		if n, err := conn.Read(answer); err == nil && string(answer[:n]) == "OK" {
			_ = conn.SetReadDeadline(time.Time{})
			return conn, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, fmt.Errorf("%s can't enter at %s", name, addr)
}

// peak is the most memory that a process has taken (proc_pid_status(5)).
func peak(pid int) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return err.Error()
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib, _, _ := strings.Cut(after, "kB")
	return "at most" + " " + strings.TrimSpace(kib) + " KiB"
}
