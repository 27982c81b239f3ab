package light

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox"
	"smartbox/device"
	"smartbox/device/turn"
)

// Pin is one output. gpio.PinOut is one.
type Pin interface {
	Out(l gpio.Level) error
}

// Opts are the choices of a Bank.
type Opts struct {
	Name      string        // of the bank, in Health
	Blink     time.Duration // half a period of LightBlink
	Alarm     time.Duration // half a period of LightAlarm
	ActiveLow bool          // the lamp burns at a low level
	Retry     time.Duration // how long after a failure a lamp is tried again
}

// DefaultOpts is a bank of lamps that burn at a high level, blinking at 1 Hz and flashing at 4 Hz.
var DefaultOpts = Opts{Name: "lights", Blink: 500 * time.Millisecond, Alarm: 125 * time.Millisecond, Retry: 2 * time.Second}

// Bank is the lamps of a box. It is a device.Lights and a device.Source: Run is what makes lamps blink, tries
// failed ones again and tells of their health. It is safe for concurrent use.
type Bank struct {
	o    Opts
	poke chan struct{}

	turn  turn.Turn // guards what is behind lamps
	lamps []*lamp   // ascending by slot
}

type lamp struct {
	slot  smartbox.SlotID
	pin   Pin
	light device.Light
	lit   bool
	next  time.Time // when it turns over or is tried again; zero = never
	err   error
	since time.Time
	told  bool
}

var (
	_ device.Lights = (*Bank)(nil)
	_ device.Source = (*Bank)(nil)
)

// New makes a bank over the pins. It touches no pin; a nil o is DefaultOpts.
func New(pins map[smartbox.SlotID]Pin, o *Opts) (*Bank, error) {
	if o == nil {
		o = &DefaultOpts
	}
	if o.Blink <= 0 || o.Alarm <= 0 || o.Retry <= 0 {
		return nil, errors.New("light: Blink, Alarm and Retry must be more than 0")
	}
	b := &Bank{o: *o, poke: make(chan struct{}, 1), turn: turn.New()}
	for slot, p := range pins {
		if p == nil {
			return nil, fmt.Errorf("light: slot %s has no pin", slot)
		}
		b.lamps = append(b.lamps, &lamp{slot: slot, pin: p})
	}
	slices.SortFunc(b.lamps, func(x, y *lamp) int { return cmp.Compare(x.slot, y.slot) })
	return b, nil
}

// String names the bank.
func (b *Bank) String() string { return fmt.Sprintf("%s{%d}", b.o.Name, len(b.lamps)) }

// Set gives a lamp its state and lights it at once. An error wraps device.ErrNoSlot for a slot without a
// lamp and device.ErrDead for a pin that fails; Run tries that one again. Where ctx ends before the bank is free, its
// error is returned and the lamp is as it was.
func (b *Bank) Set(ctx context.Context, slot smartbox.SlotID, l device.Light) error {
	i, ok := slices.BinarySearchFunc(b.lamps, slot, func(x *lamp, s smartbox.SlotID) int { return cmp.Compare(x.slot, s) })
	if !ok {
		return fmt.Errorf("light of slot %s: %w", slot, device.ErrNoSlot)
	}
	if err := b.turn.Take(ctx); err != nil {
		return fmt.Errorf("light of slot %s: %w", slot, err)
	}
	defer b.turn.Give()
	x := b.lamps[i]
	if x.light == l && x.err == nil && l != device.LightOff {
		return nil // a lamp that blinks keeps its beat
	}
	x.light = l
	b.put(x, l != device.LightOff)
	select {
	case b.poke <- struct{}{}:
	default:
	}
	if x.err != nil {
		return fmt.Errorf("light of slot %s: %w: %w", slot, device.ErrDead, x.err)
	}
	return nil
}

// put lights or darkens a lamp and says when it is to be looked at again.
func (b *Bank) put(x *lamp, lit bool) {
	now := time.Now()
	err := x.pin.Out(gpio.Level(lit != b.o.ActiveLow))
	if (err == nil) != (x.err == nil) {
		x.told = false
		if err != nil {
			x.since = now
		}
	}
	x.err, x.lit, x.next = err, lit, time.Time{}
	switch {
	case err != nil:
		x.next = now.Add(b.o.Retry)
	case x.light == device.LightBlink:
		x.next = now.Add(b.o.Blink)
	case x.light == device.LightAlarm:
		x.next = now.Add(b.o.Alarm)
	}
}

// Halt darkens every lamp.
func (b *Bank) Halt() error {
	b.turn.Wait()
	defer b.turn.Give()
	var errs []error
	for _, x := range b.lamps {
		x.light = device.LightOff
		if b.put(x, false); x.err != nil {
			errs = append(errs, fmt.Errorf("light of slot %s: %w", x.slot, x.err))
		}
	}
	return errors.Join(errs...)
}

// Run makes lamps blink until ctx ends, and darkens them all then. It emits a Health for a lamp that
// fails and for one that came back.
func (b *Bank) Run(ctx context.Context, emit func(device.Event)) error {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			_ = b.Halt() // a lamp that does not answer at the end has been told of
			return nil
		case <-b.poke:
		case <-t.C:
		}
		if b.turn.Take(ctx) != nil {
			continue // ctx has ended
		}
		news, wait := b.beat()
		b.turn.Give()
		for _, e := range news {
			emit(e)
		}
		t.Reset(wait)
	}
}

// beat turns over what is due and returns what is to be told and how long nothing is due.
func (b *Bank) beat() (news []device.Event, wait time.Duration) {
	now := time.Now()
	wait = time.Minute
	for _, x := range b.lamps {
		if !x.next.IsZero() && !now.Before(x.next) {
			lit := !x.lit
			if x.light == device.LightOff || x.light == device.LightOn { // a retry
				lit = x.light == device.LightOn
			}
			b.put(x, lit)
		}
		if !x.next.IsZero() {
			wait = min(wait, max(x.next.Sub(now), 0))
		}
		if e, ok := b.health(x, now); ok {
			news = append(news, e)
		}
	}
	return news, wait
}

func (b *Bank) health(x *lamp, now time.Time) (device.Health, bool) {
	if x.told || x.since.IsZero() {
		return device.Health{}, false
	}
	x.told = true
	h := device.Health{Part: smartbox.PartLights, Name: b.o.Name, Slots: []smartbox.SlotID{x.slot}}
	if x.err != nil {
		h.Err = fmt.Errorf("light of slot %s: %w: %w", x.slot, device.ErrDead, x.err)
		return h, true
	}
	h.After = now.Sub(x.since)
	x.since = time.Time{}
	return h, true
}
