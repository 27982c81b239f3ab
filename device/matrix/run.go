package matrix

import (
	"context"
	"fmt"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/edge"
	"smartbox/device/mcp23017"
)

// verifyEvery is how often the chip's configuration is read back while nothing moves.
const verifyEvery = time.Second

// Listening is closed once the keys are scanned, or the chip does not answer.
func (d *Dev) Listening() <-chan struct{} { return d.listening }

// Run reports keys going down until ctx ends. Of a chip that does not answer it reports that, asks it
// again with growing pauses, and sets it up anew. It fails where the interrupt line cannot be used.
func (d *Dev) Run(ctx context.Context, emit func(device.Event)) error {
	defer d.listen()
	wait, err := edge.New(d.intr)
	if err != nil {
		return fmt.Errorf("%s: %w", d, err)
	}
	var down error // why the chip is out
	var since time.Time
	pause := d.opts.Probe
	quiet := true
	_, err = d.chip.Verify()
	d.listen()
	for {
		now := time.Now()
		switch {
		case err != nil && down == nil:
			down, since, pause = err, now, d.opts.Probe
			d.forget(now, emit)
			emit(device.Health{Part: smartbox.PartKeypad, Name: d.String(), Err: err})
		case err != nil:
			pause = min(2*pause, d.opts.Rarely)
		case down != nil:
			down = nil
			emit(device.Health{Part: smartbox.PartKeypad, Name: d.String(), After: now.Sub(since)})
		}
		d.held.Check(now, emit)
		switch {
		case down != nil:
			if !wait.Sleep(ctx, pause) {
				return nil
			}
			_, err = d.chip.Verify()
			continue
		case quiet:
			if !wait.Wait(ctx, d.opts.Poll) {
				return nil
			}
		default: // the scan itself moves the columns, so that edges say nothing
			if !wait.Sleep(ctx, d.rest()) {
				return nil
			}
		}
		quiet, err = d.service(emit)
	}
}

// rest is the pause between two scans: short while a key moves or is held, longer where one is stuck.
func (d *Dev) rest() time.Duration {
	if d.keys == d.raw && !d.held.Busy() {
		return d.opts.Poll
	}
	return d.opts.Debounce / 2
}

// service looks whether a key is down and if so scans. It reports whether all is quiet.
func (d *Dev) service(emit func(device.Event)) (quiet bool, err error) {
	none, err := d.idle()
	if err != nil {
		return false, err
	}
	var m matrix
	if !none {
		if m, err = d.scan(); err != nil {
			return false, err
		}
		if _, err = d.idle(); err != nil {
			return false, err
		}
	}
	now := time.Now()
	if m != d.raw || m != d.keys || now.Sub(d.verified) >= verifyEvery {
		// Before a move counts the chip must be set up as it was.
		d.verified = now
		found, err := d.chip.Verify()
		if err != nil {
			return false, err
		}
		if found != mcp23017.Fine {
			d.forget(now, emit)
			return false, nil
		}
	}
	d.follow(now, m, emit)
	return none && d.raw == d.keys, nil
}
