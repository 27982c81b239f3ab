package pn532

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"
)

// Addr is the chip's only address on I2C.
const Addr = 0x24

// I2C is the chip's I2C interface: each read begins with a byte whose lowest bit says that a frame follows
// (UM0701-02, 6.2.4).
type I2C struct {
	dev   i2c.Dev
	every time.Duration
}

var _ Transport = (*I2C)(nil)

// firstRead is how many bytes of a frame are read at once: an ACK, or a card's answer with a short ATS. A longer
// frame is asked for again in full.
const firstRead = 40

// NewI2C carries frames over a bus, to addr as a rule Addr.
func NewI2C(bus i2c.Bus, addr uint16) *I2C {
	return &I2C{dev: i2c.Dev{Bus: bus, Addr: addr}, every: 2 * time.Millisecond}
}

// String names chip and address.
func (t *I2C) String() string { return fmt.Sprintf("pn532@%#02x", t.dev.Addr) }

// Wake addresses the chip, which wakes it; a chip that was asleep may not acknowledge the first time. It takes
// back a command that was still running.
func (t *I2C) Wake(ctx context.Context) error {
	_ = t.Send(ctx, ackFrame()) // the next one tells
	if err := sleep(ctx, 2*time.Millisecond); err != nil {
		return err
	}
	return t.Send(ctx, ackFrame())
}

// Send writes one frame.
func (t *I2C) Send(_ context.Context, frame []byte) error {
	if err := t.dev.Tx(frame, nil); err != nil {
		return fmt.Errorf("%s: %w", t, err)
	}
	return nil
}

// Receive polls the ready byte, then reads the frame.
func (t *I2C) Receive(ctx context.Context, wait time.Duration) (Frame, error) {
	until := time.Now().Add(wait)
	size, asked := firstRead, false
	for {
		var ready [1]byte
		if err := t.dev.Tx(nil, ready[:]); err != nil {
			return Frame{}, fmt.Errorf("%s: %w", t, err)
		}
		if ready[0]&1 == 0 {
			if !time.Now().Before(until) {
				return Frame{}, ErrTimeout
			}
			if err := sleep(ctx, t.every); err != nil {
				return Frame{}, err
			}
			continue
		}
		b := make([]byte, 1+size)
		if err := t.dev.Tx(nil, b); err != nil {
			return Frame{}, fmt.Errorf("%s: %w", t, err)
		}
		f, _, err := ParseFrame(b[1:])
		if err == nil || asked || announced(b[1:]) <= size {
			return f, err
		}
		// Longer than what was read: the rest is gone, the chip keeps it for a NACK.
		size, asked = announced(b[1:]), true
		if err := t.Send(ctx, nackFrame()); err != nil {
			return Frame{}, err
		}
	}
}

// announced is how long the frame at the start of b says it is, 0 where it does not say.
func announced(b []byte) int {
	switch {
	case len(b) < 8 || b[1] != 0x00 || b[2] != 0xFF:
		return 0
	case b[3] == 0xFF && b[4] == 0xFF && b[5]+b[6]+b[7] == 0:
		return min(int(b[5])<<8|int(b[6]), maxData+1) + 10
	case b[3]+b[4] == 0:
		return int(b[3]) + 7
	}
	return 0
}

// Close takes back what the chip may be doing. The bus is not the transport's to close.
func (t *I2C) Close() error { return t.dev.Tx(ackFrame(), nil) }
