package chips

import (
	"strings"
	"sync"
)

// The backpack's wiring: the bits of the PCF8574 that the controller's pins hang on.
const (
	lcdRS        = 1 << 0
	lcdRW        = 1 << 1
	lcdE         = 1 << 2
	lcdBacklight = 1 << 3
)

// HD44780 models the character display controller (Hitachi HD44780U data sheet, ADE-207-272) with ROM A00 and
// a glass of 20x4 or 16x2 behind a PCF8574 backpack in its usual wiring: P0 RS, P1 RW, P2 E, P3
// backlight, P4–P7 D4–D7. It is safe for concurrent use.
type HD44780 struct {
	Expander *PCF8574 // put it on the bus, at 0x27 as a rule

	columns, rows int

	mu       sync.Mutex
	pins     byte
	wide     bool // 8-bit interface: each strobe is a whole instruction
	half     bool // the upper nibble is in
	upper    byte
	ddram    [0x80]byte
	cgram    [64]byte
	address  byte
	inCG     bool
	lines2   bool
	on       bool
	decrease bool
	writes   int
}

// NewHD44780 makes a display of columns by rows on a backpack.
func NewHD44780(columns, rows int) *HD44780 {
	h := &HD44780{columns: columns, rows: rows}
	h.powerOn()
	h.Expander = NewPCF8574(h.strobe, h.drive)
	return h
}

func (h *HD44780) powerOn() {
	h.wide, h.half, h.on, h.lines2, h.inCG, h.decrease, h.address = true, false, false, false, false, false, 0
	for i := range h.ddram {
		h.ddram[i] = ' '
	}
	clear(h.cgram[:])
}

// Reset is a power cut of the module, expander included.
func (h *HD44780) Reset() {
	h.mu.Lock()
	h.powerOn()
	h.pins = 0xFF
	h.mu.Unlock()
	h.Expander.Reset()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.powerOn() // the rising latch is no strobe
}

// ResetController is a brown-out that only the controller notices: the expander keeps its latch.
func (h *HD44780) ResetController() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.powerOn()
}

// Slip makes the controller miss one nibble, as a spike on E does.
func (h *HD44780) Slip() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.half = !h.half
}

// Backlight says whether the glass is lit.
func (h *HD44780) Backlight() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pins&lcdBacklight != 0
}

// Writes is how many characters were written since the model was made.
func (h *HD44780) Writes() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.writes
}

// Lines is what the glass shows, a string of full width for each row; blank while the display is off. A
// custom character is named by its pattern where the model knows it and is '▒' where not.
func (h *HD44780) Lines() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]string, h.rows)
	for row := range out {
		var b strings.Builder
		for col := range h.columns {
			if !h.on || (row%2 == 1 && !h.lines2) {
				b.WriteByte(' ')
				continue
			}
			b.WriteRune(h.glyph(h.ddram[rowStart(row, h.columns)+byte(col)]))
		}
		out[row] = b.String()
	}
	return out
}

// Pattern is the 8 rows of custom character n, 0 to 7.
func (h *HD44780) Pattern(n int) (rows [8]byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	copy(rows[:], h.cgram[n*8:])
	return rows
}

func rowStart(row, columns int) byte {
	start := byte(row%2) * 0x40
	if row >= 2 {
		start += byte(columns)
	}
	return start
}

// strobe takes each byte the expander's latch gets; the falling edge of E is what counts.
func (h *HD44780) strobe(pins byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.pins
	h.pins = pins
	if before&lcdE == 0 || pins&lcdE != 0 {
		return
	}
	// The data sheet wants data stable until 10 ns after E falls: what stood before is what counts.
	data := before & 0xF0
	if before&lcdRW != 0 {
		if before&lcdRS != 0 && h.half {
			h.step()
		}
		h.half = !h.half && !h.wide
		return
	}
	switch {
	case h.wide: // D0–D3 are not connected and float low
	case !h.half:
		h.upper, h.half = data, true
		return
	default:
		data, h.half = h.upper|data>>4, false
	}
	if before&lcdRS != 0 {
		h.write(data)
	} else {
		h.instruct(data)
	}
}

// drive is what the controller pulls low while it is being read.
func (h *HD44780) drive() byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pins&lcdRW == 0 || h.pins&lcdE == 0 {
		return 0xFF
	}
	v := h.address // never busy: the model needs no time
	if h.pins&lcdRS != 0 {
		if v = h.ddram[h.address]; h.inCG {
			v = h.cgram[h.address&0x3F]
		}
	}
	if h.half && !h.wide {
		v <<= 4
	}
	return v | 0x0F
}

func (h *HD44780) instruct(b byte) {
	switch {
	case b >= 0x80:
		h.address, h.inCG = b&0x7F, false
	case b >= 0x40:
		h.address, h.inCG = b&0x3F, true
	case b >= 0x20:
		h.wide = b&0x10 != 0
		h.lines2 = b&0x08 != 0
	case b >= 0x10: // cursor or display shift: nobody here uses it
	case b >= 0x08:
		h.on = b&0x04 != 0
	case b >= 0x04:
		h.decrease = b&0x02 == 0
	case b >= 0x02:
		h.address, h.inCG = 0, false
	case b == 0x01:
		for i := range h.ddram {
			h.ddram[i] = ' '
		}
		h.address, h.inCG, h.decrease = 0, false, false
	}
}

func (h *HD44780) write(b byte) {
	h.writes++
	if h.inCG {
		h.cgram[h.address&0x3F] = b & 0x1F
	} else {
		h.ddram[h.address] = b
	}
	h.step()
}

// step moves the address counter; with two lines it runs 00–27, 40–67.
func (h *HD44780) step() {
	by := byte(1)
	if h.decrease {
		by = 0x7F
	}
	h.address = (h.address + by) & 0x7F
	if h.inCG {
		h.address &= 0x3F
		return
	}
	switch {
	case h.lines2 && !h.decrease && h.address == 0x28:
		h.address = 0x40
	case h.lines2 && !h.decrease && h.address == 0x68:
		h.address = 0
	case h.lines2 && h.decrease && h.address == 0x3F:
		h.address = 0x27
	case h.lines2 && h.decrease && h.address == 0x7F:
		h.address = 0x67
	}
}

func (h *HD44780) glyph(c byte) rune {
	if c < 0x10 {
		var p [8]byte
		copy(p[:], h.cgram[int(c&7)*8:])
		return patternName(p)
	}
	return romA00(c)
}
