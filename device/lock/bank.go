package lock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/mcp23017"
	"smartbox/device/turn"
)

// Bounds of a pulse and of a cabinet's supply.
const (
	MaxPulse = time.Second // longest pulse that a coil gets
	MaxCoils = 2           // coils on at once over the whole cabinet
)

// Errors of a Bank beside those of package device.
var (
	// ErrWiring says that coils, chips and options do not fit together.
	ErrWiring = errors.New("locks are wired wrongly")
	// ErrSecured says that Secure cut the pulse short, or came before it.
	ErrSecured = errors.New("locks were secured")
)

// Coil is where the lock of a slot is wired. A coil is on while its pin drives the level opposite to the
// pin's idle level in the chip's Opts, so that a chip that is set up anew has every coil off.
type Coil struct {
	Slot      smartbox.SlotID
	Chip      *mcp23017.Dev
	Pin       mcp23017.Pin
	ActiveLow bool // low switches the coil on; the pin's idle level must be high then
}

// Opts are the timing of a Bank. Zero fields take the value of DefaultOpts.
type Opts struct {
	Pulse time.Duration // length of a pulse; at most MaxPulse
	Coils int           // coils on at once; at most MaxCoils

	// OneShot is after which time the hardware has cut a coil that could not be switched off. Until then it
	// keeps its place among the coils that may be on.
	OneShot time.Duration
	Check   time.Duration // a chip in order is verified this often
	Probe   time.Duration // a chip that failed is asked again after this, then after twice as long, ...
	Rarely  time.Duration // ... but at least this often
}

// DefaultOpts suits 12 V solenoid and motor locks.
func DefaultOpts() Opts {
	return Opts{
		Pulse: 400 * time.Millisecond, Coils: MaxCoils, OneShot: 2 * time.Second,
		Check: 5 * time.Second, Probe: 100 * time.Millisecond, Rarely: 2 * time.Second,
	}
}

// Bank moves the locks of a cabinet. It is safe for concurrent use.
type Bank struct {
	opts  Opts
	coils map[smartbox.SlotID]*coil
	chips []*chip
	seats chan struct{} // a token for each coil that may be on
	wake  chan struct{} // tells Run that a chip's state changed

	// gate orders the beginnings of pulses against Secure: none begins while it is held by Secure.
	gate chan struct{}

	mu  sync.Mutex
	cut chan struct{} // closed by Secure
}

type coil struct {
	Coil
	chip *chip
	busy chan struct{} // a token while the slot has its pulse
}

var (
	_ device.Locks  = (*Bank)(nil)
	_ device.Source = (*Bank)(nil)
)

// New is a bank of coils. It does not touch the chips; call Secure before anything else, and Run to learn of
// chips that fail. The error wraps ErrWiring.
func New(coils []Coil, opts *Opts) (*Bank, error) {
	o, err := complete(opts)
	if err != nil {
		return nil, err
	}
	b := &Bank{
		opts: o, coils: map[smartbox.SlotID]*coil{}, cut: make(chan struct{}),
		seats: make(chan struct{}, o.Coils), wake: make(chan struct{}, 1), gate: make(chan struct{}, 1),
	}
	for _, c := range coils {
		if err := b.add(c); err != nil {
			return nil, err
		}
	}
	for _, c := range b.chips {
		slices.Sort(c.slots)
	}
	return b, nil
}

func complete(opts *Opts) (Opts, error) {
	o := DefaultOpts()
	if opts == nil {
		return o, nil
	}
	if opts.Pulse < 0 || opts.Pulse > MaxPulse {
		return o, fmt.Errorf("%w: a pulse of %v; use at most %v", ErrWiring, opts.Pulse, MaxPulse)
	}
	if opts.Coils < 0 || opts.Coils > MaxCoils {
		return o, fmt.Errorf("%w: %d coils at once; use at most %d", ErrWiring, opts.Coils, MaxCoils)
	}
	if opts.Coils > 0 {
		o.Coils = opts.Coils
	}
	for _, f := range []struct{ field, given *time.Duration }{
		{&o.Pulse, &opts.Pulse},
		{&o.OneShot, &opts.OneShot},
		{&o.Check, &opts.Check},
		{&o.Probe, &opts.Probe},
		{&o.Rarely, &opts.Rarely},
	} {
		if *f.given > 0 {
			*f.field = *f.given
		}
	}
	return o, nil
}

func (b *Bank) add(c Coil) error {
	if c.Chip == nil || c.Slot == 0 {
		return fmt.Errorf("%w: a coil needs a slot and a chip", ErrWiring)
	}
	chipOpts := c.Chip.Opts()
	switch {
	case c.Pin >= mcp23017.Pins || chipOpts.Outputs&c.Pin.Mask() == 0:
		return fmt.Errorf("%w: slot %s: %s of %s is no output", ErrWiring, c.Slot, c.Pin, c.Chip)
	case (chipOpts.Idle&c.Pin.Mask() != 0) != c.ActiveLow:
		return fmt.Errorf("%w: slot %s: %s of %s would switch the coil on while idle; set its idle level",
			ErrWiring, c.Slot, c.Pin, c.Chip)
	case b.coils[c.Slot] != nil:
		return fmt.Errorf("%w: slot %s has two locks", ErrWiring, c.Slot)
	}
	i := slices.IndexFunc(b.chips, func(x *chip) bool { return x.dev == c.Chip })
	if i < 0 {
		i = len(b.chips)
		b.chips = append(b.chips, &chip{dev: c.Chip, turn: turn.New()})
	}
	home := b.chips[i]
	if home.mask&c.Pin.Mask() != 0 {
		return fmt.Errorf("%w: slot %s: %s of %s drives another lock", ErrWiring, c.Slot, c.Pin, c.Chip)
	}
	home.mask |= c.Pin.Mask()
	home.slots = append(home.slots, c.Slot)
	b.coils[c.Slot] = &coil{Coil: c, chip: home, busy: make(chan struct{}, 1)}
	return nil
}

// String names the bank.
func (b *Bank) String() string {
	return fmt.Sprintf("locks(%d slots, %d chips)", len(b.coils), len(b.chips))
}

// Halt secures the locks, as conn.Resource wants.
func (b *Bank) Halt() error { return b.Secure(context.Background()) }
