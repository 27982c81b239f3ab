package mcp23017

import (
	"fmt"

	"smartbox/device"
)

// insister is a bus that can be made to try although the chip counts as dead; busguard.Bus is one.
type insister interface {
	Insist(addr uint16, w, r []byte) error
}

// Verify reads the configuration back. Where it is not ours, all outputs go to idle and the chip
// is set up anew, the latch before the direction, and read back again. On success the chip holds
// our configuration and no fault is latched; Found says in which state it was met. The error wraps
// device.ErrDead where the chip does not answer, device.ErrReadBack where it does not take what it
// is told.
func (d *Dev) Verify() (Found, error) {
	defer d.hold()()
	return d.verify()
}

func (d *Dev) verify() (Found, error) {
	found, err := d.inspect()
	if err != nil {
		return found, err
	}
	if found == Fine && d.fault == nil {
		d.ready = true
		return Fine, nil
	}
	if found == Fine { // it agrees now, after it did not: idle before it is trusted again
		found = Altered
	}
	if d.known {
		d.resets++
	}
	return found, d.configure()
}

// inspect compares every register of the configuration with what it should hold.
func (d *Dev) inspect() (Found, error) {
	var conf [regConfig]byte
	var latch [2]byte
	if err := d.bus.Tx(d.addr, []byte{regIODIR}, conf[:]); err != nil {
		return Fine, d.fail("read configuration", err)
	}
	if err := d.bus.Tx(d.addr, []byte{regOLAT}, latch[:]); err != nil {
		return Fine, d.fail("read latch", err)
	}
	fresh := [regConfig]byte{regIODIR: 0xFF, regIODIR + 1: 0xFF}
	switch {
	case conf == d.wanted() && word(latch[0], latch[1]) == d.latch():
		if d.known {
			return Fine, nil
		}
		return Fresh, nil // by an earlier run of ours
	case !d.known:
		return Fresh, nil
	case conf == fresh && latch == [2]byte{}:
		return Reset, nil
	default:
		return Altered, nil
	}
}

// wanted is what the registers from IODIR to GPPU should hold.
func (d *Dev) wanted() (conf [regConfig]byte) {
	put := func(reg int, v uint16) { conf[reg], conf[reg+1] = byte(v&0xFF), byte(v>>8&0xFF) }
	put(regIODIR, d.direction())
	put(regGPINTEN, d.opts.Interrupts)
	put(regIOCON, word(ioconWanted, ioconWanted))
	put(regGPPU, d.opts.PullUps)
	return conf
}

// latch is what OLAT should hold: an open drain always 0, so that its direction alone switches it.
func (d *Dev) latch() uint16 { return d.level &^ d.opts.OpenDrain }

// direction is what IODIR should hold; 1 is an input.
func (d *Dev) direction() uint16 { return ^d.opts.Outputs | d.level&d.opts.OpenDrain }

// configure brings every output to idle and writes the whole configuration.
func (d *Dev) configure() error {
	d.level = d.opts.Idle
	d.ready = false
	conf := d.wanted()
	latch := d.latch()
	steps := []struct {
		what string
		w    []byte
	}{
		// A disturbed chip may have BANK set, which moves every register. This write clears it
		// then, and otherwise touches GPINTENB alone.
		{"leave banked mode", []byte{regIOCONBanked, 0}},
		{"set IOCON", []byte{regIOCON, ioconWanted}},
		{"set idle levels", pair(regOLAT, latch)},
		{"set directions", append([]byte{regIODIR}, conf[:]...)},
	}
	for _, s := range steps {
		if err := d.bus.Tx(d.addr, s.w, nil); err != nil {
			return d.fail(s.what, err)
		}
	}
	var pins [2]byte // reading the ports clears an interrupt from before
	if err := d.bus.Tx(d.addr, []byte{regGPIO}, pins[:]); err != nil {
		return d.fail("clear interrupts", err)
	}
	d.known = true
	found, err := d.inspect()
	if err != nil {
		return err
	}
	if found != Fine {
		d.fault = fmt.Errorf("%s: configuration: %w; check its supply and replace the chip", d, device.ErrReadBack)
		return d.fault
	}
	d.fault, d.ready = nil, true
	return nil
}
