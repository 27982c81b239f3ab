package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"smartbox/board"
	"smartbox/device/chips"
)

// Kind is what is wrong with a part.
type Kind string

// The kinds of fault.
const (
	FaultNone  Kind = "none"  // in order (again)
	FaultNACK  Kind = "nack"  // does not answer
	FaultHang  Kind = "hang"  // begins a transfer and never ends it
	FaultLie   Kind = "lie"   // answers, each bit the wrong way round; a reader on UART refuses every command
	FaultReset Kind = "reset" // loses its registers, once, as at a dip of its supply
	FaultDead  Kind = "dead"  // of a bus: stuck; of a line: broken off
)

// ErrKind says that a part cannot fail in that way.
var ErrKind = errors.New("that part cannot fail so")

// Parts are the names that Fault takes, sorted: the buses and expanders by their names in the profile, "keypad",
// "reader", "display" and "sounder".
func (c *Cabinet) Parts() []string {
	parts := c.parts()
	return slices.Sorted(maps.Keys(parts))
}

// part is how one part is made to fail.
type part struct {
	bus   *bus
	addr  uint16
	reset func()
	other func(Kind) bool // for what is no chip on a bus; reports whether it can fail so
}

func (c *Cabinet) parts() map[string]part {
	p, out := c.profile, map[string]part{}
	for _, b := range p.Buses {
		bus := c.hw.buses[b.Name]
		out[b.Name] = part{other: func(k Kind) bool {
			bus.SetDead(k == FaultDead)
			return k == FaultDead || k == FaultNone
		}}
	}
	for _, e := range p.Expanders {
		out[e.Name] = part{bus: c.hw.buses[e.Bus], addr: e.Addr, reset: c.hw.expanders[e.Name].Reset}
	}
	if p.Keypad.Kind == board.KeypadTCA8418 {
		out["keypad"] = part{bus: c.hw.buses[p.Keypad.Bus], addr: p.Keypad.Addr, reset: c.hw.keypad.Reset}
	}
	switch p.Reader.Kind {
	case board.ReaderPN532I2C:
		out["reader"] = part{bus: c.hw.buses[p.Reader.Bus], addr: p.Reader.Addr, reset: c.hw.pn532.Reset}
	case board.ReaderPN532UART:
		out["reader"] = part{other: c.faultReader}
	case board.ReaderWiegand:
		out["reader"] = part{other: c.faultWiegand}
	case board.NoReader:
	}
	switch p.Display.Kind {
	case board.DisplayHD44780:
		out["display"] = part{bus: c.hw.buses[p.Display.Bus], addr: p.Display.Addr, reset: c.hw.lcd.Reset}
	case board.DisplaySSD1306:
		out["display"] = part{bus: c.hw.buses[p.Display.Bus], addr: p.Display.Addr, reset: c.hw.oled.Reset}
	case board.NoDisplay:
	}
	if w, ok := c.hw.outputs[p.Sounder.Pin.Line]; ok {
		out["sounder"] = part{other: func(k Kind) bool {
			w.Break(k == FaultDead)
			return k == FaultDead || k == FaultNone
		}}
	}
	return out
}

func (c *Cabinet) faultReader(k Kind) bool {
	switch k {
	case FaultNone:
		c.hw.pn532.SetFault(chips.PN532Fault{})
	case FaultNACK, FaultHang, FaultDead:
		c.hw.pn532.SetFault(chips.PN532Fault{Mute: true})
	case FaultLie:
		c.hw.pn532.SetFault(chips.PN532Fault{Errors: 1 << 30})
	case FaultReset:
		c.hw.pn532.Reset()
	default:
		return false
	}
	return true
}

func (c *Cabinet) faultWiegand(k Kind) bool {
	switch k { //nolint:exhaustive // the lines know nothing of registers
	case FaultNone:
		c.hw.wiegand.Break(nil)
	case FaultDead:
		c.hw.wiegand.Break(chips.ErrLine)
	default:
		return false
	}
	return true
}

// Fault makes a part fail, in place of the fault that it had, or mends it with FaultNone. FaultReset happens once.
// The error wraps ErrNotThere or ErrKind.
func (c *Cabinet) Fault(name string, k Kind) error {
	p, ok := c.parts()[name]
	if !ok {
		return fmt.Errorf("sim: part %q: %w; use one of %q", name, ErrNotThere, c.Parts())
	}
	if p.other != nil {
		ok = p.other(k)
	} else {
		ok = p.fail(k)
	}
	if !ok {
		return fmt.Errorf("sim: part %q, fault %q: %w", name, k, ErrKind)
	}
	return c.act(func() error {
		if k == FaultReset {
			return nil
		}
		delete(c.faults, name)
		if k != FaultNone {
			c.faults[name] = k
		}
		return nil
	})
}

func (p part) fail(k Kind) bool {
	switch k {
	case FaultReset:
		p.reset()
		return true
	case FaultDead:
		return false
	case FaultNone, FaultNACK, FaultHang, FaultLie:
	default:
		return false
	}
	p.bus.unhang(p.addr)
	f := chips.Fault{NACK: k == FaultNACK}
	if k == FaultLie {
		f.Lie = func(_, r []byte) {
			for i := range r {
				r[i] ^= 0xFF
			}
		}
	}
	p.bus.SetFault(p.addr, f)
	if k == FaultHang {
		p.bus.hang(p.addr)
	}
	return true
}

// Faults are the parts that are failing, and how.
func (c *Cabinet) Faults() map[string]Kind {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.faults)
}
