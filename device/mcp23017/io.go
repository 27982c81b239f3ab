package mcp23017

import (
	"fmt"

	"smartbox/device"
)

// Write brings the outputs in mask to levels, leaves the others as they are, and reads the chip
// back. It sets the chip up first where that has not been done. It refuses, with the fault, while one is
// latched. The error wraps device.ErrDead or device.ErrReadBack; then what the outputs do is not
// known, and Off is the thing to call.
func (d *Dev) Write(mask, levels uint16) error {
	defer d.hold()()
	if err := d.usable(); err != nil {
		return err
	}
	return d.write(mask, levels, d.bus.Tx)
}

// Off brings the outputs in mask to their idle level and reads the chip back. It is tried whatever
// is known of the chip, a latched fault included.
func (d *Dev) Off(mask uint16) error {
	defer d.hold()()
	tx := d.bus.Tx
	if b, ok := d.bus.(insister); ok {
		tx = b.Insist
	}
	return d.write(mask, d.opts.Idle, tx)
}

// Pull lets open drains pull low (level 0) or float (1) with a single transfer that is not read back:
// for scanning a key matrix.
func (d *Dev) Pull(mask, levels uint16) error {
	defer d.hold()()
	if err := d.usable(); err != nil {
		return err
	}
	mask &= d.opts.OpenDrain
	d.level = d.level&^mask | levels&mask
	dir := d.direction()
	if err := d.bus.Tx(d.addr, pair(regIODIR, dir), nil); err != nil {
		return d.fail("pull", err)
	}
	return nil
}

// Read is the level of all 16 pins, both ports in one transfer, which also clears the chip's
// interrupt. It sets the chip up first where that has not been done. The error wraps device.ErrDead.
func (d *Dev) Read() (uint16, error) {
	defer d.hold()()
	if !d.ready {
		if _, err := d.verify(); err != nil {
			return 0, err
		}
	}
	var pins [2]byte
	if err := d.bus.Tx(d.addr, []byte{regGPIO}, pins[:]); err != nil {
		return 0, d.fail("read pins", err)
	}
	return word(pins[0], pins[1]), nil
}

// usable sets the chip up where that has not been done, and gives the latched fault.
func (d *Dev) usable() error {
	if d.fault != nil {
		return d.fault
	}
	if d.ready {
		return nil
	}
	_, err := d.verify()
	return err
}

// write does the latch before the direction: after a reset the pins are inputs, and must not drive
// until the latch is right.
func (d *Dev) write(mask, levels uint16, tx func(uint16, []byte, []byte) error) error {
	mask &= d.opts.Outputs
	d.level = d.level&^mask | levels&mask
	latch, dir := d.latch(), d.direction()
	if err := tx(d.addr, pair(regOLAT, latch), nil); err != nil {
		return d.fail("write latch", err)
	}
	if err := tx(d.addr, pair(regIODIR, dir), nil); err != nil {
		return d.fail("write direction", err)
	}
	var gotLatch, gotDir [2]byte
	if err := tx(d.addr, []byte{regOLAT}, gotLatch[:]); err != nil {
		return d.fail("read latch back", err)
	}
	if err := tx(d.addr, []byte{regIODIR}, gotDir[:]); err != nil {
		return d.fail("read direction back", err)
	}
	if l, i := word(gotLatch[0], gotLatch[1]), word(gotDir[0], gotDir[1]); l != latch || i != dir {
		d.fault = fmt.Errorf("%s: %w: latch %#04x and direction %#04x were written, %#04x and %#04x read back",
			d, device.ErrReadBack, latch, dir, l, i)
		return d.fault
	}
	return nil
}
