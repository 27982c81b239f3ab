package hd44780

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"smartbox"
	"smartbox/device"
	"smartbox/device/ailing"
	"smartbox/device/turn"
)

// Addr is the address of most backpacks: a PCF8574 with its address pins open. A PCF8574A has 0x3F.
const Addr = 0x27

// Opts are the choices of a Dev.
type Opts struct {
	Columns, Rows int
	Dark          bool          // without backlight
	WriteOnly     bool          // RW is tied to ground on this backpack: the controller cannot be read
	Check         time.Duration // how often Run looks whether the display is still as it was left
}

// DefaultOpts is a lit display of 20x4, looked at every 2 s.
var DefaultOpts = Opts{Columns: 20, Rows: 4, Check: 2 * time.Second}

// Dev is a display. It is a device.Display and a device.Source: Run is what notices a display that was reset while
// nobody wrote to it, and what tells of its health. It is safe for concurrent use.
type Dev struct {
	o Opts

	turn  turn.Turn // guards what follows
	wire  wire
	ready bool
	keep  bool   // set the display up again without blanking it
	want  []rune // what is to be seen, row by row
	cells []byte // what stands in the display's memory
	drawn glyphs
	state *ailing.Part
}

// unknown is a code that no letter has here, so that it differs from all.
const unknown = 0xFF

var (
	_ device.Display = (*Dev)(nil)
	_ device.Source  = (*Dev)(nil)
)

// New makes a display on a bus. It does not touch the chip: a display that is dead at the start comes up with the
// first Show that finds it alive. A nil o is DefaultOpts.
func New(bus i2c.Bus, addr uint16, o *Opts) (*Dev, error) {
	if o == nil {
		o = &DefaultOpts
	}
	if bus == nil {
		return nil, errors.New("hd44780: no bus")
	}
	if o.Columns < 8 || o.Columns > 20 || o.Rows < 1 || o.Rows > 4 || o.Rows > 2 && o.Columns != 20 && o.Columns != 16 {
		return nil, fmt.Errorf("hd44780: no display has %dx%d; use 20x4 or 16x2", o.Columns, o.Rows)
	}
	if o.Check <= 0 {
		return nil, errors.New("hd44780: Check must be more than 0")
	}
	d := &Dev{o: *o, turn: turn.New(), wire: wire{dev: i2c.Dev{Bus: bus, Addr: addr}}}
	d.state = ailing.New(smartbox.PartDisplay, d.String())
	if !o.Dark {
		d.wire.light = pinBacklight
	}
	d.want = blank(o.Columns * o.Rows)
	d.cells = make([]byte, len(d.want))
	return d, nil
}

func blank(n int) []rune {
	r := make([]rune, n)
	for i := range r {
		r[i] = ' '
	}
	return r
}

// String names chip and address.
func (d *Dev) String() string { return fmt.Sprintf("hd44780@%#02x", d.wire.dev.Addr) }

// Size is columns and rows.
func (d *Dev) Size() (columns, rows int) { return d.o.Columns, d.o.Rows }

// Show puts lines on the display and writes only the cells that differ. A display that was reset meanwhile is set up
// again first. An error wraps device.ErrDead; the text is remembered and comes up as soon as the display lives. Where ctx ends before the display is free, its error is
// returned and the text is as it was.
func (d *Dev) Show(ctx context.Context, lines []string) error {
	if err := d.turn.Take(ctx); err != nil {
		return fmt.Errorf("%s: %w", d, err)
	}
	defer d.turn.Give()
	want := blank(len(d.want))
	for row := range min(len(lines), d.o.Rows) {
		col := 0
		for _, r := range lines[row] {
			if col == d.o.Columns {
				break
			}
			want[row*d.o.Columns+col] = r
			col++
		}
	}
	d.want = want
	return d.bring(ctx)
}

// bring makes the display show what is wanted, from whatever state it is in.
func (d *Dev) bring(ctx context.Context) error {
	err := d.try(ctx)
	if errors.Is(err, errForgot) {
		err = d.try(ctx) // ready is false now: from the start
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // cut short; the next one begins anew
	}
	d.state.Note(err)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", d, device.ErrDead, err)
	}
	return nil
}

func (d *Dev) try(ctx context.Context) error {
	was := d.ready
	d.ready = false
	if was {
		if err := d.wire.verify(!d.o.WriteOnly); err != nil {
			return err
		}
	} else {
		if err := d.wire.reset(ctx, d.keep); err != nil {
			return err
		}
		if err := d.wire.verify(!d.o.WriteOnly); err != nil {
			return err
		}
		for i := range d.cells {
			if d.cells[i] = ' '; d.keep {
				d.cells[i] = unknown
			}
		}
		d.drawn, d.keep = glyphs{}, false
	}
	if err := d.draw(); err != nil {
		return err
	}
	d.ready = true
	return nil
}

// draw writes what differs: custom characters first, then runs of cells.
func (d *Dev) draw() error {
	codes, after, loads := d.drawn.encode(d.want)
	for _, l := range loads {
		d.wire.instruct(insCGAddress | byte(l.slot)<<3)
		for _, row := range l.rows {
			d.wire.data(row)
		}
	}
	changed := len(loads) > 0
	at := -1 // where the address counter stands
	for i, c := range codes {
		if d.cells[i] == c {
			continue
		}
		changed = true
		if at != i || i%d.o.Columns == 0 {
			d.wire.instruct(insAddress | d.address(i))
		}
		d.wire.data(c)
		at = i + 1
	}
	if !changed {
		return nil
	}
	d.wire.instruct(insAddress | parked)
	if err := d.wire.flush(); err != nil {
		return err
	}
	d.drawn = after
	copy(d.cells, codes)
	return nil
}

// address is where a cell stands in the display's memory: rows 0 and 2 share one of its two lines, 1 and 3 the other.
func (d *Dev) address(cell int) byte {
	row, col := cell/d.o.Columns, cell%d.o.Columns
	start := row % 2 * 0x40
	if row >= 2 {
		start += d.o.Columns
	}
	return byte(start + col) // at most 0x67
}

// Halt blanks the display and puts out its light.
func (d *Dev) Halt() error {
	d.turn.Wait()
	defer d.turn.Give()
	d.ready = false
	d.wire.light = 0
	d.wire.instruct(insOff)
	if err := d.wire.flush(); err != nil {
		return fmt.Errorf("%s: %w: %w", d, device.ErrDead, err)
	}
	return nil
}

// Run looks after the display until ctx ends: it sets one up that was reset, brings one back that was away, and emits
// a Health at each change.
func (d *Dev) Run(ctx context.Context, emit func(device.Event)) error {
	t := time.NewTicker(d.o.Check)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.state.Poke:
		case <-t.C:
			if d.turn.Take(ctx) != nil {
				return nil
			}
			if d.o.WriteOnly && d.ready { // a reset of the controller cannot be seen: set it up in any case
				d.ready, d.keep = false, true
			}
			_ = d.bring(ctx) // noted
			d.turn.Give()
		}
		if d.turn.Take(ctx) != nil {
			return nil
		}
		h, told := d.state.News()
		d.turn.Give()
		if told {
			emit(h)
		}
	}
}
