package daemon_test

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smartbox"
	"smartbox/cmd/smartboxd/daemon"
)

// The service manager hears that the box is ready, again and again that it lives, and that it stops.
func TestServiceManager(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	words := make(chan string, 64)
	go func() {
		defer close(words)
		b := make([]byte, 4096)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			words <- string(b[:n])
		}
	}()
	next := func() string {
		select {
		case w := <-words:
			return w
		case <-time.After(20 * time.Second):
			t.Fatal("the service manager hears nothing")
			return ""
		}
	}
	h := newHouse(t)
	h.deps.Notify = daemon.Notifier{Socket: socket, Interval: 20 * time.Millisecond}
	h.start()
	if got := next(); !strings.HasPrefix(got, "READY=1\nSTATUS=box house, no snapshot yet") {
		t.Errorf("first word: %q", got)
	}
	for range 3 {
		if got := next(); !strings.HasPrefix(got, "WATCHDOG=1\nSTATUS=") {
			t.Errorf("while it lives: %q", got)
		}
	}
	h.end()
	for {
		got := next()
		if got == "STOPPING=1" {
			break
		}
		if !strings.HasPrefix(got, "WATCHDOG=1") {
			t.Fatalf("before the end: %q", got)
		}
	}
	h.start()
	for got := next(); !strings.HasPrefix(got, "READY=1"); got = next() {
		if !strings.HasPrefix(got, "WATCHDOG=1") {
			t.Fatalf("a second start says %q", got)
		}
	}
	h.end()
	h.do(c.Close())
}

// What is on record of a run begins with Started and ends with Stopped.
func TestStartedStopped(t *testing.T) {
	h := newHouse(t)
	h.start()
	first := h.wait(smartbox.Started)
	h.end()
	h.start()
	h.wait(smartbox.Started)
	stopped := h.wait(smartbox.Stopped)
	second := h.wait(smartbox.Started)
	if stopped.Boot != first.Boot || second.Boot == first.Boot {
		t.Errorf("boots: started %s, stopped %s, started %s", first.Boot, stopped.Boot, second.Boot)
	}
}
