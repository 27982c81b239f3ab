package edge_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/gpio"

	"smartbox/device/chips"
	"smartbox/device/edge"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// broken is a pin whose waits return at once, as those of some drivers do.
type broken struct {
	*chips.Line
	edges bool
	waits int
}

func (b *broken) WaitForEdge(d time.Duration) bool {
	if d <= 0 {
		panic("an unbounded wait")
	}
	b.waits++
	return b.edges
}

func TestWait(t *testing.T) {
	const d = time.Second
	for _, tt := range []struct {
		name string
		pin  func(l *chips.Line) gpio.PinIn
		act  func(l *chips.Line)
		want time.Duration
	}{
		{"no pin", func(*chips.Line) gpio.PinIn { return nil }, func(*chips.Line) {}, d},
		{"no edge", func(l *chips.Line) gpio.PinIn { return l }, func(*chips.Line) {}, d},
		{"an edge before", func(l *chips.Line) gpio.PinIn { return l }, func(l *chips.Line) { l.Set(gpio.Low) }, 0},
		{"an edge during", func(l *chips.Line) gpio.PinIn { return l }, func(l *chips.Line) {
			go func() {
				time.Sleep(345 * time.Millisecond)
				l.Set(gpio.Low)
			}()
		}, 345 * time.Millisecond},
		{"waits that return at once", func(l *chips.Line) gpio.PinIn { return &broken{Line: l} }, func(*chips.Line) {}, d},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := chips.NewLine("INT", gpio.High)
				w, err := edge.New(tt.pin(l))
				if err != nil {
					t.Fatal(err)
				}
				tt.act(l)
				start := time.Now()
				if !w.Wait(t.Context(), d) {
					t.Error("Wait says that its context ended")
				}
				if took := time.Since(start); took != tt.want {
					t.Errorf("waited %v, want %v", took, tt.want)
				}
			})
		})
	}
}

func TestChatteringLineIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := edge.New(&broken{Line: chips.NewLine("INT", gpio.High), edges: true})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for start := time.Now(); time.Since(start) < time.Second; n++ {
			w.Wait(t.Context(), time.Second)
		}
		if n > 501 {
			t.Errorf("woke %d times in a second", n)
		}
	})
}

func TestEndOfContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, pin := range map[string]gpio.PinIn{"no pin": nil, "a pin": chips.NewLine("INT", gpio.High)} {
			w, err := edge.New(pin)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			start := time.Now()
			if w.Wait(ctx, time.Hour) {
				t.Errorf("%s: Wait says that its context goes on", name)
			}
			if took := time.Since(start); took > 1100*time.Millisecond {
				t.Errorf("%s: took %v", name, took)
			}
			if w.Wait(ctx, time.Hour) || w.Sleep(ctx, time.Hour) {
				t.Errorf("%s: waits although its context has ended", name)
			}
		}
	})
}

type noEdges struct{ *chips.Line }

var errNoEdges = errors.New("no edges here")

func (noEdges) In(gpio.Pull, gpio.Edge) error { return errNoEdges }

func TestPinWithoutEdges(t *testing.T) {
	if _, err := edge.New(noEdges{chips.NewLine("INT", gpio.High)}); !errors.Is(err, errNoEdges) {
		t.Errorf("error %v, want the pin's own", err)
	}
}
