package tca8418_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/gpio"

	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/chips/wirecheck"
	"smartbox/device/keypad"
	"smartbox/device/keypad/keypadtest"
	"smartbox/device/tca8418"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type rig struct {
	keypadtest.Rig
	bus  *chips.Bus
	chip *chips.TCA8418
}

func newRig(t *testing.T) *rig {
	t.Helper()
	bus, chip, line := &chips.Bus{}, chips.NewTCA8418(), chips.NewLine("INT", gpio.High)
	chip.OnInterrupt(line.Sink())
	bus.Add(tca8418.Addr, chip)
	dev, err := tca8418.New(busguard.New(bus, nil), tca8418.Addr, line, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := func(move func(row, column int)) func(rune) {
		return func(key rune) {
			row, column, ok := keypad.Telephone().Find(key)
			if !ok {
				t.Fatalf("no key %c", key)
			}
			move(row, column)
		}
	}
	return &rig{bus: bus, chip: chip, Rig: keypadtest.Rig{
		Source: dev, Press: at(chip.Press), Release: at(chip.Release), Reset: chip.Reset,
		NACK: func(times int) {
			bus.SetFault(tca8418.Addr, chips.Fault{NACK: times >= 0, Times: max(times, 0)})
		},
		Hang: func() func() {
			release := make(chan struct{})
			bus.SetFault(tca8418.Addr, chips.Fault{Times: 1, Hang: func() { <-release }})
			return func() { close(release) }
		},
		Lie: func(on bool) {
			f := chips.Fault{}
			if on {
				f.Lie = func(_, r []byte) {
					for i := range r {
						r[i] = 0xFF
					}
				}
			}
			bus.SetFault(tca8418.Addr, f)
		},
		Stick: func() { line.Stick(true) },
		Most:  5 * time.Millisecond,
	}}
}

func TestKeypad(t *testing.T) {
	keypadtest.Run(t, func(t *testing.T) keypadtest.Rig { return newRig(t).Rig })
}

// A code with a gap is worse than none: what an overflow leaves is dropped, and the next key is good.
func TestOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		keypadtest.Typing(t, r.Source, func(typed func() string) {
			for _, k := range "123456" { // all between two readings
				r.Press(k)
				r.Release(k)
			}
			time.Sleep(time.Second)
			if got := typed(); got != "" {
				t.Errorf("typed %q, want nothing of a FIFO that overflowed", got)
			}
			if stat := r.chip.Register(0x02); stat != 0 {
				t.Errorf("INT_STAT %#02x is left", stat)
			}
			r.Press('7')
			time.Sleep(time.Second)
			if got := typed(); got != "7" {
				t.Errorf("typed %q, want 7", got)
			}
		})
	})
}

func TestWhatStoodInTheChipIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for _, w := range [][]byte{{0x1D, 0x0F}, {0x1E, 0x07}, {0x01, 0x01}} { // an earlier run
			if err := r.bus.Tx(tca8418.Addr, w, nil); err != nil {
				t.Fatal(err)
			}
		}
		r.Press('1')
		r.Release('1')
		keypadtest.Typing(t, r.Source, func(typed func() string) {
			if got := typed(); got != "" {
				t.Errorf("typed %q before anybody did", got)
			}
		})
	})
}

// The chip debounces; a driver that left that off would see each press several times.
func TestDebounceIsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		if err := r.bus.Tx(tca8418.Addr, []byte{0x29, 0xFF}, nil); err != nil {
			t.Fatal(err)
		}
		keypadtest.Typing(t, r.Source, func(typed func() string) {
			r.Press('1')
			time.Sleep(time.Second)
			if got := typed(); got != "1" {
				t.Errorf("typed %q, want 1", got)
			}
		})
	})
}

// Lost settings of the matrix are found, although CFG is whole.
func TestLostMatrixIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		keypadtest.Typing(t, r.Source, func(typed func() string) {
			if err := r.bus.Tx(tca8418.Addr, []byte{0x1D, 0}, nil); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
			r.Press('1')
			time.Sleep(time.Second)
			if got := typed(); got != "1" {
				t.Errorf("typed %q, want 1", got)
			}
		})
	})
}

func TestOptsAreChecked(t *testing.T) {
	if _, err := tca8418.New(&chips.Bus{}, tca8418.Addr, nil, &tca8418.Opts{Layout: keypad.Layout{"11"}}); !errors.Is(err, keypad.ErrLayout) {
		t.Errorf("error %v, want ErrLayout", err)
	}
}

func TestHaltStopsScanning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		keypadtest.Typing(t, r.Source, func(func() string) {})
		if err := r.Source.(*tca8418.Dev).Halt(); err != nil {
			t.Fatal(err)
		}
		if cfg := r.chip.Register(0x01); cfg != 0 {
			t.Errorf("CFG %#02x, want 0", cfg)
		}
	})
}

func TestWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		rec := chips.Record(r.bus)
		rec.Note("start and a second of rest")
		keypadtest.Typing(t, r.Source, func(func() string) {
			time.Sleep(37 * time.Millisecond) // between two polls
			rec.Note("5 down")
			r.Press('5')
			time.Sleep(50 * time.Millisecond)
			rec.Note("5 up")
			r.Release('5')
			time.Sleep(50 * time.Millisecond)
		})
		wirecheck.Golden(t, "tca8418", rec)
	})
}
