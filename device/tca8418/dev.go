package tca8418

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"

	"smartbox"
	"smartbox/device"
	"smartbox/device/edge"
	"smartbox/device/keypad"
)

// Addr is the chip's only address.
const Addr = 0x34

// Opts are the keypad's keys and the driver's patience. Zero fields take the value of DefaultOpts.
type Opts struct {
	Layout keypad.Layout // row r is ROW r of the chip, column c is COL c
	Poll   time.Duration // the chip is asked this often where its INT is silent
	Stuck  time.Duration // a key held longer is reported
	Probe  time.Duration // a dead chip is asked again after this, then after twice as long, ...
	Rarely time.Duration // ... but at least this often
}

// DefaultOpts is a telephone keypad.
func DefaultOpts() Opts {
	return Opts{
		Layout: keypad.Telephone(), Poll: 100 * time.Millisecond, Stuck: 30 * time.Second,
		Probe: 100 * time.Millisecond, Rarely: 2 * time.Second,
	}
}

// Dev is a keypad. Its events come from Run.
type Dev struct {
	bus  i2c.Bus
	addr uint16
	intr gpio.PinIn
	opts Opts
	held keypad.Held

	checked   time.Time
	listening chan struct{}
	listen    func() // closes it, once
}

var (
	_ device.Source   = (*Dev)(nil)
	_ device.Listener = (*Dev)(nil)
)

// New is a keypad on a chip. intr is the pin that its INT pulls low, nil to poll. The bus is not touched
// before Run, so that a box starts with a dead chip too.
func New(bus i2c.Bus, addr uint16, intr gpio.PinIn, opts *Opts) (*Dev, error) {
	o := DefaultOpts()
	if opts != nil {
		if opts.Layout != nil {
			o.Layout = opts.Layout
		}
		for _, f := range []struct{ field, given *time.Duration }{
			{&o.Poll, &opts.Poll},
			{&o.Stuck, &opts.Stuck},
			{&o.Probe, &opts.Probe},
			{&o.Rarely, &opts.Rarely},
		} {
			if *f.given > 0 {
				*f.field = *f.given
			}
		}
	}
	if err := o.Layout.Check(maxRows, maxColumns); err != nil {
		return nil, fmt.Errorf("tca8418: %w", err)
	}
	d := &Dev{bus: bus, addr: addr, intr: intr, opts: o, listening: make(chan struct{})}
	d.listen = sync.OnceFunc(func() { close(d.listening) })
	d.held = keypad.Held{Name: d.String(), Limit: o.Stuck}
	return d, nil
}

// String is the chip's name: "tca8418@0x34".
func (d *Dev) String() string { return fmt.Sprintf("tca8418@%#02x", d.addr) }

// Halt makes the chip scan no more keys, as conn.Resource wants. It is for after Run.
func (d *Dev) Halt() error { return d.write(regCFG, 0) }

// Listening is closed once the chip scans its keys, or does not answer.
func (d *Dev) Listening() <-chan struct{} { return d.listening }

// Run reports keys going down until ctx ends. Of a chip that does not answer it reports that, asks it again
// with growing pauses, and sets it up anew. What was typed meanwhile is dropped: a code with a gap, or
// minutes late, is worse than none. It fails where the interrupt line cannot be used.
func (d *Dev) Run(ctx context.Context, emit func(device.Event)) error {
	defer d.listen()
	wait, err := edge.New(d.intr)
	if err != nil {
		return fmt.Errorf("%s: %w", d, err)
	}
	var down error // why the chip is out
	var since time.Time
	pause := d.opts.Probe
	err = d.configure()
	d.listen()
	for {
		now := time.Now()
		switch {
		case err != nil && down == nil:
			down, since, pause = err, now, d.opts.Probe
			d.held.Forget(now, emit)
			emit(device.Health{Part: smartbox.PartKeypad, Name: d.String(), Err: err})
		case err != nil:
			pause = min(2*pause, d.opts.Rarely)
		case down != nil:
			down = nil
			emit(device.Health{Part: smartbox.PartKeypad, Name: d.String(), After: now.Sub(since)})
		}
		d.held.Check(now, emit)
		if down != nil {
			if !wait.Sleep(ctx, pause) {
				return nil
			}
			err = d.configure()
			continue
		}
		if !wait.Wait(ctx, d.opts.Poll) {
			return nil
		}
		err = d.service(emit)
	}
}

// service takes what the chip has.
func (d *Dev) service(emit func(device.Event)) error {
	var s [3]byte // CFG, INT_STAT, KEY_LCK_EC; without CFG.AI, three times CFG
	if err := d.bus.Tx(d.addr, []byte{regCFG}, s[:]); err != nil {
		return d.fail("read state", err)
	}
	switch stat := s[1]; {
	case s[0] != cfgWanted: // the chip was reset, and scans nothing
		d.held.Forget(time.Now(), emit)
		return d.configure()
	case stat&statOverflow != 0: // events are missing: what is left cannot be trusted
		d.held.Forget(time.Now(), emit)
		return d.flush()
	case s[2]&countMask == 0 && stat == 0:
		return d.check(emit)
	default:
		return d.drain(int(s[2]&countMask), stat, emit)
	}
}

// verifyEvery is how often the settings of the matrix are read back while nobody types.
const verifyEvery = time.Second

// check reads the settings of the matrix back, now and then; CFG is read each time anyway.
func (d *Dev) check(emit func(device.Event)) error {
	now := time.Now()
	if now.Sub(d.checked) < verifyEvery {
		return nil
	}
	d.checked = now
	var got [3]byte
	if err := d.bus.Tx(d.addr, []byte{regKPGPIO1}, got[:]); err != nil {
		return d.fail("read matrix settings", err)
	}
	if got == d.scanned() {
		return nil
	}
	d.held.Forget(now, emit)
	return d.configure()
}

// drain reads n events and then acknowledges. An event that comes in between keeps INT low, or
// pulls it low again.
func (d *Dev) drain(n int, stat byte, emit func(device.Event)) error {
	for range n {
		e, err := d.read(regKEYEVENTA)
		if err != nil {
			return err
		}
		if e == 0 {
			break
		}
		code := int(e&^eventPress) - 1
		key := d.opts.Layout.Key(code/maxColumns, code%maxColumns)
		if now := time.Now(); e&eventPress != 0 {
			d.held.Release(now, key, emit) // a press again means that its release was lost
			d.held.Press(now, key, emit)
		} else {
			d.held.Release(now, key, emit)
		}
	}
	return d.write(regINTSTAT, stat)
}

var errConfig = errors.New("configuration does not hold; check its supply and replace the chip")

func (d *Dev) fail(what string, err error) error {
	if !errors.Is(err, device.ErrDead) {
		err = fmt.Errorf("%w: %w", device.ErrDead, err)
	}
	return fmt.Errorf("%s: %s: %w", d, what, err)
}
