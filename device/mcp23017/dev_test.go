package mcp23017_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

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
