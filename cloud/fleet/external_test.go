package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/go-cmp/cmp"

	"smartbox/cloud/fleet"
)

// mosquitto runs one of its own on a free port, with a password for the cloud and anonymous boxes.
func mosquitto(t *testing.T) (addr string, restart func()) {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	if err != nil {
		if os.Getenv("SMARTBOX_SKIPS") == "forbidden" {
			t.Fatal("mosquitto is not installed: run `make deps`")
		}
		t.Skip("skipped: mosquitto is not installed (make deps installs it)")
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "mosquitto.conf")
	_, port, _ := strings.Cut(addr, ":")
	text := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 64\npersistence false\n"+
		"log_dest none\n", port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var end func()
	begin := func() {
		ctx, cancel := context.WithCancel(context.Background())
		cmd := exec.CommandContext(ctx, path, "-c", conf)
		if err := cmd.Start(); err != nil {
			cancel()
			t.Fatal(err)
		}
		end = func() { cancel(); _ = cmd.Wait() }
		until(t, "mosquitto listens", func() bool {
			c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
			if err != nil {
				return false
			}
			return c.Close() == nil
		})
	}
	begin()
	t.Cleanup(func() { end() })
	return addr, func() { end(); begin() }
}

func (l *light) connectPlain(addr string) error {
	return l.tryConnect(addr, func(o *mqtt.ClientOptions) {
		o.Servers = []*url.URL{{Scheme: "tcp", Host: addr}}
	})
}

// TestMosquitto goes through a day of a box on a broker that is not ours, and kills it in the middle: what it had
// queued is gone, and nothing is lost.
func TestMosquitto(t *testing.T) {
	addr, restart := mosquitto(t)
	w := newWorld(t)
	b, err := fleet.NewExternal(fleet.ExternalOptions{URL: "tcp://cloud:secret@" + addr, Log: testLog(t)})
	w.must(err)
	t.Cleanup(w.startFleet(b))
	l := w.box("Yard")
	l.happen(120)
	w.must(l.connectPlain(addr))
	settle := func(n int) {
		t.Helper()
		again := time.NewTicker(500 * time.Millisecond)
		defer again.Stop()
		until(t, "acknowledged", func() bool {
			select {
			case <-again.C:
				l.hello() // what a box does that hears nothing
			default:
			}
			return l.settled()
		})
		w.inForce(l)
		if d := cmp.Diff(upTo(n), w.inBooks(l)); d != "" {
			t.Error(d)
		}
	}
	settle(120)
	for i := range 10 {
		w.rename(l.id, fmt.Sprint("Yard ", i))
	}
	settle(120)
	l.happen(100)
	l.upload(121)
	restart()
	w.rename(l.id, "After the crash")
	until(t, "connected again", func() bool { return l.connectPlain(addr) == nil })
	settle(220)
}

func TestBrokerURL(t *testing.T) {
	for _, s := range []string{"", "broker:1883", "http://broker", "ssl://", "ssl://user:sec ret@%zz"} {
		if _, err := fleet.NewExternal(fleet.ExternalOptions{URL: s}); !errors.Is(err, fleet.ErrBrokerURL) || strings.Contains(err.Error(), "sec") {
			t.Errorf("%q: %v", s, err)
		}
	}
}
