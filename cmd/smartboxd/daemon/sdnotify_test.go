package daemon

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// manager is a service manager that listens.
func manager(t *testing.T) (socket string, next func() string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return socket, func() string {
		t.Helper()
		b := make([]byte, 4096)
		if err := c.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(b)
		if err != nil {
			t.Fatalf("the service manager waits for a word: %v", err)
		}
		return string(b[:n])
	}
}

func TestTell(t *testing.T) {
	socket, next := manager(t)
	if err := (Notifier{Socket: socket}).Tell(notifyReady); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "READY=1" {
		t.Errorf("%q", got)
	}
	if err := (Notifier{}).Tell(notifyReady); err != nil {
		t.Errorf("without a service manager: %v", err)
	}
	if err := (Notifier{Socket: filepath.Join(t.TempDir(), "gone")}).Tell(notifyReady); err == nil {
		t.Error("a socket that is gone gives no error")
	}
}

func TestNotifierFrom(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	for _, c := range []struct {
		env  map[string]string
		want Notifier
	}{
		{nil, Notifier{}},
		{map[string]string{"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "20000000"}, Notifier{"/run/n", 10 * time.Second}},
		{map[string]string{"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": self}, Notifier{"@n", time.Second}},
		{map[string]string{"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}, Notifier{"@n", 0}},
		{map[string]string{"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "soon"}, Notifier{"@n", 0}},
	} {
		if got := NotifierFrom(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: %v, want %v", c.env, got, c.want)
		}
	}
}
