package matrix

import (
	"errors"
	"fmt"
	"math/bits"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox/device"
	"smartbox/device/keypad"
	"smartbox/device/mcp23017"
)

// ErrWiring says that keypad and chip do not fit together.
var ErrWiring = errors.New("keypad is wired wrongly")

// Wiring is how the matrix hangs on its chip. Wire makes the chip's options from it.
type Wiring struct {
	Rows    []mcp23017.Pin // from the top
	Columns []mcp23017.Pin // from the left; GPA7 and GPB7 cannot be columns
}

// Wire adds what the matrix needs to the options of its chip, on which other things may hang too.
func (w Wiring) Wire(o *mcp23017.Opts) {
	rows, columns := mask(w.Rows), mask(w.Columns)
	o.Outputs = o.Outputs&^columns | rows
	o.OpenDrain |= rows
	o.Idle &^= rows | columns
	o.PullUps = o.PullUps&^rows | columns
	o.Interrupts = o.Interrupts&^rows | columns
}

// Opts are the keypad's keys and timing. Zero fields take the value of DefaultOpts.
type Opts struct {
	Layout   keypad.Layout
	Debounce time.Duration // a key must stay down, or up, as long to count
	Poll     time.Duration // the columns are read this often though no interrupt came
	Stuck    time.Duration // a key held longer is reported
	Probe    time.Duration // a dead chip is asked again after this, then after twice as long, ...
	Rarely   time.Duration // ... but at least this often
}

// DefaultOpts is a telephone keypad of rubber or dome keys.
func DefaultOpts() Opts {
	return Opts{
		Layout: keypad.Telephone(), Debounce: 20 * time.Millisecond, Poll: 50 * time.Millisecond,
		Stuck: 30 * time.Second, Probe: 100 * time.Millisecond, Rarely: 2 * time.Second,
	}
}

// Dev is a matrix keypad. Its events come from Run.
type Dev struct {
	chip   *mcp23017.Dev
	wiring Wiring
	intr   gpio.PinIn
	opts   Opts

	held  keypad.Held
	keys  matrix                                  // as they count
	raw   matrix                                  // as scanned last
	since [mcp23017.Pins][mcp23017.Pins]time.Time // raw has not moved

	verified  time.Time
	listening chan struct{}
	listen    func() // closes it, once
}

var (
	_ device.Source   = (*Dev)(nil)
	_ device.Listener = (*Dev)(nil)
)

// New is a keypad on a chip whose options Wiring.Wire has been applied to. intr is the line that the
// chip's INT pulls low, nil to poll. The chip is not touched before Run. The error wraps ErrWiring or
// keypad.ErrLayout.
func New(chip *mcp23017.Dev, wiring Wiring, intr gpio.PinIn, opts *Opts) (*Dev, error) {
	o := DefaultOpts()
	if opts != nil {
		if opts.Layout != nil {
			o.Layout = opts.Layout
		}
		for _, f := range []struct{ field, given *time.Duration }{
			{&o.Debounce, &opts.Debounce},
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
	if err := o.Layout.Check(len(wiring.Rows), len(wiring.Columns)); err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	if err := wiring.check(chip, o.Layout); err != nil {
		return nil, err
	}
	d := &Dev{chip: chip, wiring: wiring, intr: intr, opts: o, listening: make(chan struct{})}
	d.listen = sync.OnceFunc(func() { close(d.listening) })
	d.held = keypad.Held{Name: d.String(), Limit: o.Stuck}
	return d, nil
}

func (w Wiring) check(chip *mcp23017.Dev, layout keypad.Layout) error {
	rows, columns := mask(w.Rows), mask(w.Columns)
	if r, c := layout.Size(); r != len(w.Rows) || c != len(w.Columns) {
		return fmt.Errorf("%w: %d x %d pins for a keypad of %d x %d", ErrWiring, len(w.Rows), len(w.Columns), r, c)
	}
	if bits.OnesCount16(rows|columns) != len(w.Rows)+len(w.Columns) {
		return fmt.Errorf("%w: a pin is used twice", ErrWiring)
	}
	o := chip.Opts()
	want := o
	w.Wire(&want)
	if o != want {
		return fmt.Errorf("%w: the options of %s do not fit the matrix; apply Wiring.Wire to them", ErrWiring, chip)
	}
	return nil
}

func mask(pins []mcp23017.Pin) (m uint16) {
	for _, p := range pins {
		m |= p.Mask()
	}
	return m
}

// String names the keypad by its chip: "matrix on mcp23017@0x21".
func (d *Dev) String() string { return "matrix on " + d.chip.String() }
