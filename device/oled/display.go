package oled

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/devices/v3/ssd1306"
	"periph.io/x/devices/v3/ssd1306/image1bit"

	"smartbox"
	"smartbox/device"
	"smartbox/device/ailing"
	"smartbox/device/turn"
)

// Addr is the chip's address; periph's driver knows no other.
const Addr = 0x3C

// Opts are the choices of a Dev.
type Opts struct {
	Width, Height int           // in dots
	Rotated       bool          // the module is mounted upside down
	Refresh       time.Duration // how often Run sets the display up again
	Retry         time.Duration // how often Run tries a display that does not answer
}

// DefaultOpts is a display of 128x64.
var DefaultOpts = Opts{Width: 128, Height: 64, Refresh: 30 * time.Second, Retry: 2 * time.Second}

// Dev is a display. It is a device.Display and a device.Source: Run is what sets a display up again that was reset
// or away, and what tells of its health. It is safe for concurrent use.
type Dev struct {
	o   Opts
	bus i2c.Bus

	turn   turn.Turn    // guards what follows
	chip   *ssd1306.Dev // nil until it is set up
	image  *image1bit.VerticalLSB
	halted bool
	state  *ailing.Part
}

var (
	_ device.Display = (*Dev)(nil)
	_ device.Source  = (*Dev)(nil)
)

// New makes a display on a bus. It does not touch the chip: a display that is dead at the start comes up with the
// first Show that finds it alive. A nil o is DefaultOpts.
func New(bus i2c.Bus, o *Opts) (*Dev, error) {
	if o == nil {
		o = &DefaultOpts
	}
	if bus == nil {
		return nil, errors.New("oled: no bus")
	}
	if o.Width != 128 || o.Height != 64 && o.Height != 32 {
		return nil, fmt.Errorf("oled: no display has %dx%d dots; use 128x64 or 128x32", o.Width, o.Height)
	}
	if o.Refresh <= 0 || o.Retry <= 0 {
		return nil, errors.New("oled: Refresh and Retry must be more than 0")
	}
	d := &Dev{o: *o, bus: bus, turn: turn.New()}
	d.state = ailing.New(smartbox.PartDisplay, d.String())
	d.image = d.draw(nil)
	return d, nil
}

// String names chip and address.
func (d *Dev) String() string { return fmt.Sprintf("ssd1306@%#02x", Addr) }

// Size is columns and rows of letters.
func (d *Dev) Size() (columns, rows int) { return d.o.Width / cellWidth, d.o.Height / cellHeight }

// Show puts lines on the display; only what changed is sent. An error wraps device.ErrDead; the text is remembered and
// comes up as soon as the display lives. Where ctx ends before the display is free, its error is returned and the
// text is as it was.
func (d *Dev) Show(ctx context.Context, lines []string) error {
	img := d.draw(lines)
	if err := d.turn.Take(ctx); err != nil {
		return fmt.Errorf("%s: %w", d, err)
	}
	defer d.turn.Give()
	d.image, d.halted = img, false
	return d.bring()
}

// draw is the lines as a picture. A row of letters is a page of the chip, so a column of dots is a byte.
func (d *Dev) draw(lines []string) *image1bit.VerticalLSB {
	img := image1bit.NewVerticalLSB(image.Rect(0, 0, d.o.Width, d.o.Height))
	columns, rows := d.Size()
	for row := range min(len(lines), rows) {
		col := 0
		for _, r := range lines[row] {
			if col == columns {
				break
			}
			g := glyph(r)
			copy(img.Pix[row*d.o.Width+col*cellWidth:], g[:])
			col++
		}
	}
	return img
}

// bring makes the display show the picture, setting it up first where that is needed.
func (d *Dev) bring() error {
	err := d.try()
	d.state.Note(err)
	if err != nil {
		d.chip = nil
		return fmt.Errorf("%s: %w: %w", d, device.ErrDead, err)
	}
	return nil
}

func (d *Dev) try() error {
	if d.chip == nil {
		// 32 rows are wired one after another, 64 alternate (data sheet, 10.1.18).
		c, err := ssd1306.NewI2C(d.bus, &ssd1306.Opts{W: d.o.Width, H: d.o.Height, MirrorVertical: d.o.Rotated, MirrorHorizontal: d.o.Rotated, Sequential: d.o.Height == 32})
		if err != nil {
			return err
		}
		d.chip = c
	}
	return d.chip.Draw(d.chip.Bounds(), d.image, d.image.Bounds().Min)
}

// Halt puts the display out. The next Show lights it again.
func (d *Dev) Halt() error {
	d.turn.Wait()
	defer d.turn.Give()
	d.halted = true
	if d.chip == nil {
		return nil
	}
	err := d.chip.Halt()
	d.chip = nil
	if err != nil {
		return fmt.Errorf("%s: %w: %w", d, device.ErrDead, err)
	}
	return nil
}

// Run looks after the display until ctx ends, and emits a Health when it fails and when it came back.
func (d *Dev) Run(ctx context.Context, emit func(device.Event)) error {
	t := time.NewTimer(d.o.Refresh)
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
			if !d.halted {
				d.chip = nil
				_ = d.bring() // noted
			}
			d.turn.Give()
		}
		if d.turn.Take(ctx) != nil {
			return nil
		}
		h, told := d.state.News()
		wait := d.o.Refresh
		if d.state.Bad() {
			wait = d.o.Retry
		}
		d.turn.Give()
		if told {
			emit(h)
		}
		t.Reset(wait)
	}
}
