package mcp23017_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/chips/wirecheck"
	"smartbox/device/mcp23017"
)

const addr = 0x20

// wired is locks on port A, the upper four active low, contacts on port B.
func wired() *mcp23017.Opts {
	return &mcp23017.Opts{Outputs: 0x80FF, Idle: 0x00F0, PullUps: 0x7F00, Interrupts: 0x7F00}
}

type rig struct {
	bus  *chips.Bus
	chip *chips.MCP23017
	dev  *mcp23017.Dev
	out  []chips.Outputs
}

func newRig(t *testing.T, opts *mcp23017.Opts) *rig {
	t.Helper()
	r := &rig{bus: &chips.Bus{}, chip: chips.NewMCP23017()}
	r.bus.Add(addr, r.chip)
	r.chip.OnOutput(func(o chips.Outputs) { r.out = append(r.out, o) })
	var err error
	if r.dev, err = mcp23017.New(r.bus, addr, opts); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) verify(t *testing.T, want mcp23017.Found) {
	t.Helper()
	if got, err := r.dev.Verify(); err != nil || got != want {
		t.Fatalf("Verify: %v, %v; want %v", got, err, want)
	}
}

func TestOptsAreChecked(t *testing.T) {
	good := *wired()
	for name, change := range map[string]func(*mcp23017.Opts){
		"GPB7 as an input":          func(o *mcp23017.Opts) { o.Outputs &^= 0x8000 },
		"GPA7 as an input":          func(o *mcp23017.Opts) { o.Outputs &^= 0x0080 },
		"GPA7 as an open drain":     func(o *mcp23017.Opts) { o.OpenDrain = 0x0080 },
		"an open drain not driving": func(o *mcp23017.Opts) { o.OpenDrain = 0x0100 },
		"an idle level on an input": func(o *mcp23017.Opts) { o.Idle |= 0x0100 },
		"a pull-up on an output":    func(o *mcp23017.Opts) { o.PullUps |= 1 },
		"an interrupt on an output": func(o *mcp23017.Opts) { o.Interrupts |= 1 },
	} {
		o := good
		change(&o)
		if _, err := mcp23017.New(&chips.Bus{}, addr, &o); !errors.Is(err, mcp23017.ErrOpts) {
			t.Errorf("%s: error %v, want ErrOpts", name, err)
		}
	}
	for _, a := range []uint16{0x1F, 0x28} {
		if _, err := mcp23017.New(&chips.Bus{}, a, &good); !errors.Is(err, mcp23017.ErrOpts) {
			t.Errorf("address %#02x: error %v, want ErrOpts", a, err)
		}
	}
	if _, err := mcp23017.New(&chips.Bus{}, addr, nil); err != nil {
		t.Errorf("the default options: %v", err)
	}
}

func TestPins(t *testing.T) {
	for p := range mcp23017.Pin(mcp23017.Pins) {
		back, err := mcp23017.ParsePin(p.String())
		if err != nil || back != p {
			t.Errorf("%s parses as %v, %v", p, back, err)
		}
		if p.CanRead() != (p != 7 && p != 15) {
			t.Errorf("%s.CanRead() = %t", p, p.CanRead())
		}
	}
	for _, s := range []string{"", "GPA8", "GPC0", "gpa0", "GPA00", "GP", "PA0"} {
		if _, err := mcp23017.ParsePin(s); !errors.Is(err, mcp23017.ErrPin) {
			t.Errorf("%q: error %v, want ErrPin", s, err)
		}
	}
}

// No output ever drives anything but its idle level while the chip is being set up, whatever it held.
func TestSetUpNeverGlitches(t *testing.T) {
	for name, before := range map[string]func(*chips.MCP23017){
		"after power-on": func(*chips.MCP23017) {},
		"latch full, pins still inputs": func(m *chips.MCP23017) {
			m.Poke(0x14, 0x0F)
			m.Poke(0x15, 0x80)
		},
		"banked": func(m *chips.MCP23017) { m.Poke(0x0A, 0x80) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, wired())
			before(r.chip)
			r.out = nil
			r.verify(t, mcp23017.Fresh)
			for _, o := range r.out {
				if active := o.Driven & (o.Level ^ 0x00F0) & 0x80FF; active != 0 {
					t.Errorf("drives %+v: %#04x is not idle", o, active)
				}
			}
			if o := r.chip.Outputs(); o != (chips.Outputs{Driven: 0x80FF, Level: 0x00F0}) {
				t.Errorf("drives %+v at the end", o)
			}
			r.verify(t, mcp23017.Fine)
		})
	}
}

// A coil that a crashed run left on is off after the set-up.
func TestSetUpSwitchesOffWhatWasOn(t *testing.T) {
	r := newRig(t, wired())
	r.verify(t, mcp23017.Fresh)
	if err := r.dev.Write(0x0001, 0x0001); err != nil {
		t.Fatal(err)
	}
	next, err := mcp23017.New(r.bus, addr, wired())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := next.Verify(); err != nil {
		t.Fatal(err)
	}
	if r.chip.Outputs().High(0) {
		t.Error("the coil is still on")
	}
}

func TestWriteAndRead(t *testing.T) {
	r := newRig(t, wired())
	r.chip.Drive(8, false)
	if err := r.dev.Write(0x0011, 0x0001); err != nil { // sets the chip up by itself
		t.Fatal(err)
	}
	o := r.chip.Outputs()
	if !o.High(0) || !o.Low(4) || !o.High(5) || !o.Low(1) {
		t.Errorf("drives %+v", o)
	}
	levels, err := r.dev.Read()
	if err != nil || levels&0x7F00 != 0x7E00 {
		t.Errorf("Read %#04x, %v; want 7e00 on port B", levels, err)
	}
	if err := r.dev.Write(0x0100, 0x0100); err != nil {
		t.Fatal(err)
	}
	if r.chip.Outputs().Driven != 0x80FF {
		t.Error("writing to an input made it an output")
	}
	if err := r.dev.Halt(); err != nil {
		t.Fatal(err)
	}
	if o := r.chip.Outputs(); o.Level != 0x00F0 {
		t.Errorf("drives %+v after Halt, want the idle levels", o)
	}
}

func TestResetIsFoundAndMended(t *testing.T) {
	for _, tt := range []struct {
		name    string
		disturb func(*chips.MCP23017)
		want    mcp23017.Found
	}{
		{"reset", (*chips.MCP23017).Reset, mcp23017.Reset},
		{"a direction flipped", func(m *chips.MCP23017) { m.Poke(0x00, 0x01) }, mcp23017.Altered},
		{"a latch flipped", func(m *chips.MCP23017) { m.Poke(0x14, 0xF2) }, mcp23017.Altered},
		{"a pull-up lost", func(m *chips.MCP23017) { m.Poke(0x0D, 0x3F) }, mcp23017.Altered},
		{"polarity flipped", func(m *chips.MCP23017) { m.Poke(0x03, 0x01) }, mcp23017.Altered},
		{"interrupts lost", func(m *chips.MCP23017) { m.Poke(0x05, 0x00) }, mcp23017.Altered},
		{"banked", func(m *chips.MCP23017) { m.Poke(0x0A, 0xC4) }, mcp23017.Altered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, wired())
			r.verify(t, mcp23017.Fresh)
			if err := r.dev.Write(0x0001, 0x0001); err != nil {
				t.Fatal(err)
			}
			tt.disturb(r.chip)
			r.out = nil
			r.verify(t, tt.want)
			r.verify(t, mcp23017.Fine)
			if n := r.dev.Resets(); n != 1 {
				t.Errorf("Resets() = %d, want 1", n)
			}
			if r.chip.Outputs() != (chips.Outputs{Driven: 0x80FF, Level: 0x00F0}) {
				t.Errorf("drives %+v, want every output idle", r.chip.Outputs())
			}
			if tt.want == mcp23017.Reset {
				for _, o := range r.out {
					if o.Driven&(o.Level^0x00F0)&0x80FF != 0 {
						t.Errorf("drove %+v while it was mended", o)
					}
				}
			}
		})
	}
}

func lie(reg, flip byte) func(w, r []byte) {
	return func(w, r []byte) {
		if len(w) == 1 && w[0] == reg && len(r) > 0 {
			r[0] ^= flip
		}
	}
}

func TestLyingChipIsLatched(t *testing.T) {
	for name, f := range map[string]chips.Fault{
		"latch":     {Lie: lie(0x14, 0x01)},
		"direction": {Lie: lie(0x00, 0x01)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, wired())
			r.verify(t, mcp23017.Fresh)
			r.bus.SetFault(addr, f)
			if err := r.dev.Write(0x0001, 0x0001); !errors.Is(err, device.ErrReadBack) {
				t.Fatalf("Write: %v, want ErrReadBack", err)
			}
			if err := r.dev.Off(0x0001); !errors.Is(err, device.ErrReadBack) {
				t.Errorf("Off: %v, want ErrReadBack", err)
			}
			if r.chip.Outputs().High(0) {
				t.Error("Off did not reach the pin")
			}
			if _, err := r.dev.Verify(); !errors.Is(err, device.ErrReadBack) {
				t.Errorf("Verify: %v, want ErrReadBack", err)
			}
			r.bus.SetFault(addr, chips.Fault{})
			if err := r.dev.Write(0x0001, 0x0001); !errors.Is(err, device.ErrReadBack) || r.chip.Outputs().High(0) {
				t.Errorf("Write: %v; the fault is not latched", err)
			}
			if !errors.Is(r.dev.Fault(), device.ErrReadBack) {
				t.Errorf("Fault: %v", r.dev.Fault())
			}
			if _, err := r.dev.Verify(); err != nil {
				t.Errorf("Verify: %v, want the fault cleared", err)
			}
			if err := r.dev.Write(0x0001, 0x0001); err != nil || r.dev.Fault() != nil {
				t.Errorf("Write: %v, fault %v", err, r.dev.Fault())
			}
		})
	}
}

// Wherever a transfer of the set-up fails, the chip is set up in full by the next call, and no output
// moved meanwhile.
func TestFailureAtEveryTransfer(t *testing.T) {
	for n := 1; ; n++ {
		r := newRig(t, wired())
		left := n
		r.bus.SetFault(addr, chips.Fault{Err: func(_, _ []byte) error {
			if left--; left == 0 {
				return chips.ErrNACK
			}
			return nil
		}})
		_, err := r.dev.Verify()
		if left > 0 {
			if n < 8 {
				t.Errorf("the set-up took %d transfers only", n-1)
			}
			break
		}
		if !errors.Is(err, device.ErrDead) || !errors.Is(err, chips.ErrNACK) {
			t.Errorf("transfer %d: error %v, want dead", n, err)
		}
		if err := r.dev.Write(0x0002, 0x0002); err != nil {
			t.Errorf("transfer %d: Write afterwards: %v", n, err)
		}
		want := chips.Outputs{Driven: 0x80FF, Level: 0x00F2}
		if got := r.chip.Outputs(); got != want {
			t.Errorf("transfer %d: drives %+v, want %+v", n, got, want)
		}
		for _, o := range r.out {
			if o.Driven&(o.Level^0x00F0)&0x80FD != 0 {
				t.Errorf("transfer %d: drove %+v", n, o)
			}
		}
	}
}

func TestDeadChipIsAnErrorAndNoLevel(t *testing.T) {
	r := newRig(t, wired())
	r.bus.SetFault(addr, chips.Fault{NACK: true})
	if levels, err := r.dev.Read(); !errors.Is(err, device.ErrDead) {
		t.Errorf("Read: %#04x, %v; want dead", levels, err)
	}
	for what, err := range map[string]error{
		"Write": r.dev.Write(1, 1), "Off": r.dev.Off(1), "Pull": r.dev.Pull(1, 0), "Halt": r.dev.Halt(),
	} {
		if !errors.Is(err, device.ErrDead) {
			t.Errorf("%s: %v, want dead", what, err)
		}
	}
	r.bus.SetFault(addr, chips.Fault{})
	if _, err := r.dev.Read(); err != nil {
		t.Errorf("Read after it came back: %v", err)
	}
}

// Off reaches a chip that the guard would not ask.
func TestOffInsists(t *testing.T) {
	r := newRig(t, wired())
	guard := busguard.New(r.bus, nil)
	dev, err := mcp23017.New(guard, addr, wired())
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Write(1, 1); err != nil {
		t.Fatal(err)
	}
	r.bus.SetFault(addr, chips.Fault{NACK: true, Times: 3})
	if err := dev.Write(2, 2); !errors.Is(err, device.ErrDead) {
		t.Fatalf("Write: %v, want dead", err)
	}
	if err := dev.Off(3); err != nil {
		t.Errorf("Off: %v", err)
	}
	if r.chip.Outputs().Level != 0x00F0 {
		t.Errorf("drives %+v", r.chip.Outputs())
	}
}

func TestOpenDrain(t *testing.T) {
	o := mcp23017.DefaultOpts()
	o.Outputs |= 0x000F
	o.OpenDrain = 0x000F
	o.PullUps &^= 0x000F
	o.Interrupts &^= 0x000F
	r := newRig(t, &o)
	r.verify(t, mcp23017.Fresh)
	if got := r.chip.Outputs(); got != (chips.Outputs{Driven: 0x808F}) {
		t.Errorf("idle: %+v, want all rows low", got)
	}
	if err := r.dev.Pull(0x000F, 0x000D); err != nil {
		t.Fatal(err)
	}
	if got := r.chip.Outputs(); got != (chips.Outputs{Driven: 0x8082}) {
		t.Errorf("row 1 pulled: %+v, want it alone", got)
	}
	if err := r.dev.Pull(0x0080, 0x0080); err != nil {
		t.Fatal(err)
	}
	if got := r.chip.Outputs(); got.Level != 0 {
		t.Errorf("Pull moved an output that is no open drain: %+v", got)
	}
	r.verify(t, mcp23017.Fine)
}

func TestWire(t *testing.T) {
	r := newRig(t, wired())
	rec := chips.Record(r.bus)
	rec.Note("set up after power-on")
	r.verify(t, mcp23017.Fresh)
	rec.Note("verify")
	r.verify(t, mcp23017.Fine)
	rec.Note("switch GPA0 on")
	if err := r.dev.Write(1, 1); err != nil {
		t.Fatal(err)
	}
	rec.Note("read")
	if _, err := r.dev.Read(); err != nil {
		t.Fatal(err)
	}
	rec.Note("off")
	if err := r.dev.Off(1); err != nil {
		t.Fatal(err)
	}
	wirecheck.Golden(t, "mcp23017", rec)
}

func TestFoundHasWords(t *testing.T) {
	var got []string
	for f := mcp23017.Fine; f <= mcp23017.Altered+1; f++ {
		got = append(got, f.String())
	}
	if diff := cmp.Diff([]string{"fine", "fresh", "reset", "altered", "?"}, got); diff != "" {
		t.Error(diff)
	}
}
