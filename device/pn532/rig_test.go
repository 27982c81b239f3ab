package pn532_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"smartbox"
	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/pn532"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

var (
	short = []byte{0x04, 0xA2, 0x24, 0xB2}
	seven = []byte{0x04, 0xA2, 0x24, 0xB2, 0xC3, 0x5D, 0x80}
	ten   = []byte{0x04, 1, 2, 3, 4, 5, 6, 7, 8, 9}
)

// rig is a reader that runs over a model.
type rig struct {
	chip   *chips.PN532
	bus    *chips.Bus
	mu     sync.Mutex
	events []device.Event
}

// start runs a reader in the bubble until the test ends, and waits until it is set up.
func start(t *testing.T, line string) *rig {
	r := &rig{chip: chips.NewPN532(), bus: &chips.Bus{}}
	r.bus.Add(pn532.Addr, r.chip)
	var tr pn532.Transport = pn532.NewI2C(r.bus, pn532.Addr)
	if line == "uart" {
		tr = pn532.NewUART(r.chip.Serial())
	}
	r.run(t, tr)
	return r
}

func (r *rig) run(t *testing.T, tr pn532.Transport) {
	reader, err := pn532.New(tr, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- reader.Run(ctx, r.hear) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		_ = reader.Halt() // the line may be broken by now
	})
	r.wait(500 * time.Millisecond)
}

func (r *rig) hear(e device.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// wait lets fake time pass and everything settle.
func (r *rig) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// take returns what happened since the last time, in words.
func (r *rig) take() (words []string) {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		switch e := e.(type) {
		case device.Tapped:
			words = append(words, "tap "+string(e.Badge))
		case device.MisRead:
			words = append(words, "misread")
		case device.Health:
			switch {
			case e.Part != smartbox.PartReader:
				words = append(words, "wrong part")
			case errors.Is(e.Err, device.ErrDead):
				words = append(words, "dead")
			case e.Err == nil && e.After > 0:
				words = append(words, "back")
			}
		default:
			words = append(words, fmt.Sprintf("%T", e))
		}
	}
	r.events = nil
	return words
}

func (r *rig) expect(t *testing.T, what string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, r.take()); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
}

// both runs a test on either line, in a bubble of its own.
func both(t *testing.T, f func(t *testing.T, r *rig)) {
	for _, line := range []string{"uart", "i2c"} {
		t.Run(line, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, start(t, line)) })
		})
	}
}
