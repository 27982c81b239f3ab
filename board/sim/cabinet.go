package sim

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"smartbox"
	"smartbox/board"
	"smartbox/board/build"
	"smartbox/device"
)

// Options are how the cabinet's mechanics behave. The zero value is a cabinet whose doors spring open.
type Options struct {
	Push   bool                               // doors wait to be opened by OpenDoor, rather than springing open
	Spring time.Duration                      // from the coil to the open door; 0 = 200 ms
	Latch  time.Duration                      // how long a released door that nobody opens stays released; 0 = 5 s
	Keys   map[smartbox.SlotID]smartbox.Badge // what hangs where at the start, by the fob on it
	Logs   int                                // how many pulses and sounds are remembered; 0 = 1000
	Build  build.Options                      // for the drivers
}

// Cabinet is one simulated cabinet. It is safe for concurrent use. Its methods are what people and mishaps do to
// it; its device.Set is what the daemon sees of it.
type Cabinet struct {
	profile *board.Profile
	opts    Options
	hw      *hardware
	set     *device.Set

	wiring sync.Mutex // held while levels are carried to the chips; taken before mu

	mu      sync.Mutex
	closed  bool
	slots   []*slot
	index   map[smartbox.SlotID]*slot
	hand    []smartbox.Badge
	reader  []smartbox.Badge // what lies on the reader
	down    map[rune]bool    // keys of the keypad that are held down
	supply  supply
	faults  map[string]Kind
	coils   int // that are on now
	peak    int
	pulses  []Pulse
	sounds  []Played
	played  uint64
	lamps   map[smartbox.SlotID]device.Light
	changed chan struct{}

	// Held while time passes, which in a bubble only a channel may be.
	pressing chan struct{} // one finger
	tapping  chan struct{} // one hand at the reader
}

// New builds the cabinet of a profile: doors shut and locked, mains there, battery full, tamper contact closed.
func New(p *board.Profile, opts Options) (*Cabinet, error) {
	if opts.Spring <= pull {
		opts.Spring = 200 * time.Millisecond
	}
	if opts.Latch <= 0 {
		opts.Latch = 5 * time.Second
	}
	if opts.Logs <= 0 {
		opts.Logs = 1000
	}
	c := &Cabinet{
		profile: p, opts: opts,
		index:   map[smartbox.SlotID]*slot{},
		down:    map[rune]bool{},
		faults:  map[string]Kind{},
		lamps:   map[smartbox.SlotID]device.Light{},
		changed: make(chan struct{}),
		supply:  supply{mains: true, percent: 100},

		pressing: make(chan struct{}, 1), tapping: make(chan struct{}, 1),
	}
	for i, s := range p.Slots {
		x := &slot{wiring: s, number: i + 1, latched: true}
		c.slots = append(c.slots, x)
		c.index[s.ID] = x
	}
	for id, fob := range opts.Keys {
		x, ok := c.index[id]
		if !ok {
			return nil, fmt.Errorf("sim: a key hangs in slot %s, which profile %s does not have", id, p.Name)
		}
		x.key = fob
	}
	c.hw = newHardware(p, c.notify)
	c.settle()
	c.watchOutputs()
	set, err := build.Set(p, c.hw, opts.Build)
	if err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	c.set = set
	c.listen()
	return c, nil
}

// Set is what the cabinet is made of, for the runner. Close is the cabinet's own: call either.
func (c *Cabinet) Set() *device.Set { return c.set }

// Profile is what the cabinet was built from.
func (c *Cabinet) Profile() *board.Profile { return c.profile }

// Close secures the locks, lets go of the chips and stops the mechanics. A second call does nothing.
func (c *Cabinet) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	for _, s := range c.slots {
		s.stop()
	}
	c.mu.Unlock()
	c.hw.release()
	return c.set.Close()
}

// Changed is closed at the next change of anything that State tells.
func (c *Cabinet) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

func (c *Cabinet) notify() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake()
}

// wake is notify for those that hold mu.
func (c *Cabinet) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// act changes the cabinet's mechanics and lets the sensors follow.
func (c *Cabinet) act(f func() error) error {
	c.mu.Lock()
	err := errClosed
	if !c.closed {
		err = f()
	}
	if err == nil {
		c.wake()
	}
	c.mu.Unlock()
	c.settle()
	return err
}

var errClosed = errors.New("sim: the cabinet is closed")

var _ io.Closer = (*Cabinet)(nil)
