package clock

import (
	"context"
	"sync"
	"time"

	"smartbox"
)

// Bounds of the comparison of the wall clock with the monotonic one.
const (
	// DefaultInterval is how often Run looks.
	DefaultInterval = time.Second
	// JumpOver is the change of the wall clock, against the monotonic one, that counts as a jump. The
	// kernel slews by at most 500 ppm (adjtimex(2)), which is half a millisecond between two looks.
	JumpOver = 500 * time.Millisecond
	// Slack is how far the wall clock may stand behind the last recorded time and still be believed: a leap
	// second, an NTP daemon that steps. The time stands still until the clock has caught up.
	Slack = time.Minute
)

// Source says how far the wall clock can be believed now. It is asked once an interval.
type Source func() smartbox.Trust

// Always is a Source that never changes its mind, for a simulated box.
func Always(t smartbox.Trust) Source { return func() smartbox.Trust { return t } }

// Options of a Clock. The zero value reads the machine's own clocks.
type Options struct {
	Floor     smartbox.Stamp // last recorded time, of whatever trust
	Trusted   smartbox.Stamp // last time that was recorded while the clock was synced; 0 = none
	Trust     Source         // nil = Kernel("/")
	Wall      func() time.Time
	Monotonic func() time.Duration // since any fixed moment; it never goes back
	Interval  time.Duration        // between two looks of Run
}

// Clock gives Moments. It is safe for concurrent use.
//
// Guarantee: Uptime never goes back. Wall never goes back either, with one exception: a synced clock
// overrules times that were recorded while it was not, for else a box that once ran forty years ahead
// would stay there. Where a synced clock contradicts synced records by more than Slack, or an
// unsynced clock any record, the time runs on from the record and is untrusted.
type Clock struct {
	opts  Options
	start time.Duration

	mu      sync.Mutex
	offset  time.Duration // wall time since 1970 less monotonic time, as of the last Check
	trust   smartbox.Trust
	floor   time.Duration // latest time given out or recorded, since 1970
	trusted time.Duration // and the latest of those that were synced
	held    bool          // contradicted: the offset is made up
}

// New makes a clock whose uptime begins now.
func New(o Options) *Clock {
	if o.Trust == nil {
		o.Trust = Kernel("/")
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.Monotonic == nil {
		zero := time.Now()
		o.Monotonic = func() time.Duration { return time.Since(zero) }
	}
	if o.Interval <= 0 {
		o.Interval = DefaultInterval
	}
	c := &Clock{opts: o, start: o.Monotonic()}
	c.floor = time.Duration(max(o.Floor, o.Trusted)) * time.Millisecond
	c.trusted = time.Duration(o.Trusted) * time.Millisecond
	c.set(o.Monotonic(), c.raw(), o.Trust())
	return c
}

// Now is the present moment.
func (c *Clock) Now() smartbox.Moment {
	mono := c.opts.Monotonic()
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := mono + c.offset
	least := c.floor
	if c.trust == smartbox.ClockSynced {
		least = c.trusted
	}
	wall = max(wall, least) // frozen, where the clock was set back by no more than Slack
	c.floor = wall
	if c.trust == smartbox.ClockSynced {
		c.trusted = wall
	}
	return smartbox.Moment{Uptime: mono - c.start, Wall: time.Unix(0, int64(wall)).UTC(), Trust: c.trust}
}

// Check compares the clocks and takes over what the wall clock and its source say now. It reports
// whether the time that Now gives jumped by more than JumpOver, or its trust changed.
func (c *Clock) Check() (changed bool) {
	mono, raw, trust := c.opts.Monotonic(), c.raw(), c.opts.Trust()
	c.mu.Lock()
	defer c.mu.Unlock()
	before, was, held := c.offset, c.trust, c.held
	c.set(mono, raw, trust)
	if held && c.held {
		c.offset = before // still contradicted: run on, do not start again at the floor
		c.floor = max(c.floor, mono+c.offset)
	}
	return c.trust != was || (c.offset-before).Abs() > JumpOver
}

// Run checks once an interval until ctx ends, and calls changed after each check that found a change.
func (c *Clock) Run(ctx context.Context, changed func()) error {
	t := time.NewTicker(c.opts.Interval)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if c.Check() {
				changed()
			}
		}
	}
}

// Held reports whether the wall clock contradicts what is on record, so that the time is made up
// from the record and the uptime.
func (c *Clock) Held() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

// raw is the wall clock as it stands. Years that do not fit 64 bits of nanoseconds count as 1970.
func (c *Clock) raw() time.Duration {
	now := c.opts.Wall()
	if y := now.Year(); y < 1970 || y > 2261 {
		return 0
	}
	return time.Duration(now.UnixNano())
}

// set takes over a reading of the wall clock, or holds on to the record that contradicts it.
func (c *Clock) set(mono, raw time.Duration, trust smartbox.Trust) {
	least := c.floor
	if trust == smartbox.ClockSynced {
		least = c.trusted
	}
	c.offset, c.trust, c.held = raw-mono, trust, false
	if least-raw > Slack {
		c.offset, c.trust, c.held = least-mono, smartbox.ClockUntrusted, true
	}
}
