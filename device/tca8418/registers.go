package tca8418

import (
	"fmt"

	"smartbox/device"
)

// Registers (SCPS215G, table 2).
const (
	regCFG         = 0x01
	regINTSTAT     = 0x02
	regKEYEVENTA   = 0x04
	regGPIOINTEN1  = 0x1A
	regKPGPIO1     = 0x1D
	regKPGPIO2     = 0x1E
	regKPGPIO3     = 0x1F
	regGPIEM1      = 0x20
	regDEBOUNCEDIS = 0x29
)

// Bits.
const (
	cfgAutoIncrement = 1 << 7
	cfgIntAgain      = 1 << 4 // INT rises for 50 us and falls again while something is pending
	cfgOverflow      = 1 << 3 // INT on overflow
	cfgKeys          = 1 << 0 // INT on key events
	cfgWanted        = cfgAutoIncrement | cfgIntAgain | cfgOverflow | cfgKeys

	statOverflow = 1 << 3
	statAll      = 0x1F
	countMask    = 0x0F
	eventPress   = 1 << 7
)

// The chip's size.
const (
	maxRows    = 8
	maxColumns = 10
	fifo       = 10
)

// configure sets the chip up from any state, drops what it holds, and reads the settings back.
func (d *Dev) configure() error {
	scanned := d.scanned()
	steps := [][2]byte{
		{regCFG, 0}, // no interrupt and no scan result while the rest changes
		{regGPIOINTEN1, 0},
		{regGPIOINTEN1 + 1, 0},
		{regGPIOINTEN1 + 2, 0},
		{regGPIEM1, 0},
		{regGPIEM1 + 1, 0},
		{regGPIEM1 + 2, 0},
		{regDEBOUNCEDIS, 0},
		{regDEBOUNCEDIS + 1, 0},
		{regDEBOUNCEDIS + 2, 0},
		{regKPGPIO1, scanned[0]},
		{regKPGPIO2, scanned[1]},
		{regKPGPIO3, scanned[2]},
		{regCFG, cfgWanted},
	}
	for _, s := range steps {
		if err := d.write(s[0], s[1]); err != nil {
			return err
		}
	}
	if err := d.flush(); err != nil {
		return err
	}
	for _, s := range steps[len(steps)-4:] {
		got, err := d.read(s[0])
		if err != nil {
			return err
		}
		if got != s[1] {
			return fmt.Errorf("%s: %w: %w: register %#02x holds %#02x, not %#02x",
				d, device.ErrReadBack, errConfig, s[0], got, s[1])
		}
	}
	return nil
}

// scanned is what KP_GPIO1 to 3 should hold: the rows and columns of the layout.
func (d *Dev) scanned() [3]byte {
	rows, columns := d.opts.Layout.Size()
	c := uint16(1<<columns - 1)
	return [3]byte{byte((1<<rows - 1) & 0xFF), byte(c & 0xFF), byte(c >> 8 & 0xFF)}
}

// flush drops the events that the chip holds and acknowledges every interrupt.
func (d *Dev) flush() error {
	for range fifo {
		e, err := d.read(regKEYEVENTA)
		if err != nil {
			return err
		}
		if e == 0 {
			break
		}
	}
	return d.write(regINTSTAT, statAll)
}

func (d *Dev) read(reg byte) (byte, error) {
	var r [1]byte
	if err := d.bus.Tx(d.addr, []byte{reg}, r[:]); err != nil {
		return 0, d.fail(fmt.Sprintf("read register %#02x", reg), err)
	}
	return r[0], nil
}

func (d *Dev) write(reg, v byte) error {
	if err := d.bus.Tx(d.addr, []byte{reg, v}, nil); err != nil {
		return d.fail(fmt.Sprintf("write register %#02x", reg), err)
	}
	return nil
}
