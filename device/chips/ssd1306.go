package chips

import (
	"errors"
	"image"
	"image/color"
	"sync"
)

// SSD1306 models the OLED controller (Solomon Systech SSD1306 data sheet, Rev 1.1) as far as text and
// pictures need it: the three addressing modes, the windows, inverse, remap and sleep. On I2C each
// transfer begins with a control byte: 0x00 commands follow, 0x40 data follow. It is safe for concurrent use.
type SSD1306 struct {
	width, height int

	mu             sync.Mutex
	ram            [8][128]byte
	mode           byte // 0 horizontal, 1 vertical, 2 page
	col, colA, end int
	page, pageA    int
	pageEnd        int
	on, inverse    bool
	allOn          bool
	pump           bool
	segRemap       bool
	comRemap       bool
	pending        []byte // a command that waits for its arguments
}

// NewSSD1306 makes a display, 128x64 or 128x32.
func NewSSD1306(width, height int) *SSD1306 {
	s := &SSD1306{width: width, height: height}
	s.reset()
	return s
}

func (s *SSD1306) reset() {
	s.mode, s.col, s.colA, s.end, s.page, s.pageA, s.pageEnd = 2, 0, 0, 127, 0, 0, 7
	s.on, s.inverse, s.allOn, s.pump, s.segRemap, s.comRemap, s.pending = false, false, false, false, false, false, nil
}

// Reset is a power cut: the RAM holds noise, and the display sleeps.
func (s *SSD1306) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
	for p := range s.ram {
		for c := range s.ram[p] {
			s.ram[p][c] = byte(p*37 + c*91)
		}
	}
}

// Tx takes a transfer.
func (s *SSD1306) Tx(w, r []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range r { // the status byte: bit 6 is set while the display is off
		r[i] = 0
		if !s.on {
			r[i] = 0x40
		}
	}
	if len(w) == 0 {
		return nil
	}
	switch w[0] {
	case 0x00:
		for _, b := range w[1:] {
			s.command(b)
		}
	case 0x40:
		for _, b := range w[1:] {
			s.data(b)
		}
	default:
		return errors.New("chips: SSD1306: control byte is neither 0x00 nor 0x40")
	}
	return nil
}

// arguments is how many bytes follow a command.
func arguments(b byte) int {
	switch b {
	case 0x21, 0x22, 0xA3:
		return 2
	case 0x20, 0x81, 0x8D, 0xA8, 0xD3, 0xD5, 0xD9, 0xDA, 0xDB:
		return 1
	case 0x26, 0x27:
		return 6
	case 0x29, 0x2A:
		return 5
	}
	return 0
}

func (s *SSD1306) command(b byte) {
	s.pending = append(s.pending, b)
	if len(s.pending) <= arguments(s.pending[0]) {
		return
	}
	c := s.pending
	s.pending = nil
	switch op := c[0]; {
	case op == 0x20:
		s.mode = c[1] & 3
	case op == 0x21:
		s.colA, s.end = int(c[1]&0x7F), int(c[2]&0x7F)
		s.col = s.colA
	case op == 0x22:
		s.pageA, s.pageEnd = int(c[1]&7), int(c[2]&7)
		s.page = s.pageA
	case op == 0x8D:
		s.pump = c[1]&4 != 0
	case op == 0xA0, op == 0xA1:
		s.segRemap = op == 0xA1
	case op == 0xA4, op == 0xA5:
		s.allOn = op == 0xA5
	case op == 0xA6, op == 0xA7:
		s.inverse = op == 0xA7
	case op == 0xAE, op == 0xAF:
		s.on = op == 0xAF
	case op&0xF8 == 0xB0:
		s.page = int(op & 7)
	case op == 0xC0, op == 0xC8:
		s.comRemap = op == 0xC8
	case op < 0x10:
		s.col = s.col&0xF0 | int(op)
	case op < 0x20:
		s.col = s.col&0x0F | int(op&7)<<4
	}
}

func (s *SSD1306) data(b byte) {
	s.ram[s.page][s.col] = b
	switch s.mode {
	case 0:
		if s.col != s.end {
			s.col = (s.col + 1) & 127
			return
		}
		s.col = s.colA
		s.page = s.nextPage()
	case 1:
		if s.page != s.pageEnd {
			s.page = (s.page + 1) & 7
			return
		}
		s.page = s.pageA
		if s.col == s.end {
			s.col = s.colA
		} else {
			s.col = (s.col + 1) & 127
		}
	default:
		s.col = (s.col + 1) & 127
	}
}

func (s *SSD1306) nextPage() int {
	if s.page == s.pageEnd {
		return s.pageA
	}
	return (s.page + 1) & 7
}

// On says whether the panel is lit: switched on, with its charge pump running.
func (s *SSD1306) On() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on && s.pump
}

// Image is what an eye sees on the module in its usual mounting, for which both remaps are set: white dots on black,
// all black while the display is off.
func (s *SSD1306) Image() *image.Gray {
	s.mu.Lock()
	defer s.mu.Unlock()
	img := image.NewGray(image.Rect(0, 0, s.width, s.height))
	if !s.on || !s.pump {
		return img
	}
	for y := range s.height {
		for x := range s.width {
			bit := s.ram[y/8][x]>>(y%8)&1 == 1
			if (bit != s.inverse) || s.allOn {
				px, py := x, y
				if !s.segRemap {
					px = s.width - 1 - x
				}
				if !s.comRemap {
					py = s.height - 1 - y
				}
				img.SetGray(px, py, color.Gray{Y: 255})
			}
		}
	}
	return img
}
