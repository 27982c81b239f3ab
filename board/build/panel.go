package build

import (
	"fmt"
	"io"
	"strings"

	"periph.io/x/conn/v3/gpio"

	"smartbox/board"
	"smartbox/device/hd44780"
	"smartbox/device/keypad"
	"smartbox/device/matrix"
	"smartbox/device/oled"
	"smartbox/device/pn532"
	"smartbox/device/sound"
	"smartbox/device/supply"
	"smartbox/device/tca8418"
	"smartbox/device/wiegand"
)

func (b *builder) keypad() error {
	k := b.p.Keypad
	var layout keypad.Layout
	for _, row := range k.Layout { // where a profile, for the eye, has a dot, a driver has a space
		layout = append(layout, strings.ReplaceAll(row, ".", " "))
	}
	switch k.Kind {
	case board.KeypadTCA8418:
		intr, err := b.interrupt(k.Int)
		if err != nil {
			return fmt.Errorf("interrupt of the keypad: %w", err)
		}
		d, err := tca8418.New(b.buses[k.Bus], k.Addr, intr, &tca8418.Opts{Layout: layout})
		if err != nil {
			return err
		}
		b.source(d)
	case board.KeypadMatrix:
		e, _ := b.p.Expander(k.Rows[0].Expander)
		intr, err := b.interrupt(e.Int)
		if err != nil {
			return fmt.Errorf("interrupt of the keypad: %w", err)
		}
		d, err := matrix.New(b.chips[e.Name], matrixWiring(k), intr, &matrix.Opts{Layout: layout})
		if err != nil {
			return err
		}
		b.source(d)
	case board.NoKeypad:
	}
	return nil
}

// interrupt is the line of a pin, or nil for none: then the chip is polled.
func (b *builder) interrupt(pin board.Pin) (gpio.PinIn, error) {
	if pin.None() {
		return nil, nil //nolint:nilnil // no line and no error is what it says
	}
	return b.hw.Input(pin.Line)
}

func (b *builder) reader() error {
	r := b.p.Reader
	switch r.Kind {
	case board.ReaderPN532UART:
		port := board.Port{}
		for _, p := range b.p.Ports {
			if p.Name == r.Port {
				port = p
			}
		}
		return b.pn532(pn532.DialUART(port.Path, func() (io.ReadWriteCloser, error) { return b.hw.Serial(port) }))
	case board.ReaderPN532I2C:
		return b.pn532(pn532.NewI2C(b.buses[r.Bus], r.Addr))
	case board.ReaderWiegand:
		edges, err := b.hw.Edges(r.D0.Line, r.D1.Line)
		if err != nil {
			return fmt.Errorf("lines of the reader: %w", err)
		}
		o := wiegand.DefaultOpts
		if r.Reverse {
			o.Settings.Parity37 = wiegand.OddEven
		}
		w, err := wiegand.New(edges, &o)
		if err != nil {
			return err
		}
		b.source(w)
	case board.NoReader:
	}
	return nil
}

func (b *builder) pn532(t pn532.Transport) error {
	r, err := pn532.New(t, nil)
	if err != nil {
		return err
	}
	b.source(r)
	b.onClose(r.Halt)
	return nil
}

func (b *builder) display() error {
	d := b.p.Display
	switch d.Kind {
	case board.DisplayHD44780:
		o := hd44780.DefaultOpts
		o.Columns, o.Rows = d.Columns, d.Rows
		lcd, err := hd44780.New(b.buses[d.Bus], d.Addr, &o)
		if err != nil {
			return err
		}
		b.set.Display = lcd
		b.source(lcd)
	case board.DisplaySSD1306:
		screen, err := oled.New(b.buses[d.Bus], nil)
		if err != nil {
			return err
		}
		b.set.Display = screen
		b.source(screen)
	case board.NoDisplay:
	}
	return nil
}

func (b *builder) sounder() error {
	s := b.p.Sounder
	if s.Pin.None() {
		return nil
	}
	pin, err := b.output(s.Pin)
	if err != nil {
		return fmt.Errorf("sounder: %w", err)
	}
	o := sound.DefaultOpts
	o.ActiveLow, o.Tone = s.ActiveLow, s.Tone
	d, err := sound.New(pin, &o)
	if err != nil {
		return err
	}
	b.set.Sounder = d
	b.source(d)
	b.onClose(d.Halt)
	return nil
}

// supply makes the cabinet's contacts. The driver wants them closed to ground while all is well; the profile says
// for each what its active level is, and the active tamper is the bad one.
func (b *builder) supply() error {
	var p supply.Pins
	for _, x := range []struct {
		name string
		in   board.Input
		to   *gpio.PinIn
	}{{"tamper", b.p.Tamper, &p.Tamper}, {"mains", b.p.Mains, &p.Mains}, {"battery", b.p.Battery, &p.Battery}} {
		if x.in.Pin.None() {
			continue
		}
		pin, err := b.hw.Input(x.in.Pin.Line)
		if err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
		*x.to = pin
	}
	if p == (supply.Pins{}) {
		return nil
	}
	o := supply.DefaultOpts
	o.Invert = supply.Invert{Tamper: b.p.Tamper.ActiveLow, Mains: !b.p.Mains.ActiveLow, Battery: !b.p.Battery.ActiveLow}
	in, err := supply.New(p, &o)
	if err != nil {
		return err
	}
	b.source(in)
	return nil
}
