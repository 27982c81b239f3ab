// Package chips models the chips of a cabinet at the level of their registers, so that the very
// drivers that run on hardware run in tests, in the browser's cabinet and behind a real kernel's I2C
// adapter. A model can be made to NACK, hang, reset and lie.
package chips

import (
	"errors"
	"fmt"
	"sync"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// ErrNACK is what an absent or silent chip gives; Linux says ENXIO or EREMOTEIO.
var ErrNACK = errors.New("chips: remote I/O error (no acknowledge)")

// ErrBusDead is what every transfer gives while the bus is stuck; Linux says ETIMEDOUT.
var ErrBusDead = errors.New("chips: bus is stuck (timed out)")

// Chip is one chip's register file.
type Chip interface {
	// Tx is one I2C transaction: the bytes written after the address, then the bytes read.
	Tx(w, r []byte) error
	// Reset is what power-on or the /RESET pin does.
	Reset()
}

// Bus is an i2c.Bus over chip models. The zero value is an empty bus. It is safe for concurrent use.
type Bus struct {
	mu     sync.Mutex
	chips  map[uint16]Chip
	faults map[uint16]Fault
	dead   bool
	tap    func(Transfer)
}

// Fault makes one chip misbehave. The zero Fault is a chip in order.
type Fault struct {
	NACK  bool                    // it does not answer
	Times int                     // how many transfers the fault lasts; 0 = until it is taken away
	Lie   func(w, r []byte)       // changes what was read
	Hang  func()                  // called instead of the transfer, before ErrBusDead is returned
	Err   func(w, r []byte) error // any other failure, by what is transferred
}

// Transfer is one transaction as a logic analyser would show it.
type Transfer struct {
	Addr uint16
	W, R []byte
	Err  error
}

var _ i2c.BusCloser = (*Bus)(nil)

// Add puts a chip at an address of 7 bits; it replaces the one that was there.
func (b *Bus) Add(addr uint16, c Chip) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.chips == nil {
		b.chips = map[uint16]Chip{}
	}
	b.chips[addr] = c
}

// SetFault makes the chip at addr misbehave from the next transfer on.
func (b *Bus) SetFault(addr uint16, f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.faults == nil {
		b.faults = map[uint16]Fault{}
	}
	b.faults[addr] = f
}

// SetDead sticks or frees the whole bus.
func (b *Bus) SetDead(dead bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dead = dead
}

// Tap calls f after each transfer; the slices are copies.
func (b *Bus) Tap(f func(Transfer)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tap = f
}

// String names the bus.
func (b *Bus) String() string { return "chips.Bus" }

// SetSpeed accepts any speed: a model has none.
func (b *Bus) SetSpeed(physic.Frequency) error { return nil }

// Close does nothing.
func (b *Bus) Close() error { return nil }

// Tx is one transaction with the chip at addr.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.tx(addr, w, r)
	if b.tap != nil {
		b.tap(Transfer{Addr: addr, W: append([]byte(nil), w...), R: append([]byte(nil), r...), Err: err})
	}
	return err
}

func (b *Bus) tx(addr uint16, w, r []byte) error {
	if b.dead {
		return ErrBusDead
	}
	c, ok := b.chips[addr]
	if !ok {
		return fmt.Errorf("address %#02x: %w", addr, ErrNACK)
	}
	f, faulty := b.faults[addr]
	if faulty && f.Times > 0 {
		if f.Times--; f.Times == 0 {
			delete(b.faults, addr)
		} else {
			b.faults[addr] = f
		}
	}
	switch {
	case f.NACK:
		return fmt.Errorf("address %#02x: %w", addr, ErrNACK)
	case f.Hang != nil:
		f.Hang()
		return ErrBusDead
	case f.Err != nil:
		if err := f.Err(w, r); err != nil {
			return err
		}
	}
	if err := c.Tx(w, r); err != nil {
		return err
	}
	if f.Lie != nil {
		f.Lie(w, r)
	}
	return nil
}
