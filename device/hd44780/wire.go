package hd44780

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"
)

// The backpack's wiring.
const (
	pinRS        = 1 << 0
	pinRW        = 1 << 1
	pinE         = 1 << 2
	pinBacklight = 1 << 3
	pinData      = 0xF0
)

// The instructions (table 6).
const (
	insClear     = 0x01
	insEntry     = 0x06 // to the right, no shift
	insOff       = 0x08
	insOn        = 0x0C // no cursor
	insFunction  = 0x28 // 4 bits, 2 lines, 5x8
	insCGAddress = 0x40
	insAddress   = 0x80
)

// parked is where the address counter stands between texts: reading it back tells whether the controller is
// still the one that was set up. After a reset it is 0, after a lost nibble it reads 0x72.
const parked = 0x27

// chunk is how many bytes go in one transfer; some USB adapters take no more than 64.
const chunk = 60

// errForgot says that the chip answers and is not in the state in which it was left.
var errForgot = errors.New("display was reset or lost step")

// wire speaks to the controller through the backpack. It collects bytes until flush.
type wire struct {
	dev   i2c.Dev
	light byte // pinBacklight or 0
	rs    byte
	buf   []byte
}

// idle is the latch between transfers.
func (w *wire) idle() byte { return w.light }

// nibble strobes one: the controller takes it when E falls. RS stands a byte's time before E rises, as its
// set-up time demands; the data need only stand before E falls.
func (w *wire) nibble(n, rs byte) {
	pins := n&pinData | rs | w.light
	if rs != w.rs {
		w.buf = append(w.buf, pins)
		w.rs = rs
	}
	w.buf = append(w.buf, pins|pinE, pins)
}

func (w *wire) instruct(b byte) { w.nibble(b, 0); w.nibble(b<<4, 0) }
func (w *wire) data(b byte)     { w.nibble(b, pinRS); w.nibble(b<<4, pinRS) }

// flush sends what was collected and leaves the latch idle.
func (w *wire) flush() error {
	b := append(w.buf, w.idle())
	w.buf, w.rs = w.buf[:0], 0
	for len(b) > 0 {
		n := min(len(b), chunk)
		if err := w.dev.Tx(b[:n], nil); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// step sends one nibble or instruction and gives the controller the time it needs.
func (w *wire) step(ctx context.Context, wait time.Duration, send func()) error {
	send()
	if err := w.flush(); err != nil {
		return err
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// reset is the data sheet's "initializing by instruction" for 4 bits (figure 24), which works from any state: powered
// up a moment ago, in 8 bits, in 4 bits or between two nibbles. The display is blank afterwards, unless keep leaves out
// what an eye would see as a flicker.
func (w *wire) reset(ctx context.Context, keep bool) error {
	w.buf, w.rs = w.buf[:0], 0
	eight, four := func() { w.nibble(0x30, 0) }, func() { w.nibble(0x20, 0) }
	ins := func(b byte) func() { return func() { w.instruct(b) } }
	const short = 100 * time.Microsecond
	for _, s := range []struct {
		send  func()
		wait  time.Duration
		blank bool
	}{
		{func() {}, 40 * time.Millisecond, true}, // after VCC reached 2.7 V
		{eight, 4100 * time.Microsecond, false},
		{eight, short, false},
		{eight, short, false},
		{four, short, false},
		{ins(insFunction), short, false},
		{ins(insOff), short, true},
		{ins(insClear), 2 * time.Millisecond, true},
		{ins(insEntry), short, false},
		{ins(insOn), short, false},
		{ins(insAddress | parked), short, false},
	} {
		if keep && s.blank {
			continue
		}
		if err := w.step(ctx, s.wait, s.send); err != nil {
			return err
		}
	}
	return nil
}

// verify reads the expander's latch and, where the backpack can, the address counter. The error wraps errForgot where
// either is not as it was left.
func (w *wire) verify(counter bool) error {
	var r [1]byte
	if err := w.dev.Tx(nil, r[:]); err != nil {
		return err
	}
	if r[0] != w.idle() {
		return fmt.Errorf("%w: latch %#02x, left at %#02x", errForgot, r[0], w.idle())
	}
	if !counter {
		return nil
	}
	read := pinData | pinRW | w.light // data lines high, so that the controller can pull them low
	var hi, lo [1]byte
	if err := w.dev.Tx([]byte{read, read | pinE}, hi[:]); err != nil {
		return err
	}
	if err := w.dev.Tx([]byte{read, read | pinE}, lo[:]); err != nil {
		return err
	}
	// RW leaves the lines only when E is low, and the data go low after it.
	if err := w.dev.Tx([]byte{read, w.idle()}, nil); err != nil {
		return err
	}
	if got := hi[0]&pinData | lo[0]>>4; got != parked {
		return fmt.Errorf("%w: address counter %#02x, left at %#02x", errForgot, got, parked)
	}
	return nil
}
