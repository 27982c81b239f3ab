package build

import (
	"fmt"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"

	"smartbox/board"
	"smartbox/device/matrix"
	"smartbox/device/mcp23017"
)

// outputOnly are GPA7 and GPB7, which current silicon can only drive (DS20001952D, 1.1).
const outputOnly = 0x8080

// expanders makes a driver for each chip, its options gathered from all that hangs on it: a chip is set up in one
// go, so that no output ever drives before all are known.
func (b *builder) expanders() error {
	opts := map[string]*mcp23017.Opts{}
	for _, e := range b.p.Expanders {
		opts[e.Name] = &mcp23017.Opts{Outputs: outputOnly}
	}
	output := func(pin board.Pin, idleHigh bool) {
		if o := opts[pin.Expander]; o != nil {
			o.Outputs |= mask(pin)
			if idleHigh {
				o.Idle |= mask(pin)
			}
		}
	}
	for _, s := range b.p.Slots {
		output(s.Lock, b.p.Locks.ActiveLow)
		output(s.Light, b.p.Lights.ActiveLow)
		for _, pin := range []board.Pin{s.Contact, s.Hook, s.Bolt} {
			if o := opts[pin.Expander]; o != nil {
				o.PullUps |= mask(pin)
				o.Interrupts |= mask(pin)
			}
		}
	}
	output(b.p.Sounder.Pin, b.p.Sounder.ActiveLow)
	if b.p.Keypad.Kind == board.KeypadMatrix {
		matrixWiring(b.p.Keypad).Wire(opts[b.p.Keypad.Rows[0].Expander])
	}
	for _, e := range b.p.Expanders {
		d, err := mcp23017.New(b.buses[e.Bus], e.Addr, opts[e.Name])
		if err != nil {
			return fmt.Errorf("expander %s: %w", e.Name, err)
		}
		b.chips[e.Name] = d
	}
	return nil
}

func matrixWiring(k board.Keypad) matrix.Wiring {
	return matrix.Wiring{Rows: pins(k.Rows), Columns: pins(k.Columns)}
}

func pins(list []board.Pin) []mcp23017.Pin {
	out := make([]mcp23017.Pin, len(list))
	for i, p := range list {
		out[i] = mcp23017.Pin(p.Bit)
	}
	return out
}

func mask(p board.Pin) uint16 { return mcp23017.Pin(p.Bit).Mask() }

// output is a pin that something simple hangs on: a line of the board or an expander's pin.
func (b *builder) output(pin board.Pin) (gpio.PinOut, error) {
	if pin.Expander == "" {
		return b.hw.Output(pin.Line)
	}
	return &expanderPin{chip: b.chips[pin.Expander], pin: pin}, nil
}

// expanderPin is one output of an expander as a gpio.PinOut.
type expanderPin struct {
	chip *mcp23017.Dev
	pin  board.Pin
}

var _ gpio.PinOut = (*expanderPin)(nil)

// Out drives the pin and reads it back.
func (p *expanderPin) Out(l gpio.Level) error {
	var level uint16
	if l {
		level = mask(p.pin)
	}
	return p.chip.Write(mask(p.pin), level)
}

// PWM fails: an expander has none.
func (p *expanderPin) PWM(gpio.Duty, physic.Frequency) error {
	return fmt.Errorf("%s has no PWM; use a line of the board", p.pin)
}

// Halt does nothing: the chip goes back to its idle levels when the locks are secured.
func (p *expanderPin) Halt() error { return nil }

// String is the pin as the profile names it.
func (p *expanderPin) String() string { return p.pin.String() }

// Name is the pin as the profile names it.
func (p *expanderPin) Name() string { return p.pin.String() }

// Number is -1: the board knows no such line.
func (p *expanderPin) Number() int { return -1 }

// Function is what the pin is for.
func (p *expanderPin) Function() string { return "Out" }
