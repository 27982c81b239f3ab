package sim

import (
	"errors"
	"fmt"
	"time"

	"smartbox"
	"smartbox/board"
)

// Errors of what cannot be done with a cabinet's own hands.
var (
	ErrLocked   = errors.New("the door is locked")
	ErrJammed   = errors.New("the door is jammed")
	ErrOpen     = errors.New("the door is open already")
	ErrShut     = errors.New("the door is shut")
	ErrEmpty    = errors.New("nothing hangs in the slot")
	ErrFull     = errors.New("a key hangs in the slot already")
	ErrNotHeld  = errors.New("that key is not in the hand")
	ErrNoSlot   = errors.New("the cabinet has no such slot")
	ErrNotThere = errors.New("the cabinet has no such part")
)

// slot is the mechanics of one compartment.
type slot struct {
	wiring  board.Slot
	number  int
	coil    bool
	latched bool // the latch holds the door
	open    bool
	jammed  bool
	cut     bool           // no current reaches the coil, whatever its pin says
	stuck   bool           // the bolt's contact says what it said when the bolt stuck
	home    bool           // what it says then
	key     smartbox.Badge // by its fob; "" = empty
	timer   *time.Timer    // the door on its way, or the latch on its way back
}

func (s *slot) stop() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// Pulse is one time that a coil was on.
type Pulse struct {
	Slot smartbox.SlotID
	On   time.Time
	Off  time.Time // zero while it is on
}

// Length of the pulse; 0 while it is on.
func (p Pulse) Length() time.Duration {
	if p.Off.IsZero() {
		return 0
	}
	return p.Off.Sub(p.On)
}

// Pulses are the pulses so far, the oldest first; of very many, the last Options.Logs.
func (c *Cabinet) Pulses() []Pulse {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Pulse(nil), c.pulses...)
}

// PeakCoils is how many coils were ever on at once.
func (c *Cabinet) PeakCoils() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peak
}

// energise follows a coil. It is called by a chip inside a bus transfer, so it carries nothing to chips itself.
func (c *Cabinet) energise(s *slot, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.coil == on || c.closed {
		return
	}
	s.coil = on
	now := time.Now()
	c.wake()
	if !on {
		c.coils--
		for i := len(c.pulses) - 1; i >= 0; i-- {
			if p := &c.pulses[i]; p.Slot == s.wiring.ID && p.Off.IsZero() {
				p.Off = now
				return
			}
		}
		return
	}
	c.coils++
	c.peak = max(c.peak, c.coils)
	if len(c.pulses) >= c.opts.Logs {
		c.pulses = append(c.pulses[:0], c.pulses[1:]...)
	}
	c.pulses = append(c.pulses, Pulse{Slot: s.wiring.ID, On: now})
	if s.jammed || s.open || s.cut {
		return
	}
	s.stop()
	s.timer = time.AfterFunc(pull, func() { c.released(s) })
}

// pull is how long a coil must be on to pull its bolt; a glitch is shorter.
const pull = 10 * time.Millisecond

// released is the latch letting go, where the coil was on for long enough.
func (c *Cabinet) released(s *slot) {
	_ = c.act(func() error { // an error says that the cabinet was closed meanwhile
		if !s.coil || s.jammed || s.open {
			return nil
		}
		s.latched = false
		if c.opts.Push {
			s.timer = time.AfterFunc(c.opts.Latch, func() { c.relatch(s) })
		} else {
			s.timer = time.AfterFunc(c.opts.Spring-pull, func() { c.sprung(s) })
		}
		return nil
	})
}

func (c *Cabinet) sprung(s *slot) {
	_ = c.act(func() error {
		switch {
		case s.jammed:
			s.latched = !s.open
		case !s.latched:
			s.open = true
		}
		return nil
	})
}

func (c *Cabinet) relatch(s *slot) {
	_ = c.act(func() error {
		s.latched = !s.open
		return nil
	})
}

func (c *Cabinet) slot(id smartbox.SlotID) (*slot, error) {
	s, ok := c.index[id]
	if !ok {
		return nil, fmt.Errorf("slot %s: %w", id, ErrNoSlot)
	}
	return s, nil
}

// with does something to one slot.
func (c *Cabinet) with(id smartbox.SlotID, f func(*slot) error) error {
	return c.act(func() error {
		s, err := c.slot(id)
		if err != nil {
			return err
		}
		if err := f(s); err != nil {
			return fmt.Errorf("slot %s: %w", id, err)
		}
		return nil
	})
}

// OpenDoor pulls at a door. It opens where the latch has let go, else the error is ErrLocked or ErrJammed.
func (c *Cabinet) OpenDoor(id smartbox.SlotID) error {
	return c.with(id, func(s *slot) error {
		switch {
		case s.open:
			return ErrOpen
		case s.jammed:
			return ErrJammed
		case s.latched:
			return ErrLocked
		}
		s.stop()
		s.open = true
		return nil
	})
}

// ShutDoor pushes a door shut; its latch catches. A jammed door stays as it is.
func (c *Cabinet) ShutDoor(id smartbox.SlotID) error {
	return c.with(id, func(s *slot) error {
		switch {
		case !s.open:
			return ErrShut
		case s.jammed:
			return ErrJammed
		}
		s.stop()
		s.open, s.latched = false, true
		return nil
	})
}

// Jam makes a door stick as it stands, or frees it.
func (c *Cabinet) Jam(id smartbox.SlotID, jammed bool) error {
	return c.with(id, func(s *slot) error {
		s.jammed = jammed
		if !jammed && !s.open {
			s.latched = true
		}
		return nil
	})
}

// Force breaks a door open, whatever its latch says.
func (c *Cabinet) Force(id smartbox.SlotID) error {
	return c.with(id, func(s *slot) error {
		if s.open {
			return ErrOpen
		}
		s.stop()
		s.open, s.latched, s.jammed = true, false, false
		return nil
	})
}
