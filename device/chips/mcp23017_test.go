package chips_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/gpio"

	"smartbox/device/chips"
)

func read(t *testing.T, c chips.Chip, reg byte, n int) []byte {
	t.Helper()
	r := make([]byte, n)
	if err := c.Tx([]byte{reg}, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t *testing.T, c chips.Chip, w ...byte) {
	t.Helper()
	if err := c.Tx(w, nil); err != nil {
		t.Fatal(err)
	}
}

// The power-on values of DS20001952, table 3-3.
func TestMCP23017PowerOn(t *testing.T) {
	want := make([]byte, 22)
	want[0], want[1] = 0xFF, 0xFF
	m := chips.NewMCP23017()
	if got := read(t, m, 0, 22); !bytes.Equal(got, want) {
		t.Errorf("power-on registers % x, want % x", got, want)
	}
	write(t, m, 0x14, 0xFF, 0xFF)
	write(t, m, 0x00, 0x00, 0x00)
	m.Reset()
	if got := read(t, m, 0, 22); !bytes.Equal(got, want) {
		t.Errorf("registers after reset % x, want % x", got, want)
	}
	if o := m.Outputs(); o != (chips.Outputs{}) {
		t.Errorf("drives %+v after reset, want nothing", o)
	}
}

func TestMCP23017Registers(t *testing.T) {
	tests := []struct {
		name   string
		writes [][]byte
		reg    byte
		want   []byte
	}{
		{"sequential write fills the pair", [][]byte{{0x14, 0x12, 0x34}}, 0x14, []byte{0x12, 0x34}},
		{"writing GPIO writes OLAT", [][]byte{{0x12, 0x55}}, 0x14, []byte{0x55, 0x00}},
		{"IOCON is one register at two addresses", [][]byte{{0x0B, 0x44}}, 0x0A, []byte{0x44, 0x44}},
		{"IOCON bit 0 is not implemented", [][]byte{{0x0A, 0x45}}, 0x0A, []byte{0x44}},
		{"INTF and INTCAP are read only", [][]byte{{0x0E, 0xFF, 0xFF, 0xFF, 0xFF}}, 0x0E, []byte{0, 0, 0, 0}},
		{"the address wraps after OLATB", [][]byte{{0x15, 0x77, 0xFE}}, 0x00, []byte{0xFE}},
		{"byte mode toggles within the pair", [][]byte{{0x0A, 0x20}, {0x14, 1, 2, 3}}, 0x14, []byte{3, 2}},
		{"BANK moves OLATA to 0A", [][]byte{{0x0A, 0x80}, {0x0A, 0x99}}, 0x0A, []byte{0x99}},
		{"BANK: IOCON stands at 05", [][]byte{{0x0A, 0x80}, {0x05, 0x44}}, 0x0A, []byte{0x44}},
		{"pull-ups make floating inputs high", [][]byte{{0x0C, 0x0F, 0x00}}, 0x12, []byte{0x0F, 0x00}},
		{"IPOL inverts inputs", [][]byte{{0x02, 0x01}}, 0x12, []byte{0x01}},
		{"IPOL leaves outputs", [][]byte{{0x00, 0xFE}, {0x02, 0x01}}, 0x12, []byte{0x00}},
		{"GPA7 and GPB7 read 0 as inputs", [][]byte{{0x0C, 0xFF, 0xFF}}, 0x12, []byte{0x7F, 0x7F}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := chips.NewMCP23017()
			for _, w := range tt.writes {
				write(t, m, w...)
			}
			if got := read(t, m, tt.reg, len(tt.want)); !bytes.Equal(got, tt.want) {
				t.Errorf("register %#02x: % x, want % x", tt.reg, got, tt.want)
			}
		})
	}
}

func TestMCP23017OutputsAreSeenInOrder(t *testing.T) {
	m := chips.NewMCP23017()
	var seen []chips.Outputs
	m.OnOutput(func(o chips.Outputs) { seen = append(seen, o) })
	write(t, m, 0x14, 0x01, 0x00) // the latch alone drives nothing
	write(t, m, 0x00, 0xFE, 0xFF)
	write(t, m, 0x14, 0x00, 0x00)
	m.Reset()
	want := []chips.Outputs{{}, {Driven: 1, Level: 1}, {Driven: 1}, {}}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if !want[1].High(0) || want[1].Low(0) || !want[2].Low(0) || want[3].Low(0) || want[3].High(0) {
		t.Error("High and Low disagree with the masks")
	}
}

func TestMCP23017CallbackMayDriveTheChip(t *testing.T) {
	m := chips.NewMCP23017()
	m.OnOutput(func(o chips.Outputs) { m.Drive(8, o.High(0)) }) // a lock that opens its door
	write(t, m, 0x14, 0x01)
	write(t, m, 0x00, 0xFE)
	if got := read(t, m, 0x13, 1)[0]; got != 1 {
		t.Errorf("port B reads %#02x, want 1", got)
	}
}

func TestMCP23017InterruptOnChange(t *testing.T) {
	m := chips.NewMCP23017()
	line := chips.NewLine("INT", gpio.High)
	m.OnInterrupt(line.Sink())
	m.Drive(0, true)
	m.Drive(9, true)
	write(t, m, 0x0A, 0x44)       // mirrored, open drain
	write(t, m, 0x04, 0x01, 0x02) // GPA0 and GPB1
	expect := func(what string, want gpio.Level) {
		t.Helper()
		if got := line.Read(); got != want {
			t.Errorf("%s: INT is %v, want %v", what, got, want)
		}
	}
	expect("idle", gpio.High)
	m.Drive(1, true)
	expect("a pin that is not enabled moved", gpio.High)
	m.Drive(9, false)
	expect("GPB1 fell", gpio.Low)
	m.Drive(9, true) // captured is the first
	if got := read(t, m, 0x0E, 2); !bytes.Equal(got, []byte{0, 2}) {
		t.Errorf("INTF % x, want 00 02", got)
	}
	expect("INTF was read", gpio.Low)
	if got := read(t, m, 0x11, 1)[0]; got != 0 {
		t.Errorf("INTCAPB %#02x, want 0: the level at the interrupt", got)
	}
	expect("INTCAP was read", gpio.High)
	m.Drive(0, false)
	expect("GPA0 fell", gpio.Low)
	read(t, m, 0x12, 2)
	expect("GPIO was read", gpio.High)
	m.Drive(0, true)
	m.Reset()
	expect("the chip was reset", gpio.High)
}

func TestMCP23017InterruptOnLevelPersists(t *testing.T) {
	m := chips.NewMCP23017()
	line := chips.NewLine("INT", gpio.High)
	m.OnInterrupt(line.Sink())
	m.Drive(0, true)
	write(t, m, 0x06, 0x01) // DEFVAL
	write(t, m, 0x08, 0x01) // INTCON: compare
	write(t, m, 0x04, 0x01)
	m.Drive(0, false)
	read(t, m, 0x12, 1)
	if line.Read() != gpio.Low {
		t.Error("INT rose while the pin still differs from DEFVAL")
	}
	m.Drive(0, true)
	read(t, m, 0x12, 1)
	if line.Read() != gpio.High {
		t.Error("INT stays low although the pin agrees with DEFVAL")
	}
}

func TestMCP23017InterruptPin(t *testing.T) {
	tests := []struct {
		name       string
		iocon      byte
		pin        int
		idle, want bool // low
	}{
		{"not mirrored, port B is not on INTA", 0x04, 8, false, false},
		{"not mirrored, port A", 0x04, 0, false, true},
		{"active high", 0x02, 0, true, false},
		{"open drain overrides active high", 0x06, 0, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := chips.NewMCP23017()
			low := false
			m.OnInterrupt(func(l bool) { low = l })
			write(t, m, 0x0A, tt.iocon)
			write(t, m, 0x04, 0xFF, 0xFF)
			if low != tt.idle {
				t.Errorf("idle: low = %t, want %t", low, tt.idle)
			}
			m.Drive(tt.pin, true)
			if low != tt.want {
				t.Errorf("interrupt: low = %t, want %t", low, tt.want)
			}
		})
	}
}

// Three keys at the corners of a rectangle pull the fourth column low as well.
func TestMCP23017MatrixHasGhosts(t *testing.T) {
	m := chips.NewMCP23017()
	write(t, m, 0x0C, 0x00, 0x07) // columns on port B
	write(t, m, 0x00, 0xFE, 0xFF) // row 0 pulls low, row 1 floats
	m.Connect(0, 8)
	if got := read(t, m, 0x13, 1)[0]; got != 0x06 {
		t.Fatalf("one key: columns %#02x, want 06", got)
	}
	m.Connect(1, 8)
	m.Connect(1, 9)
	if got := read(t, m, 0x13, 1)[0]; got != 0x04 {
		t.Errorf("three corners: columns %#02x, want 04", got)
	}
	m.Disconnect(1, 8)
	if got := read(t, m, 0x13, 1)[0]; got != 0x06 {
		t.Errorf("the corner let go: columns %#02x, want 06", got)
	}
}

func TestMCP23017PokeAndFloat(t *testing.T) {
	m := chips.NewMCP23017()
	m.Drive(3, true)
	if got := read(t, m, 0x12, 1)[0]; got != 8 {
		t.Errorf("driven: %#02x, want 08", got)
	}
	m.Float(3)
	if got := read(t, m, 0x12, 1)[0]; got != 0 {
		t.Errorf("floating: %#02x, want 00", got)
	}
	m.Poke(0x0C, 8)
	if got := m.Register(0x12); got != 8 {
		t.Errorf("pulled up: %#02x, want 08", got)
	}
}
