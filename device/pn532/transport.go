package pn532

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrTimeout says that no frame came in time.
var ErrTimeout = errors.New("pn532: no answer in time")

// Transport carries frames to the chip and back. A Reader uses it from one goroutine at a time.
type Transport interface {
	fmt.Stringer
	// Wake gets the chip and the line ready, from whatever state either is in. What was received before
	// is forgotten.
	Wake(ctx context.Context) error
	// Send writes bytes of whole frames.
	Send(ctx context.Context, frame []byte) error
	// Receive returns the next frame, waiting for it at most that long. The error wraps ErrTimeout, ErrShort,
	// ErrChecksum or ErrFrame, after which the host may ask again with a NACK frame; any other is the line's.
	Receive(ctx context.Context, wait time.Duration) (Frame, error)
	// Close lets go of the line.
	Close() error
}

// sleep waits, or returns ctx's error when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
