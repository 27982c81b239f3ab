package chips

import "testing"

func TestSSD1306Addressing(t *testing.T) {
	tx := func(s *SSD1306, b ...byte) {
		t.Helper()
		if err := s.Tx(b, nil); err != nil {
			t.Fatal(err)
		}
	}
	wake := []byte{0x00, 0x8D, 0x14, 0xA1, 0xC8, 0xAF}
	for name, c := range map[string]struct {
		set  []byte
		lit  [][2]int // x, y of the lowest bit of each byte written
		data []byte
	}{
		"page":       {[]byte{0x00, 0x20, 0x02, 0xB3, 0x0E, 0x17}, [][2]int{{126, 24}, {127, 24}, {0, 24}}, []byte{1, 1, 1}},
		"horizontal": {[]byte{0x00, 0x20, 0x00, 0x21, 10, 11, 0x22, 2, 3}, [][2]int{{10, 16}, {11, 16}, {10, 24}, {11, 24}}, []byte{1, 1, 1, 1}},
		"vertical":   {[]byte{0x00, 0x20, 0x01, 0x21, 10, 11, 0x22, 2, 3}, [][2]int{{10, 16}, {10, 24}, {11, 16}}, []byte{1, 1, 1}},
	} {
		s := NewSSD1306(128, 64)
		tx(s, wake...)
		tx(s, c.set...)
		tx(s, append([]byte{0x40}, c.data...)...)
		img, n := s.Image(), 0
		for y := range 64 {
			for x := range 128 {
				if img.GrayAt(x, y).Y > 0 {
					n++
				}
			}
		}
		for _, p := range c.lit {
			if img.GrayAt(p[0], p[1]).Y == 0 {
				t.Errorf("%s: %v is dark", name, p)
			}
		}
		if n != len(c.lit) {
			t.Errorf("%s: %d dots burn", name, n)
		}
		var status [1]byte
		if err := s.Tx(nil, status[:]); err != nil || status[0] != 0 {
			t.Errorf("%s: status %#x, %v", name, status[0], err)
		}
		tx(s, 0x00, 0xAE)
		if s.On() {
			t.Errorf("%s: it is on after display off", name)
		}
	}
	if err := NewSSD1306(128, 64).Tx([]byte{0x13}, nil); err == nil {
		t.Error("a wrong control byte is accepted")
	}
}
