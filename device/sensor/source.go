package sensor

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox"
	"smartbox/device"
	"smartbox/device/mcp23017"
)

// Kind is what a sensor tells.
type Kind uint8

// The kinds.
const (
	DoorOpen   Kind = iota // active: the door is open
	KeyPresent             // active: something hangs there
	BoltHome               // active: the lock is locked
)

// ErrWiring says that inputs and chips do not fit together.
var ErrWiring = errors.New("sensors are wired wrongly")

// Input is one sensor of a slot.
type Input struct {
	Slot smartbox.SlotID
	Kind Kind
	Chip *mcp23017.Dev
	Pin  mcp23017.Pin
	// ActiveLow: the low level means what Kind says, and the high level its opposite. A door contact that
	// is closed while the door is, between a pin with a pull-up and ground, is active high: a cut wire
	// reads as an open door.
	ActiveLow bool
}

// Opts are the timing of a Source. Zero fields take the value of DefaultOpts.
type Opts struct {
	Debounce time.Duration // a level must last as long to count
	Poll     time.Duration // chips are read this often though no interrupt came
	Probe    time.Duration // a dead chip is asked again after this, then after twice as long, ...
	Rarely   time.Duration // ... but at least this often
}

// DefaultOpts suits reed contacts and micro switches, with an interrupt line.
func DefaultOpts() Opts {
	return Opts{
		Debounce: 20 * time.Millisecond, Poll: 250 * time.Millisecond,
		Probe: 100 * time.Millisecond, Rarely: 2 * time.Second,
	}
}

// PolledOpts is DefaultOpts without an interrupt line: what a person does not notice as late.
func PolledOpts() Opts {
	o := DefaultOpts()
	o.Poll = 25 * time.Millisecond
	return o
}

// Source reads sensors. Its events come from Run.
type Source struct {
	intr  gpio.PinIn
	opts  Opts
	chips []*chip
}

var _ device.Source = (*Source)(nil)

// New reads inputs on any number of chips whose INT pins share one line, which intr is; nil to poll.
// Nil opts are DefaultOpts, or PolledOpts where intr is nil. The chips are not touched before Run. The
// error wraps ErrWiring.
func New(inputs []Input, intr gpio.PinIn, opts *Opts) (*Source, error) {
	o := DefaultOpts()
	if intr == nil {
		o = PolledOpts()
	}
	if opts != nil {
		for _, f := range []struct{ field, given *time.Duration }{
			{&o.Debounce, &opts.Debounce},
			{&o.Poll, &opts.Poll},
			{&o.Probe, &opts.Probe},
			{&o.Rarely, &opts.Rarely},
		} {
			if *f.given > 0 {
				*f.field = *f.given
			}
		}
	}
	s := &Source{intr: intr, opts: o}
	for _, in := range inputs {
		if err := s.add(in); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Source) add(in Input) error {
	if in.Chip == nil || in.Slot == 0 || in.Kind > BoltHome {
		return fmt.Errorf("%w: a sensor needs a slot, a chip and a kind", ErrWiring)
	}
	wired := in.Chip.Opts()
	switch {
	case !in.Pin.CanRead() || wired.Outputs&in.Pin.Mask() != 0:
		return fmt.Errorf("%w: slot %s: %s of %s is no input", ErrWiring, in.Slot, in.Pin, in.Chip)
	case s.intr != nil && wired.Interrupts&in.Pin.Mask() == 0:
		return fmt.Errorf("%w: slot %s: %s of %s does not interrupt; enable it, or give no interrupt line",
			ErrWiring, in.Slot, in.Pin, in.Chip)
	}
	for _, c := range s.chips {
		for _, other := range c.inputs {
			if other.Slot == in.Slot && other.Kind == in.Kind {
				return fmt.Errorf("%w: slot %s has the same sensor twice", ErrWiring, in.Slot)
			}
			if other.Chip == in.Chip && other.Pin == in.Pin {
				return fmt.Errorf("%w: slot %s: %s of %s is read for slot %s too",
					ErrWiring, in.Slot, in.Pin, in.Chip, other.Slot)
			}
		}
	}
	i := slices.IndexFunc(s.chips, func(c *chip) bool { return c.dev == in.Chip })
	if i < 0 {
		i = len(s.chips)
		s.chips = append(s.chips, &chip{dev: in.Chip})
	}
	c := s.chips[i]
	c.inputs = append(c.inputs, in)
	c.mask |= in.Pin.Mask()
	if !slices.Contains(c.slots, in.Slot) {
		c.slots = append(c.slots, in.Slot)
		slices.Sort(c.slots)
	}
	return nil
}

// String names the source.
func (s *Source) String() string {
	n := 0
	for _, c := range s.chips {
		n += len(c.inputs)
	}
	return fmt.Sprintf("sensors(%d inputs, %d chips)", n, len(s.chips))
}

func (in Input) event(levels uint16) device.Event {
	active := (levels&in.Pin.Mask() != 0) != in.ActiveLow
	switch in.Kind {
	case DoorOpen:
		return device.Door{Slot: in.Slot, Open: active}
	case KeyPresent:
		return device.KeySensed{Slot: in.Slot, Present: active}
	case BoltHome:
		return device.Bolt{Slot: in.Slot, Home: active}
	default: // New lets no other through
		return nil
	}
}
