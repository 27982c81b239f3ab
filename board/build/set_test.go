package build_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"

	"smartbox/board"
	"smartbox/board/build"
	"smartbox/device/chips"
	"smartbox/device/wiegand"
)

// shelf is hardware in which one thing may be missing.
type shelf struct {
	bus    *chips.Bus
	lacks  string
	closed int
}

var errLacks = errors.New("not on the shelf")

func (s *shelf) get(name string) error {
	if name == s.lacks {
		return errLacks
	}
	return nil
}

func (s *shelf) Bus(b board.Bus) (i2c.Bus, error) { return s.bus, s.get(b.Path) }

func (s *shelf) Serial(p board.Port) (io.ReadWriteCloser, error) {
	return chips.NewPN532().Serial(), s.get(p.Path)
}

func (s *shelf) Input(line string) (gpio.PinIn, error) {
	return chips.NewLine(line, gpio.High), s.get(line)
}

func (s *shelf) Output(line string) (gpio.PinOut, error) {
	return chips.NewLine(line, gpio.Low), s.get(line)
}

func (s *shelf) Edges(_, _ string) (wiegand.Edges, error) { return chips.NewWiegand(), nil }

func (s *shelf) Close() error {
	s.closed++
	return nil
}

func TestSetNamesWhatIsMissingAndLetsGo(t *testing.T) {
	p, err := board.Builtin("rpi-8")
	if err != nil {
		t.Fatal(err)
	}
	for _, lacks := range append(p.Lines(), "/dev/i2c-1") {
		hw := &shelf{bus: &chips.Bus{}, lacks: lacks}
		if _, err := build.Set(p, hw, build.Options{}); !errors.Is(err, errLacks) || !strings.Contains(err.Error(), "rpi-8") {
			t.Errorf("%s: %v", lacks, err)
		}
		if hw.closed != 1 {
			t.Errorf("%s: closed %d times", lacks, hw.closed)
		}
	}
}

func TestSetTouchesNoChip(t *testing.T) {
	for _, name := range board.Names() {
		p, err := board.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		bus := &chips.Bus{}
		bus.Tap(func(x chips.Transfer) { t.Errorf("%s: a transfer to %#02x", name, x.Addr) })
		set, err := build.Set(p, &shelf{bus: bus}, build.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(set.Slots) != len(p.Slots) || !set.Slots[0].Contact || !set.Slots[0].KeySensor {
			t.Errorf("%s: slots %+v", name, set.Slots)
		}
		if set.Slots[0].LockSensor != (name == "sim-8") {
			t.Errorf("%s: lock sensor %v", name, set.Slots[0].LockSensor)
		}
	}
}

// Close secures every chip that is there, says which are not, and lets go once.
func TestCloseSecuresBeforeItLetsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := board.Builtin("sim-8")
		if err != nil {
			t.Fatal(err)
		}
		bus, locks := &chips.Bus{}, chips.NewMCP23017()
		bus.Add(0x20, locks)
		hw := &shelf{bus: bus}
		set, err := build.Set(p, hw, build.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Locks.Secure(t.Context()); err != nil {
			t.Fatal(err)
		}
		locks.Poke(0x14, 1) // OLATA: a disturbance switches a coil on
		if !locks.Outputs().High(0) {
			t.Fatal("no coil is on")
		}
		bus.Tap(func(chips.Transfer) {
			if hw.closed != 0 {
				t.Error("a transfer after the bus was closed")
			}
		})
		if err := set.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if locks.Outputs().Level != 0 || hw.closed != 1 {
			t.Errorf("outputs %+v, closed %d", locks.Outputs(), hw.closed)
		}
		if err := set.Close(); err != nil || hw.closed != 1 {
			t.Errorf("twice: %v, %d", err, hw.closed)
		}
	})
}
