package board

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func (c *checker) buses(in map[string]fileBus) {
	paths := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		at, b := path{"i2c", name}, in[name]
		c.defined(at, name)
		bus := Bus{Name: name, Path: b.Bus}
		c.device(at.to("bus"), b.Bus, "the bus", "/dev/i2c-1", paths)
		if b.Speed != "" {
			hz, ok := hertz(b.Speed)
			switch {
			case !ok:
				c.add(at.to("speed"), "%q is no speed: write it as 100kHz or 400kHz", b.Speed)
			case hz < 10_000 || hz > 1_000_000:
				c.add(at.to("speed"), "%s is out of range: use 10kHz to 1MHz; 100kHz and 400kHz are usual", b.Speed)
			}
			bus.Hertz = hz
		}
		c.p.Buses = append(c.p.Buses, bus)
	}
}

func (c *checker) ports(in map[string]filePort) {
	paths := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		at, u := path{"uart", name}, in[name]
		c.defined(at, name)
		c.device(at.to("port"), u.Port, "the port", "/dev/serial0", paths)
		c.p.Ports = append(c.p.Ports, Port{Name: name, Path: u.Port})
	}
}

func (c *checker) defined(at path, name string) {
	if !isName(name) {
		c.add(at, "%q is no name: use a-z, 0-9 and '-', a letter first", name)
	}
}

// device checks the path of a device file and that no other thing is on it.
func (c *checker) device(at path, s, what, example string, seen map[string]string) {
	name, _ := at[1].(string)
	switch before, ok := seen[s]; {
	case s == "":
		c.add(at, "%s needs its device: add %q", what, fmt.Sprintf("%s: %s", at[len(at)-1], example))
	case ok:
		c.add(at, "%s is %q already: use that name in both places", s, before)
	case strings.ContainsAny(s, " \t\n") || len(s) > 64:
		c.add(at, "%q is no device: write it as %s", s, example)
	}
	seen[s] = name
}

func (c *checker) expanders(in map[string]fileExpander) {
	for _, name := range slices.Sorted(maps.Keys(in)) { // first all names, so that a wrong one spoils no other
		c.p.Expanders = append(c.p.Expanders, Expander{Name: name})
	}
	for i := range c.p.Expanders {
		e := &c.p.Expanders[i]
		at, x := path{"expanders", e.Name}, in[e.Name]
		c.defined(at, e.Name)
		e.Bus = x.I2C
		e.Addr = c.place(at, "expander "+e.Name, x.I2C, x.Address, span{0x20, 0x27})
		e.Int = c.pin(at.to("int"), x.Int, "interrupt of expander "+e.Name, interrupt)
	}
}

func (c *checker) keypad(in fileKeypad) {
	at, k := path{"keypad"}, &c.p.Keypad
	switch in.Type {
	case "tca8418":
		k.Kind, k.Bus = KeypadTCA8418, in.I2C
		c.alien(at, in.Type, map[string]string{"rows": in.Rows, "columns": in.Columns})
		k.Addr = c.place(at, "the keypad", in.I2C, in.Address, span{0x34, 0x34})
		k.Int = c.pin(at.to("int"), in.Int, "interrupt of the keypad", interrupt)
		k.Layout = c.layout(at.to("layout"), in.Layout, 8, 10)
	case "matrix":
		k.Kind = KeypadMatrix
		c.alien(at, in.Type, map[string]string{"i2c": in.I2C, "int": in.Int})
		k.Layout = c.layout(at.to("layout"), in.Layout, 8, 8)
		k.Rows = c.matrix(at.to("rows"), in.Rows, "row", len(k.Layout))
		k.Columns = c.matrix(at.to("columns"), in.Columns, "column", len(k.Layout[0]))
		c.oneExpander(at, append(slices.Clone(k.Rows), k.Columns...))
	case "none":
	case "":
		c.add(at, "the keypad has no type: add \"type: tca8418\", \"type: matrix\" or \"type: none\"")
	default:
		c.add(at.to("type"), "unknown keypad %q: use tca8418, matrix or none", in.Type)
	}
}

func (c *checker) matrix(at path, s, what string, n int) []Pin {
	if s == "" {
		c.add(at, "a matrix needs its %ss: add \"%ss: keys.A0-A3\"", what, what)
		return nil
	}
	duties := make([]string, n)
	for i := range duties {
		duties[i] = fmt.Sprintf("%s %d of the keypad", what, i+1)
	}
	return c.pins(at, s, duties, inputPin) // rows too: an open drain floats, as an output-only pin cannot
}

// oneExpander checks that a matrix hangs on one expander, for a scan is one transfer a row.
func (c *checker) oneExpander(at path, pins []Pin) {
	for _, p := range pins {
		if p.Expander == "" || p.Expander != pins[0].Expander {
			c.add(at.to("rows"), "%s and %s are not on one expander: wire the whole matrix to the same one", pins[0], p)
			return
		}
	}
}

// layout checks what is printed on the keys; each of the twelve stands there once, '.' is a place without a key.
func (c *checker) layout(at path, in []string, rows, columns int) []string {
	usual := []string{"123", "456", "789", "*0#"}
	if len(in) == 0 {
		return usual
	}
	seen := map[rune]bool{}
	for i, row := range in {
		if row == "" || len(row) > columns || len(row) != len(in[0]) || i >= rows {
			c.add(at.to(i), "the layout is no rectangle of at most %d rows and %d columns: write a text a row, all of one length", rows, columns)
			return usual
		}
		for _, key := range row {
			switch {
			case key == '.':
			case !strings.ContainsRune("0123456789*#", key):
				c.add(at.to(i), "%q is no key: use 0 to 9, *, # and '.' for a place without a key", key)
			case seen[key]:
				c.add(at.to(i), "key %q stands in the layout twice: keep one of them", key)
			}
			seen[key] = true
		}
	}
	for _, key := range "0123456789*#" {
		if !seen[key] {
			c.add(at, "key %q is missing in the layout: a panel needs 0 to 9, * and #", key)
		}
	}
	return in
}

// alien notes fields that belong to another type of the part.
func (c *checker) alien(at path, kind string, in map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if in[name] != "" {
			c.add(at.to(name), "%s has no field %q: take it out, or change the type", kind, name)
		}
	}
}

func (c *checker) reader(in fileReader) {
	at, r := path{"reader"}, &c.p.Reader
	wiegand := map[string]string{"d0": in.D0, "d1": in.D1, "parity": in.Parity}
	if in.Bits != 0 && in.Type != "wiegand" {
		wiegand["bits"] = "set"
	}
	switch in.Type {
	case "pn532-uart":
		r.Kind, r.Port = ReaderPN532UART, in.UART
		wiegand["i2c"], wiegand["irq"] = in.I2C, in.IRQ
		c.alien(at, in.Type, wiegand)
		c.onPort(at, in.UART)
	case "pn532-i2c":
		r.Kind, r.Bus = ReaderPN532I2C, in.I2C
		wiegand["uart"] = in.UART
		c.alien(at, in.Type, wiegand)
		r.Addr = c.place(at, "the reader", in.I2C, in.Address, span{0x24, 0x24})
		r.IRQ = c.pin(at.to("irq"), in.IRQ, "interrupt of the reader", interrupt)
	case "wiegand":
		r.Kind = ReaderWiegand
		c.alien(at, in.Type, map[string]string{"i2c": in.I2C, "irq": in.IRQ, "uart": in.UART})
		r.D0 = c.need(at.to("d0"), in.D0, "D0 of the reader", interrupt)
		r.D1 = c.need(at.to("d1"), in.D1, "D1 of the reader", interrupt)
		c.wiegandBits(at, in)
	case "none":
	case "":
		c.add(at, "the reader has no type: add \"type: pn532-uart\", \"pn532-i2c\", \"wiegand\" or \"none\"")
	default:
		c.add(at.to("type"), "unknown reader %q: use pn532-uart, pn532-i2c, wiegand or none", in.Type)
	}
}

func (c *checker) wiegandBits(at path, in fileReader) {
	r := &c.p.Reader
	if r.Bits = in.Bits; in.Bits != 26 && in.Bits != 34 && in.Bits != 37 {
		c.add(at.to("bits"), "%d is no length of a badge: use 26, 34 or 37, as the reader's sheet says", in.Bits)
	}
	switch in.Parity {
	case "", "standard":
	case "reversed":
		r.Reverse = true
		if in.Bits != 37 {
			c.add(at.to("parity"), "only 37 bits come reversed: take it out")
		}
	default:
		c.add(at.to("parity"), "unknown parity %q: use standard or reversed", in.Parity)
	}
}

func (c *checker) onPort(at path, port string) {
	key := "uart." + port
	known := slices.ContainsFunc(c.p.Ports, func(p Port) bool { return p.Name == port })
	switch {
	case port == "":
		c.add(at.to("uart"), "the reader needs its port: add \"uart: name\" with one of %s", c.known("uart"))
	case !known:
		c.add(at.to("uart"), "there is no port %q: define it under uart, or use one of %s", port, c.known("uart"))
	case c.refs[key]:
		c.add(at.to("uart"), "port %q is taken: one device a port", port)
	}
	c.refs[key] = true
}

func (c *checker) display(in fileDisplay) {
	at, d := path{"display"}, &c.p.Display
	switch in.Type {
	case "hd44780":
		d.Kind, d.Bus = DisplayHD44780, in.I2C
		d.Addr = c.place(at, "the display", in.I2C, in.Address, span{0x20, 0x27}, span{0x38, 0x3f})
		if in.Columns == 0 && in.Rows == 0 {
			in.Columns, in.Rows = 20, 4
		}
		d.Columns = c.number(at.to("columns"), in.Columns, 16, 20)
		d.Rows = c.number(at.to("rows"), in.Rows, 2, 4)
		if d.Columns != 16 && d.Columns != 20 {
			c.add(at.to("columns"), "no display has %d columns: use 16 or 20", d.Columns)
		}
	case "ssd1306":
		d.Kind, d.Bus = DisplaySSD1306, in.I2C
		d.Addr = c.place(at, "the display", in.I2C, in.Address, span{0x3c, 0x3c})
		if in.Columns != 0 || in.Rows != 0 {
			c.add(at.to("columns"), "ssd1306 has no columns and rows: take them out")
		}
	case "none":
	case "":
		c.add(at, "the display has no type: add \"type: hd44780\", \"type: ssd1306\" or \"type: none\"")
	default:
		c.add(at.to("type"), "unknown display %q: use hd44780, ssd1306 or none", in.Type)
	}
}

func (c *checker) sensors(in fileSensors) {
	at := path{"sensors"}
	c.p.Sensors = Sensors{
		Debounce:    c.duration(at.to("debounce"), in.Debounce, 20*time.Millisecond, 5*time.Millisecond, time.Second),
		ContactsLow: c.activeLow(at.to("contacts"), in.Contacts, "high"),
		KeysLow:     c.activeLow(at.to("keys"), in.Keys, "low"),
		BoltsLow:    c.activeLow(at.to("bolts"), in.Bolts, "low"),
	}
}

func (c *checker) sounder(in fileSounder) {
	at := path{"sounder"}
	c.p.Sounder = Sounder{
		Pin:       c.pin(at.to("pin"), in.Pin, "sounder", output),
		ActiveLow: c.activeLow(at.to("active"), in.Active, "high"),
		Tone:      in.Tone,
	}
	if in.Tone && c.p.Sounder.Pin.Expander != "" {
		c.add(at.to("tone"), "a tone cannot come from an expander's pin: use a line of the board, or a buzzer that sounds by itself")
	}
}

func (c *checker) input(name string, in fileInput, usual string) Input {
	at := path{name}
	if in.Pin == "" && in != (fileInput{}) {
		c.add(at, "%s needs its pin: add \"pin: GPIO17\", or take %s out", name, name)
	}
	return Input{
		Pin:       c.pin(at.to("pin"), in.Pin, name, interrupt),
		ActiveLow: c.activeLow(at.to("active"), in.Active, usual),
	}
}
