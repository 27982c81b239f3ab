package chips_test

import (
	"bytes"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox/device/chips"
)

func keypadChip(t *testing.T, cfg byte) (*chips.TCA8418, *chips.Line) {
	t.Helper()
	c := chips.NewTCA8418()
	line := chips.NewLine("INT", gpio.High)
	c.OnInterrupt(line.Sink())
	write(t, c, 0x1D, 0xFF)
	write(t, c, 0x1E, 0xFF)
	write(t, c, 0x1F, 0x03)
	write(t, c, 0x01, cfg)
	return c, line
}

// The example of SCPS215G, section 8.3.1.3: ten events, the count goes down with each reading.
func TestTCA8418FIFO(t *testing.T) {
	c, line := keypadChip(t, 0x01)
	press := func(code int) { c.Press((code-1)/10, (code-1)%10) }
	release := func(code int) { c.Release((code-1)/10, (code-1)%10) }
	press(1)
	press(32)
	release(1)
	release(32)
	press(23)
	release(23)
	press(45)
	press(41)
	release(41)
	release(45)
	want := []byte{0x81, 0xA0, 0x01, 0x20, 0x97, 0x17, 0xAD, 0xA9, 0x29, 0x2D}
	if line.Read() != gpio.Low {
		t.Fatal("INT is high with events pending")
	}
	for i, w := range want {
		if n := read(t, c, 0x03, 1)[0] & 0x0F; int(n) != len(want)-i {
			t.Errorf("count %d, want %d", n, len(want)-i)
		}
		if e := read(t, c, 0x04, 1)[0]; e != w {
			t.Errorf("event %d: %#02x, want %#02x", i, e, w)
		}
		if i < len(want)-1 {
			write(t, c, 0x02, 0x01)
			if line.Read() != gpio.Low {
				t.Fatal("INT was cleared while the FIFO held events")
			}
		}
	}
	write(t, c, 0x02, 0x01)
	if line.Read() != gpio.High {
		t.Error("INT is low after K_INT was cleared")
	}
	if e := read(t, c, 0x04, 1)[0]; e != 0 {
		t.Errorf("empty FIFO gives %#02x, want 0", e)
	}
}

func TestTCA8418Overflow(t *testing.T) {
	for _, tt := range []struct {
		name        string
		cfg         byte
		first, last byte
		low         bool // INT, after K_INT alone was acknowledged
	}{
		{"lost by default", 0x09, 0x81, 0x05, true},
		{"shifted with OVR_FLOW_M", 0x29, 0x01, 0x86, true},
		{"without OVR_FLOW_IEN", 0x01, 0x81, 0x05, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, line := keypadChip(t, tt.cfg)
			for column := range 6 {
				c.Press(0, column)
				if column < 5 {
					c.Release(0, column)
				}
			}
			if stat := read(t, c, 0x02, 1)[0]; stat != 0x09 {
				t.Errorf("INT_STAT %#02x, want 09", stat)
			}
			var got []byte
			for range 10 {
				got = append(got, read(t, c, 0x04, 1)...)
			}
			if got[0] != tt.first || got[9] != tt.last {
				t.Errorf("FIFO % x, want %#02x first and %#02x last", got, tt.first, tt.last)
			}
			write(t, c, 0x02, 0x01)
			if low := line.Read() == gpio.Low; low != tt.low {
				t.Errorf("INT low = %t, want %t", low, tt.low)
			}
			write(t, c, 0x02, 0x08)
			if line.Read() != gpio.High {
				t.Error("INT is low after everything was acknowledged")
			}
		})
	}
}

func TestTCA8418ScansWhatItIsTold(t *testing.T) {
	c, _ := keypadChip(t, 0x01)
	write(t, c, 0x1D, 0x01)
	c.Press(1, 0)
	if n := read(t, c, 0x03, 1)[0]; n != 0 {
		t.Errorf("a row that is a GPIO gave %d events", n)
	}
	c.Press(0, 0)
	c.Press(0, 0)
	if n := read(t, c, 0x03, 1)[0]; n != 1 {
		t.Errorf("one press gave %d events", n)
	}
	c.Reset()
	c.Release(0, 0)
	c.Press(0, 0)
	if n := read(t, c, 0x03, 1)[0]; n != 0 {
		t.Errorf("a chip that was reset scans: %d events", n)
	}
}

func TestTCA8418BouncesWithoutDebounce(t *testing.T) {
	c, _ := keypadChip(t, 0x01)
	write(t, c, 0x29, 0x01)
	c.Press(0, 0)
	if n := read(t, c, 0x03, 1)[0]; n < 3 {
		t.Errorf("%d events, want several", n)
	}
}

func TestTCA8418AutoIncrement(t *testing.T) {
	c, _ := keypadChip(t, 0x01)
	if got := read(t, c, 0x1D, 3); !bytes.Equal(got, []byte{0xFF, 0xFF, 0xFF}) {
		t.Errorf("without AI % x, want the same register three times", got)
	}
	write(t, c, 0x01, 0x81)
	if got := read(t, c, 0x1D, 3); !bytes.Equal(got, []byte{0xFF, 0xFF, 0x03}) {
		t.Errorf("with AI % x, want ff ff 03", got)
	}
	write(t, c, 0x1D, 0x0F, 0x07)
	if c.Register(0x1D) != 0x0F || c.Register(0x1E) != 0x07 {
		t.Error("AI does not advance the address of writes")
	}
}

// With INT_CFG the line gives a new edge while events are pending.
func TestTCA8418InterruptsAgain(t *testing.T) {
	c, line := keypadChip(t, 0x11)
	if err := line.In(gpio.PullUp, gpio.FallingEdge); err != nil {
		t.Fatal(err)
	}
	c.Press(0, 0)
	c.Release(0, 0)
	if !line.WaitForEdge(time.Millisecond) {
		t.Fatal("no edge at the first event")
	}
	write(t, c, 0x02, 0x01)
	if !line.WaitForEdge(time.Millisecond) {
		t.Error("no new edge although events are pending")
	}
}
