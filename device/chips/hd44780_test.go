package chips

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lcd writes instructions and letters the way the data sheet draws it, without any driver.
type lcd struct {
	t *testing.T
	h *HD44780
}

func (l lcd) nibble(n, rs byte) {
	for _, b := range []byte{n | rs | lcdBacklight, n | rs | lcdBacklight | lcdE, n | rs | lcdBacklight} {
		if err := l.h.Expander.Tx([]byte{b}, nil); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l lcd) instruct(b byte) { l.nibble(b&0xF0, 0); l.nibble(b<<4, 0) }

func (l lcd) write(s string) {
	for i := range len(s) {
		l.nibble(s[i]&0xF0, lcdRS)
		l.nibble(s[i]<<4, lcdRS)
	}
}

func (l lcd) begin() {
	for range 3 {
		l.nibble(0x30, 0)
	}
	l.nibble(0x20, 0)
	for _, b := range []byte{0x28, 0x08, 0x01, 0x06, 0x0C} {
		l.instruct(b)
	}
}

func TestHD44780(t *testing.T) {
	l := lcd{t, NewHD44780(20, 4)}
	blank := "                    "
	l.begin()
	l.instruct(0x80)
	l.write("one")
	l.instruct(0x80 | 0x14)
	l.write("three")
	l.instruct(0x80 | 0x54)
	l.write("four")
	l.instruct(0x80 | 0x3E)
	want := []string{"one" + blank[3:], blank, "three" + blank[5:], "four" + blank[4:]}
	if diff := cmp.Diff(want, l.h.Lines()); diff != "" {
		t.Error(diff)
	}
	l.instruct(0x80 | 0x27)
	l.write("ab") // the address runs from 27 to 40
	if got := l.h.Lines(); got[2][19] != 'a' || got[1][0] != 'b' {
		t.Errorf("the line's end runs on to %q", got)
	}
	l.instruct(0x08)
	if diff := cmp.Diff([]string{blank, blank, blank, blank}, l.h.Lines()); diff != "" {
		t.Errorf("switched off:\n%s", diff)
	}
}

func TestHD44780ShowsNothingBeforeItIsSetUp(t *testing.T) {
	l := lcd{t, NewHD44780(16, 2)}
	l.instruct(0x0C)
	l.write("hello")
	for _, line := range l.h.Lines() {
		if line != "                " {
			t.Errorf("four bits to a chip that expects eight show %q", line)
		}
	}
	l.begin()
	l.write("hello")
	if got := l.h.Lines()[0]; got != "hello           " {
		t.Errorf("after the sequence it shows %q", got)
	}
	l.h.Slip()
	l.write("x")
	if got := l.h.Lines()[0]; got == "hellox          " {
		t.Error("a lost nibble has no effect")
	}
	l.begin() // works from any state
	l.write("again")
	if got := l.h.Lines()[0]; got != "again           " {
		t.Errorf("set up from between two nibbles it shows %q", got)
	}
}

func TestHD44780ReadsBack(t *testing.T) {
	l := lcd{t, NewHD44780(20, 4)}
	l.begin()
	l.instruct(0x80 | 0x53)
	var hi, lo [1]byte
	read := byte(0xF0 | lcdRW)
	for _, r := range [][]byte{hi[:], lo[:]} {
		if err := l.h.Expander.Tx([]byte{read, read | lcdE}, r); err != nil {
			t.Fatal(err)
		}
	}
	if got := hi[0]&0xF0 | lo[0]>>4; got != 0x53 {
		t.Errorf("address counter reads %#x", got)
	}
}
