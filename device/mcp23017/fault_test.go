package mcp23017_test

import (
	"errors"
	"testing"

	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/mcp23017"
)

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
