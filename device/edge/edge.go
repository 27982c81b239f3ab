// Package edge waits for a chip's interrupt line without trusting it: every wait is bounded, can be ended,
// and works without a line too, or with one that is stuck or chatters.
package edge

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// slice is the longest single WaitForEdge, and so the longest that the end of a context goes
// unnoticed. A pin cannot be waited for and cancelled; -1 and 0 mean different things to different
// drivers of periph.
const slice = 100 * time.Millisecond

// gap is the least time between two wake-ups by the line, so that one that oscillates takes no more than
// its share.
const gap = 2 * time.Millisecond

// Waiter waits for a falling edge, or just for time to pass. It is for one goroutine.
type Waiter struct {
	pin  gpio.PinIn // nil = none
	last time.Time  // of the last wake-up by the line
}

// New is a waiter on a pin that its chip pulls low to interrupt; nil makes one that only waits.
// It makes the pin an input with a pull-up.
func New(pin gpio.PinIn) (*Waiter, error) {
	if pin == nil {
		return &Waiter{}, nil
	}
	if err := pin.In(gpio.PullUp, gpio.FallingEdge); err != nil {
		return nil, fmt.Errorf("interrupt line %s: %w; choose a pin with edge detection, or none to poll", pin, err)
	}
	return &Waiter{pin: pin}, nil
}

// Sleep waits for d, or for the end of ctx, whatever the line does. It returns false when ctx has ended.
func (w *Waiter) Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}

// Wait waits for an edge, at most for d. It returns false when ctx has ended, which it notices within
// a tenth of a second.
func (w *Waiter) Wait(ctx context.Context, d time.Duration) bool {
	if w.pin == nil {
		return w.Sleep(ctx, d)
	}
	start := time.Now()
	end := start.Add(d)
	if quiet := w.last.Add(gap); start.Before(quiet) && !w.Sleep(ctx, min(d, quiet.Sub(start))) {
		return false
	}
	for ctx.Err() == nil {
		now := time.Now()
		left := min(end.Sub(now), slice)
		if left <= 0 {
			return true
		}
		if w.pin.WaitForEdge(left) {
			w.last = time.Now()
			return ctx.Err() == nil
		}
		// A line that is broken may return at once: the rest of the time passes all the same.
		if early := left - time.Since(now); early > 0 && !w.Sleep(ctx, early) {
			return false
		}
	}
	return false
}
