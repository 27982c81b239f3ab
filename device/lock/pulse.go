package lock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smartbox"
	"smartbox/device"
)

// offTries is how often switching off is tried before the chip is left to Run and to the hardware.
const offTries = 3

// Unlock gives the slot's lock one pulse and returns when the coil is read back as off. While as many
// coils as may be on are on, or the slot has its pulse already, it waits. A chip that had failed is
// verified, and set up anew, before the pulse.
//
// The error wraps device.ErrNoSlot; device.ErrDead where the chip does not answer;
// device.ErrReadBack where an output did not follow or the chip was reset during the pulse, which may
// then have been too short; ErrSecured; or what ended ctx. Switching off does not heed ctx. Where it fails
// too, Run goes on trying it.
func (b *Bank) Unlock(ctx context.Context, slot smartbox.SlotID) error {
	c := b.coils[slot]
	if c == nil {
		return fmt.Errorf("unlock slot %s: %w", slot, device.ErrNoSlot)
	}
	if err := b.unlock(ctx, c); err != nil {
		return fmt.Errorf("unlock slot %s: %w", slot, err)
	}
	return nil
}

func (b *Bank) unlock(ctx context.Context, c *coil) error {
	cut := b.cutter()
	if err := take(ctx, c.busy, cut); err != nil {
		return err
	}
	defer func() { <-c.busy }()
	if err := take(ctx, b.seats, cut); err != nil {
		return err
	}
	free := func() { <-b.seats }
	defer func() { free() }()

	if err := c.chip.ready(ctx); errors.Is(err, errNotBegun) {
		return err
	} else if err != nil {
		b.report(c.chip, err)
		return err
	}
	cuts, err := b.on(ctx, c, cut)
	if err == nil {
		err = b.wait(ctx, cut)
	}
	if errors.Is(err, errNotBegun) {
		return err
	}
	if offErr := b.off(c); offErr != nil {
		// The coil may still be on: it counts as one of those until the hardware has cut it.
		free = func() { time.AfterFunc(b.opts.OneShot, func() { <-b.seats }) }
		b.report(c.chip, offErr)
		return errors.Join(err, offErr)
	}
	if err == nil {
		err = c.whole(cuts)
	}
	if errors.Is(err, device.ErrDead) || errors.Is(err, device.ErrReadBack) {
		b.report(c.chip, err)
	}
	return err
}

// errNotBegun marks the errors that come before the first write, so that nothing needs switching off.
var errNotBegun = errors.New("no pulse was given")

// on switches the coil on, unless Secure or the end of ctx came first.
func (b *Bank) on(ctx context.Context, c *coil, cut <-chan struct{}) (cuts uint64, err error) {
	if err := take(ctx, b.gate, cut); err != nil {
		return 0, err
	}
	defer func() { <-b.gate }()
	select { // take chooses at random where both are possible
	case <-cut:
		return 0, fmt.Errorf("%w: %w", errNotBegun, ErrSecured)
	case <-ctx.Done():
		return 0, fmt.Errorf("%w: %w", errNotBegun, context.Cause(ctx))
	default:
	}
	cuts = c.chip.cutCount()
	level := c.Pin.Mask()
	if c.ActiveLow {
		level = 0
	}
	return cuts, c.Chip.Write(c.Pin.Mask(), level)
}

// wait lets the pulse last.
func (b *Bank) wait(ctx context.Context, cut <-chan struct{}) error {
	t := time.NewTimer(b.opts.Pulse)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-cut:
		return ErrSecured
	case <-ctx.Done():
		return fmt.Errorf("pulse was cut short: %w", context.Cause(ctx))
	}
}

// off switches the coil off, with further attempts where the chip does not take it.
func (b *Bank) off(c *coil) (err error) {
	for range offTries {
		if err = c.chip.off(c.Pin.Mask()); err == nil {
			return nil
		}
	}
	return fmt.Errorf("coil may be on: %w", err)
}

// whole checks that the chip kept its configuration through the pulse: a reset ends it early, and
// writing OLAT and IODIR again hides that.
func (c *coil) whole(cuts uint64) error {
	if _, err := c.Chip.Verify(); err != nil {
		return err
	}
	if c.chip.cutCount() != cuts {
		return fmt.Errorf("%s lost the pulse to a reset and is set up anew: %w", c.Chip, device.ErrReadBack)
	}
	return nil
}

// Secure switches every coil off, cuts the pulses that run and keeps those that wait from beginning. It
// tries every chip even where one fails and where ctx has ended, for it runs at exit; each attempt is
// bounded by the bus. The error joins those of all chips.
func (b *Bank) Secure(context.Context) error {
	b.gate <- struct{}{}
	defer func() { <-b.gate }()
	b.mu.Lock()
	close(b.cut)
	b.cut = make(chan struct{})
	b.mu.Unlock()
	var errs []error
	for _, c := range b.chips {
		if err := c.secure(); err != nil {
			b.report(c, err)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (b *Bank) cutter() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cut
}

// take waits for a place in sem, for the end of ctx, or for Secure.
func take(ctx context.Context, sem chan<- struct{}, cut <-chan struct{}) error {
	select {
	case sem <- struct{}{}:
		return nil
	case <-cut:
		return fmt.Errorf("%w: %w", errNotBegun, ErrSecured)
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", errNotBegun, context.Cause(ctx))
	}
}
