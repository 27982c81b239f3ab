package lock

import (
	"context"
	"fmt"
	"sync"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/mcp23017"
	"smartbox/device/turn"
)

// chip is one expander with its coils.
type chip struct {
	dev   *mcp23017.Dev
	slots []smartbox.SlotID
	mask  uint16    // of the coils' pins
	turn  turn.Turn // held while the chip is brought back into service

	mu     sync.Mutex
	err    error     // why it is out of service; nil = it is in
	since  time.Time // it is out
	told   error     // as Run has reported it last; nil = in service
	next   time.Time // when Run looks at it again
	delays time.Duration
	hot    uint16 // pins of coils that could not be switched off
	cuts   uint64 // how often all its coils were switched off to bring it back
}

// Run reports the chips that fail, verifies each one now and then, and brings those that failed back:
// secured and set up anew, before they are reported to work. It returns nil when ctx ends.
func (b *Bank) Run(ctx context.Context, emit func(device.Event)) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-b.wake:
		}
		now := time.Now()
		soonest := now.Add(b.opts.Check)
		for _, c := range b.chips {
			c.tell(emit) // also a failure that look mends at once
			if c.due(now) {
				b.look(c)
				c.tell(emit)
			}
			if next := c.again(); next.Before(soonest) {
				soonest = next
			}
		}
		timer.Reset(time.Until(soonest))
	}
}

// look verifies a chip, and says when it is looked at next. Where a coil may be on, switching it off comes
// first and is tried often: a transfer that the bus held up may switch it on late.
func (b *Bank) look(c *chip) {
	c.turn.Wait()
	hot := c.isHot()
	var err error
	if hot {
		err = c.off(c.mask)
	}
	if err == nil {
		err = c.serve()
	}
	c.turn.Give()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.delays = b.opts.Check
	case hot || c.delays >= b.opts.Check:
		c.delays = b.opts.Probe
	default:
		c.delays = min(max(2*c.delays, b.opts.Probe), b.opts.Rarely)
	}
	c.next = time.Now().Add(c.delays)
}

// off switches coils off; the chip is hot while the last attempt on any of them failed.
func (c *chip) off(mask uint16) error {
	err := c.dev.Off(mask)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hot &^= mask
	if err != nil {
		c.hot |= mask
	}
	return err
}

func (c *chip) isHot() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hot != 0
}

// cutCount moves when coils of the chip were switched off under a pulse: by a reset, or to bring the chip back.
func (c *chip) cutCount() uint64 {
	resets := c.dev.Resets()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cuts + resets
}

// ready is serve for the pulse that comes next. One at a time brings a chip back: a second one, acting on the
// trouble that the first has mended, would switch off the coil of the pulse that has begun meanwhile.
func (c *chip) ready(ctx context.Context) error {
	if err := c.turn.Take(ctx); err != nil {
		return fmt.Errorf("%w: %w", errNotBegun, err)
	}
	defer c.turn.Give()
	return c.serve()
}

// serve verifies the chip, and puts it back into service where it was out: Verify sets up anew what
// was lost, securing switches the coils off whatever they were. The caller holds turn.
func (c *chip) serve() error {
	out := c.trouble() != nil
	_, err := c.dev.Verify()
	if err == nil && out {
		err = c.off(c.mask)
	}
	if err != nil {
		c.fail(err)
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if out {
		c.cuts++
	}
	c.err = nil
	return nil
}

// secure switches all coils of the chip off.
func (c *chip) secure() (err error) {
	for range offTries {
		if err = c.off(c.mask); err == nil {
			return nil
		}
	}
	return fmt.Errorf("secure: %w", err)
}

// report puts a chip out of service and lets Run say so.
func (b *Bank) report(c *chip, err error) {
	c.fail(err)
	c.mu.Lock()
	c.next = time.Time{}
	c.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (c *chip) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.since = time.Now()
	}
	c.err = err
}

func (c *chip) trouble() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *chip) due(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !now.Before(c.next)
}

func (c *chip) again() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next
}

func (c *chip) tell(emit func(device.Event)) {
	if h, ok := c.news(); ok {
		emit(h)
	}
}

// news is what Run has not told yet: that the chip failed, or that it works again.
func (c *chip) news() (device.Health, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if (c.err == nil) == (c.told == nil) {
		return device.Health{}, false
	}
	c.told = c.err
	h := device.Health{Part: smartbox.PartLocks, Name: c.dev.String(), Slots: c.slots, Err: c.err}
	if c.err == nil {
		h.After = time.Since(c.since)
	}
	return h, true
}
