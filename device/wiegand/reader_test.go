package wiegand_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"smartbox"
	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/wiegand"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

const frame26 = "10000100000110000001110011" // facility 8, card 12345

// rig is a reader that runs over a model.
type rig struct {
	pair  *chips.Wiegand
	mu    sync.Mutex
	words []string
}

func start(t *testing.T, e func(*chips.Wiegand) wiegand.Edges) *rig {
	r := &rig{pair: chips.NewWiegand()}
	reader, err := wiegand.New(e(r.pair), nil)
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
	})
	synctest.Wait()
	return r
}

func (r *rig) hear(e device.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case device.Tapped:
		r.words = append(r.words, string(e.Badge))
	case device.MisRead:
		switch {
		case errors.Is(e.Err, wiegand.ErrParity):
			r.words = append(r.words, "parity")
		case errors.Is(e.Err, wiegand.ErrLength):
			r.words = append(r.words, "length")
		}
	case device.Health:
		switch {
		case e.Part == smartbox.PartReader && errors.Is(e.Err, device.ErrDead):
			r.words = append(r.words, "dead")
		case e.Part == smartbox.PartReader && e.Err == nil && e.After > 0:
			r.words = append(r.words, "back")
		}
	default:
		r.words = append(r.words, fmt.Sprintf("%T", e))
	}
}

func (r *rig) send(bits string, then time.Duration) {
	r.pair.Send(bits)
	time.Sleep(then)
	synctest.Wait()
}

func (r *rig) expect(t *testing.T, what string, want ...string) {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if diff := cmp.Diff(want, r.words); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
	r.words = nil
}

func ordered(p *chips.Wiegand) wiegand.Edges { return p }

func unordered(p *chips.Wiegand) wiegand.Edges { return wiegand.FromPins(p.D0, p.D1) }

func TestReader(t *testing.T) {
	for name, edges := range map[string]func(*chips.Wiegand) wiegand.Edges{"edges": ordered, "pins": unordered} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, edges)
				r.send(frame26, 100*time.Millisecond)
				r.expect(t, "a badge", "w26:8-12345")
				for range 50 { // held: some readers repeat
					r.send(frame26, 400*time.Millisecond)
				}
				r.expect(t, "held")
				r.send(frame26, 2*time.Second)
				r.expect(t, "still held")
				r.send(frame26, 100*time.Millisecond)
				r.expect(t, "again later", "w26:8-12345")
				r.send("0"+frame26[1:], 100*time.Millisecond)
				r.expect(t, "parity", "parity")
				r.send(frame26[:25], 100*time.Millisecond)
				r.expect(t, "a bit lost", "length")
				r.send(frame26[:10], 100*time.Millisecond)
				r.send(frame26[10:], 100*time.Millisecond)
				r.expect(t, "torn in two", "length", "length")
			})
		})
	}
}

func TestGapAndGlitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, ordered)
		r.send(frame26[:9]+"g"+frame26[9:], time.Second)
		r.expect(t, "a glitch is no bit", "w26:8-12345")
		time.Sleep(2 * time.Second)
		r.send(frame26[:13]+strings.Repeat(" ", 8)+frame26[13:], time.Second)
		r.expect(t, "a pause of 18 ms is none", "w26:8-12345")
		time.Sleep(2 * time.Second)
		other := "00000000000000000000000001"
		r.send(frame26+strings.Repeat(" ", 14)+other, time.Second)
		r.expect(t, "two frames that arrive at once", "w26:8-12345", "w26:0-0")
	})
}

func TestLinesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, ordered)
		r.pair.Break(chips.ErrLine)
		time.Sleep(time.Minute)
		r.expect(t, "lines are gone", "dead")
		r.pair.Break(nil)
		time.Sleep(20 * time.Second)
		r.expect(t, "lines are there", "back")
		r.send(frame26, time.Second)
		r.expect(t, "a badge", "w26:8-12345")
	})
	synctest.Test(t, func(t *testing.T) {
		r := start(t, func(p *chips.Wiegand) wiegand.Edges {
			p.D1.Break(true)
			return wiegand.FromPins(p.D0, p.D1)
		})
		time.Sleep(time.Minute)
		r.expect(t, "a pin that cannot be an input", "dead")
		r.pair.D1.Break(false)
		time.Sleep(20 * time.Second)
		r.send(frame26, time.Second)
		r.expect(t, "a badge", "back", "w26:8-12345")
	})
}

func TestNewRefuses(t *testing.T) {
	if _, err := wiegand.New(nil, nil); err == nil {
		t.Error("no edges are accepted")
	}
	if _, err := wiegand.New(chips.NewWiegand(), &wiegand.Opts{Gap: 1, Glitch: 2}); err == nil {
		t.Error("a glitch longer than the gap is accepted")
	}
}

// TestGoldenWire holds the edges of one frame, and the badge that they are.
func TestGoldenWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair := chips.NewWiegand()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var b strings.Builder
		go pair.Send(frame26)
		ctx2, stop := context.WithTimeout(ctx, time.Second)
		defer stop()
		first := time.Duration(-1)
		if err := pair.Watch(ctx2, func(line int, at time.Duration) {
			if first < 0 {
				first = at
			}
			fmt.Fprintf(&b, "%6d us D%d\n", (at - first).Microseconds(), line)
		}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "frame26.golden")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func Example() {
	pair := chips.NewWiegand() // on a box: the kernel's line events
	reader, err := wiegand.New(pair, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	go pair.Send("10000100000110000001110011")
	_ = reader.Run(ctx, func(e device.Event) {
		if tap, ok := e.(device.Tapped); ok {
			fmt.Println(tap.Badge)
			cancel()
		}
	})
	// Output: w26:…
}
