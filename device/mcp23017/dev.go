package mcp23017

import (
	"errors"
	"fmt"

	"periph.io/x/conn/v3/i2c"

	"smartbox/device"
	"smartbox/device/turn"
)

// ErrOpts says that a chip cannot be wired as its Opts say.
var ErrOpts = errors.New("options do not fit an MCP23017")

// Opts say how the chip is wired. In masks, bit n is Pin(n). Pins that are no outputs are inputs.
type Opts struct {
	Outputs    uint16 // pins that drive
	OpenDrain  uint16 // of the outputs, those that pull low or float, and never drive high
	Idle       uint16 // level of each output while nothing is switched on
	PullUps    uint16 // inputs with the chip's own 100 kΩ
	Interrupts uint16 // inputs whose changes pull INT low
}

// DefaultOpts is a chip of inputs with pull-ups, all of them raising INT. GPA7 and GPB7, which cannot
// be inputs, are outputs at low.
func DefaultOpts() Opts {
	const inputs = ^uint16(outputOnly)
	return Opts{Outputs: outputOnly, PullUps: inputs, Interrupts: inputs}
}

func (o Opts) check() error {
	switch {
	case ^o.Outputs&outputOnly != 0, o.OpenDrain&outputOnly != 0:
		return fmt.Errorf("%w: GPA7 and GPB7 can only drive; make them outputs", ErrOpts)
	case o.OpenDrain&^o.Outputs != 0:
		return fmt.Errorf("%w: an open drain is an output; add %#04x to the outputs", ErrOpts, o.OpenDrain&^o.Outputs)
	case o.Idle&^o.Outputs != 0:
		return fmt.Errorf("%w: only outputs have an idle level; take %#04x away", ErrOpts, o.Idle&^o.Outputs)
	case (o.PullUps|o.Interrupts)&o.Outputs&^o.OpenDrain != 0:
		return fmt.Errorf("%w: pull-ups and interrupts are for inputs; take %#04x away",
			ErrOpts, (o.PullUps|o.Interrupts)&o.Outputs)
	}
	return nil
}

// Found is the state in which Verify found the chip.
type Found uint8

// The states.
const (
	Fine    Found = iota // every register as it should be
	Fresh                // never set up by us before
	Reset                // at its power-on values: it lost its supply or was reset
	Altered              // some register was not ours
)

// String is for logs.
func (f Found) String() string {
	if int(f) < len(foundNames) {
		return foundNames[f]
	}
	return "?"
}

var foundNames = [...]string{"fine", "fresh", "reset", "altered"}

// Dev is one chip. It is safe for concurrent use; each call is one or a few bus transfers, and none
// other comes between them.
type Dev struct {
	bus  i2c.Bus
	addr uint16
	opts Opts

	turn   turn.Turn // guards what follows
	level  uint16    // what the outputs should drive
	ready  bool      // the chip holds our configuration, as far as we know
	known  bool      // and has held it once
	fault  error     // latched; see Fault
	resets uint64
}

// New is a chip at an address from 0x20 to 0x27. It does not touch the bus, so that a box starts with a dead
// chip too: the first call that needs the chip sets it up. The error wraps ErrOpts.
func New(bus i2c.Bus, addr uint16, opts *Opts) (*Dev, error) {
	o := DefaultOpts()
	if opts != nil {
		o = *opts
	}
	if addr < 0x20 || addr > 0x27 {
		return nil, fmt.Errorf("%w: address %#02x is not in 0x20 to 0x27", ErrOpts, addr)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Dev{bus: bus, addr: addr, opts: o, level: o.Idle, turn: turn.New()}, nil
}

// String is the chip's name: "mcp23017@0x20".
func (d *Dev) String() string { return fmt.Sprintf("mcp23017@%#02x", d.addr) }

// Opts is how the chip is wired.
func (d *Dev) Opts() Opts { return d.opts }

// Fault is what stands against switching anything on: the last write did not take. Off still
// works; a Verify that succeeds clears it.
func (d *Dev) Fault() error {
	defer d.hold()()
	return d.fault
}

// Resets is how often the chip lost its configuration since New. A caller that sees it move knows that every
// output has been idle in between.
func (d *Dev) Resets() uint64 {
	defer d.hold()()
	return d.resets
}

// Halt switches every output off, as conn.Resource wants.
func (d *Dev) Halt() error { return d.Off(d.opts.Outputs) }

// hold takes the chip; the function that it returns lets it go.
func (d *Dev) hold() (release func()) {
	d.turn.Wait()
	return d.turn.Give
}

func (d *Dev) fail(what string, err error) error {
	return fmt.Errorf("%s: %s: %w", d, what, asDead(err))
}

// asDead makes sure that a bus error is a device.ErrDead, also on a bus without a guard.
func asDead(err error) error {
	if errors.Is(err, device.ErrDead) || errors.Is(err, device.ErrReadBack) {
		return err
	}
	return fmt.Errorf("%w: %w", device.ErrDead, err)
}
