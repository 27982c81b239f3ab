package sim

import (
	"fmt"
	"io"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"

	"smartbox/board"
	"smartbox/board/build"
	"smartbox/device/chips"
	"smartbox/device/wiegand"
)

// hardware is the chips and wires of a profile. It is the build.Hardware that the drivers find.
type hardware struct {
	profile   *board.Profile
	buses     map[string]*bus
	expanders map[string]*chips.MCP23017
	keypad    *chips.TCA8418
	pn532     *chips.PN532
	wiegand   *chips.Wiegand
	lcd       *chips.HD44780
	oled      *chips.SSD1306
	inputs    map[string]*chips.Line
	outputs   map[string]*chips.Line
}

var _ build.Hardware = (*hardware)(nil)

// newHardware makes every chip of the profile as it is after power-on. changed is called when something that can
// be seen from outside has changed.
func newHardware(p *board.Profile, changed func()) *hardware {
	h := &hardware{
		profile: p, buses: map[string]*bus{}, expanders: map[string]*chips.MCP23017{},
		inputs: map[string]*chips.Line{}, outputs: map[string]*chips.Line{},
	}
	for _, b := range p.Buses {
		h.buses[b.Name] = newBus(b.Path)
	}
	for _, e := range p.Expanders {
		m := chips.NewMCP23017()
		h.expanders[e.Name] = m
		h.buses[e.Bus].Add(e.Addr, m)
		h.interrupt(e.Int, m.OnInterrupt)
	}
	if k := p.Keypad; k.Kind == board.KeypadTCA8418 {
		h.keypad = chips.NewTCA8418()
		h.buses[k.Bus].Add(k.Addr, h.keypad)
		h.interrupt(k.Int, h.keypad.OnInterrupt)
	}
	h.reader(p.Reader)
	h.display(p.Display, changed)
	for _, in := range []board.Input{p.Tamper, p.Mains, p.Battery} {
		h.input(in.Pin)
	}
	if p.Sounder.Pin.Line != "" {
		l := chips.NewLine(p.Sounder.Pin.Line, gpio.Level(p.Sounder.ActiveLow))
		l.AllowPWM(p.Sounder.Tone)
		h.outputs[p.Sounder.Pin.Line] = l
	}
	return h
}

func (h *hardware) interrupt(pin board.Pin, onInterrupt func(func(low bool))) {
	if l := h.input(pin); l != nil {
		onInterrupt(l.Sink())
	}
}

// input is the line of a pin, made where it is not there yet; nil for no pin.
func (h *hardware) input(pin board.Pin) *chips.Line {
	if pin.Line == "" {
		return nil
	}
	l, ok := h.inputs[pin.Line]
	if !ok {
		l = chips.NewLine(pin.Line, gpio.High)
		h.inputs[pin.Line] = l
	}
	return l
}

func (h *hardware) reader(r board.Reader) {
	switch r.Kind {
	case board.ReaderPN532UART:
		h.pn532 = chips.NewPN532()
	case board.ReaderPN532I2C:
		h.pn532 = chips.NewPN532()
		h.buses[r.Bus].Add(r.Addr, h.pn532)
	case board.ReaderWiegand:
		h.wiegand = chips.NewWiegand()
	case board.NoReader:
	}
}

func (h *hardware) display(d board.Display, changed func()) {
	switch d.Kind {
	case board.DisplayHD44780:
		h.lcd = chips.NewHD44780(d.Columns, d.Rows)
		h.buses[d.Bus].Add(d.Addr, h.lcd.Expander)
		h.buses[d.Bus].observe(d.Addr, changed)
	case board.DisplaySSD1306:
		h.oled = chips.NewSSD1306(128, 64)
		h.buses[d.Bus].Add(d.Addr, h.oled)
		h.buses[d.Bus].observe(d.Addr, changed)
	case board.NoDisplay:
	}
}

// Bus is a bus of the profile.
func (h *hardware) Bus(b board.Bus) (i2c.Bus, error) { return h.buses[b.Name], nil }

// Serial opens the reader's end of its port.
func (h *hardware) Serial(p board.Port) (io.ReadWriteCloser, error) {
	if h.pn532 == nil {
		return nil, fmt.Errorf("port %s: %w", p.Name, ErrNotThere)
	}
	return h.pn532.Serial(), nil
}

// Input is a line that is read.
func (h *hardware) Input(line string) (gpio.PinIn, error) {
	if l, ok := h.inputs[line]; ok {
		return l, nil
	}
	return nil, fmt.Errorf("line %s: %w", line, ErrNotThere)
}

// Output is a line that is driven.
func (h *hardware) Output(line string) (gpio.PinOut, error) {
	if l, ok := h.outputs[line]; ok {
		return l, nil
	}
	return nil, fmt.Errorf("line %s: %w", line, ErrNotThere)
}

// Edges are those of a Wiegand pair.
func (h *hardware) Edges(_, _ string) (wiegand.Edges, error) { return h.wiegand, nil }

// Close does nothing: models hold nothing.
func (h *hardware) Close() error { return nil }

// release ends every transfer that hangs.
func (h *hardware) release() {
	for _, b := range h.buses {
		b.unhang()
	}
}

// drive puts a level on a pin from outside.
func (h *hardware) drive(pin board.Pin, high bool) {
	switch {
	case pin.None():
	case pin.Expander != "":
		h.expanders[pin.Expander].Drive(int(pin.Bit), high)
	default:
		h.inputs[pin.Line].Set(gpio.Level(high))
	}
}
