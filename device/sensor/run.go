package sensor

import (
	"context"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/edge"
	"smartbox/device/mcp23017"
)

// chip is one expander with its inputs. It belongs to the goroutine of Run.
type chip struct {
	dev    *mcp23017.Dev
	inputs []Input
	slots  []smartbox.SlotID
	mask   uint16 // of the inputs' pins

	known  uint16                   // pins whose level has been reported
	stable uint16                   // that level
	raw    uint16                   // as read last
	since  [mcp23017.Pins]time.Time // raw has not moved

	down  error // why it is out; nil = it is in
	from  time.Time
	pause time.Duration
	next  time.Time // it is looked at, at the latest

	verified time.Time
}

// verifyEvery is how often a chip's configuration is read back while nothing changes.
const verifyEvery = time.Second

// Run reports every input, then each change, until ctx ends. When a chip fails it reports that, asks it
// again with growing pauses, and reports each of its inputs anew when it is back. It fails where the
// interrupt line cannot be used.
func (s *Source) Run(ctx context.Context, emit func(device.Event)) error {
	wait, err := edge.New(s.intr)
	if err != nil {
		return err
	}
	for _, c := range s.chips {
		c.known, c.down, c.next = 0, nil, time.Time{}
	}
	for {
		now := time.Now()
		next := now.Add(s.opts.Poll)
		settling := false
		for _, c := range s.chips {
			// An edge does not say which chip it was; of those that are out, none.
			if c.down == nil || !now.Before(c.next) {
				s.look(c, emit)
			}
			if c.next.Before(next) {
				next = c.next
			}
			settling = settling || (c.down == nil && c.unsettled() != 0)
		}
		left := time.Until(next)
		if settling { // more edges of the same bounce say nothing new
			if !wait.Sleep(ctx, left) {
				return nil
			}
		} else if !wait.Wait(ctx, left) {
			return nil
		}
	}
}

// look reads a chip and reports what has settled.
func (s *Source) look(c *chip, emit func(device.Event)) {
	levels, err := s.read(c)
	now := time.Now()
	if err != nil {
		s.lost(c, now, err, emit)
		return
	}
	if c.down != nil {
		emit(device.Health{Part: smartbox.PartSensors, Name: c.dev.String(), Slots: c.slots, After: now.Sub(c.from)})
		c.down, c.known = nil, 0
		c.raw = ^levels // every level counts from now
	}
	c.follow(levels, now)
	due, soonest := c.ripe(now, s.opts.Debounce)
	if due != 0 || now.Sub(c.verified) >= verifyEvery {
		c.verified = now
		// A chip that was reset has lost its pull-ups, and its pins read as nothing says: before a
		// change counts, the configuration must be whole.
		found, err := c.dev.Verify()
		switch {
		case err != nil:
			s.lost(c, now, err, emit)
			return
		case found != mcp23017.Fine:
			c.restart(now)
			soonest = s.opts.Debounce
		default:
			c.report(due, emit)
		}
	}
	c.next = now.Add(s.opts.Poll)
	if c.unsettled() != 0 {
		c.next = now.Add(min(soonest, s.opts.Poll))
	}
}

// read is one reading, after the configuration was verified where the chip was out.
func (s *Source) read(c *chip) (uint16, error) {
	if c.down != nil {
		if _, err := c.dev.Verify(); err != nil {
			return 0, err
		}
	}
	return c.dev.Read()
}

func (s *Source) lost(c *chip, now time.Time, err error, emit func(device.Event)) {
	if c.down == nil {
		c.from, c.pause = now, s.opts.Probe
		emit(device.Health{Part: smartbox.PartSensors, Name: c.dev.String(), Slots: c.slots, Err: err})
	} else {
		c.pause = min(2*c.pause, s.opts.Rarely)
	}
	c.down = err
	c.next = now.Add(c.pause)
}

// follow notes when each pin moved.
func (c *chip) follow(levels uint16, now time.Time) {
	for p := range c.since {
		if (levels^c.raw)>>p&1 == 1 || c.since[p].IsZero() {
			c.since[p] = now
		}
	}
	c.raw = levels
}

// restart lets every pin settle anew.
func (c *chip) restart(now time.Time) {
	for p := range c.since {
		c.since[p] = now
	}
}

// unsettled are the pins whose level is not the one that was reported.
func (c *chip) unsettled() uint16 { return c.mask & (^c.known | c.raw ^ c.stable) }

// ripe are the unsettled pins that have lasted, and how long the next one takes.
func (c *chip) ripe(now time.Time, debounce time.Duration) (due uint16, soonest time.Duration) {
	soonest = debounce
	for p := range c.since {
		if c.unsettled()>>p&1 == 0 {
			continue
		}
		if left := debounce - now.Sub(c.since[p]); left <= 0 {
			due |= 1 << p
		} else {
			soonest = min(soonest, left)
		}
	}
	return due, soonest
}

// report tells of the inputs on the pins in due, in the order in which they were wired.
func (c *chip) report(due uint16, emit func(device.Event)) {
	c.known |= due
	c.stable = c.stable&^due | c.raw&due
	for _, in := range c.inputs {
		if due&in.Pin.Mask() != 0 {
			emit(in.event(c.stable))
		}
	}
}
