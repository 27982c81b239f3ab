package supply

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox"
	"smartbox/device"
)

// Pins are the lines. A nil one is a contact that this cabinet does not have: its tamper counts as closed, its mains
// as there and its battery as full.
type Pins struct {
	Tamper  gpio.PinIn // closed (low) while the cabinet is shut
	Mains   gpio.PinIn // closed (low) while there is mains
	Battery gpio.PinIn // closed (low) while the battery is good
}

// Opts are the choices of Inputs.
type Opts struct {
	Name     string
	Pull     gpio.Pull
	Invert   Invert
	Debounce time.Duration // how long a level has to stand still
	Wait     time.Duration // the longest wait for an edge; a lost edge is noticed after it
	Retry    time.Duration // after a line that cannot be set up
}

// Invert names the contacts that are high where the others are low.
type Invert struct{ Tamper, Mains, Battery bool }

// DefaultOpts are contacts to ground, on the lines' own pull-ups.
var DefaultOpts = Opts{
	Name:     "inputs",
	Pull:     gpio.PullUp,
	Debounce: 30 * time.Millisecond,
	Wait:     250 * time.Millisecond,
	Retry:    2 * time.Second,
}

// Inputs are the cabinet's contacts. It is a device.Source.
type Inputs struct {
	o     Opts
	lines []line
}

type line struct {
	name   string
	pin    gpio.PinIn
	invert bool
	mark   func(s *state, open bool)
}

// state is what the contacts say.
type state struct{ tamper, mainsLost, low bool }

var _ device.Source = (*Inputs)(nil)

// New makes the inputs. It touches no line; a nil o is DefaultOpts.
func New(p Pins, o *Opts) (*Inputs, error) {
	if o == nil {
		o = &DefaultOpts
	}
	if o.Debounce <= 0 || o.Wait <= 0 || o.Retry <= 0 {
		return nil, errors.New("supply: Debounce, Wait and Retry must be more than 0")
	}
	in := &Inputs{o: *o}
	for _, l := range []line{
		{"tamper", p.Tamper, o.Invert.Tamper, func(s *state, open bool) { s.tamper = open }},
		{"mains", p.Mains, o.Invert.Mains, func(s *state, open bool) { s.mainsLost = open }},
		{"battery", p.Battery, o.Invert.Battery, func(s *state, open bool) { s.low = open }},
	} {
		if l.pin != nil {
			in.lines = append(in.lines, l)
		}
	}
	if len(in.lines) == 0 {
		return nil, errors.New("supply: no pins")
	}
	return in, nil
}

// String names the inputs.
func (in *Inputs) String() string { return fmt.Sprintf("%s{%d}", in.o.Name, len(in.lines)) }

// reading is what a line's goroutine tells: a level that stood still, or that it failed or works again.
type reading struct {
	line  int
	open  bool
	err   error
	after time.Duration
}

// Run reports the contacts at the start and at each change, until ctx ends. It emits a Health for a line that
// cannot be set up, and when it can.
func (in *Inputs) Run(ctx context.Context, emit func(device.Event)) error {
	readings := make(chan reading)
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range in.lines {
		wg.Go(func() { in.watch(ctx, i, readings) })
	}
	var now, said state
	known := make([]bool, len(in.lines))
	first := true
	for {
		var r reading
		select {
		case <-ctx.Done():
			return nil
		case r = <-readings:
		}
		l := in.lines[r.line]
		if r.err != nil || r.after > 0 {
			h := device.Health{Part: smartbox.PartInputs, Name: in.o.Name + "." + l.name, Err: r.err, After: r.after}
			emit(h)
		}
		if r.err == nil {
			l.mark(&now, r.open)
		}
		known[r.line] = true // a line that fails must not keep the others from being reported
		if !all(known) {
			continue
		}
		if first || now.tamper != said.tamper {
			emit(device.Tamper{Open: now.tamper})
		}
		if first || now.mainsLost != said.mainsLost || now.low != said.low {
			emit(device.Supply{Mains: !now.mainsLost, Low: now.low})
		}
		first, said = false, now
	}
}

func all(b []bool) bool {
	for _, v := range b {
		if !v {
			return false
		}
	}
	return true
}

// watch reads one line for as long as ctx lasts.
func (in *Inputs) watch(ctx context.Context, i int, out chan<- reading) {
	l := in.lines[i]
	tell := func(r reading) bool {
		r.line = i
		select {
		case out <- r:
			return true
		case <-ctx.Done():
			return false
		}
	}
	after, ok := in.setUp(ctx, l, tell)
	if !ok {
		return
	}
	level, told := l.pin.Read(), false
	for ctx.Err() == nil {
		if !l.settled(level, in.o.Debounce) {
			level = !level
			continue
		}
		open := bool(level) != l.invert
		if !told && !tell(reading{open: open, after: after}) {
			return
		}
		told, after = true, 0
		for ctx.Err() == nil && l.pin.Read() == level {
			l.pin.WaitForEdge(in.o.Wait)
		}
		if now := l.pin.Read(); now != level {
			level, told = now, false
		}
	}
}

// setUp makes the line an input, again and again until it works; after is how long that took.
func (in *Inputs) setUp(ctx context.Context, l line, tell func(reading) bool) (after time.Duration, ok bool) {
	var failed time.Time
	for {
		err := l.pin.In(in.o.Pull, gpio.BothEdges)
		if err == nil {
			if !failed.IsZero() {
				after = max(time.Since(failed), 1)
			}
			return after, true
		}
		if failed.IsZero() {
			failed = time.Now()
			if !tell(reading{err: fmt.Errorf("%s (%s): %w: %w", l.name, l.pin, device.ErrDead, err)}) {
				return 0, false
			}
		}
		t := time.NewTimer(in.o.Retry)
		select {
		case <-ctx.Done():
			t.Stop()
			return 0, false
		case <-t.C:
		}
	}
}

// settled reports whether the line stays at level for the whole of d.
func (l line) settled(level gpio.Level, d time.Duration) bool {
	until := time.Now().Add(d)
	for {
		if l.pin.Read() != level {
			return false
		}
		left := time.Until(until)
		if left <= 0 {
			return true
		}
		if l.pin.WaitForEdge(left) && l.pin.Read() == level {
			until = time.Now().Add(d) // it bounced there and back
		}
	}
}
