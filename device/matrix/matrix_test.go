package matrix_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/gpio"
	"pgregory.net/rapid"

	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/chips/wirecheck"
	"smartbox/device/keypad"
	"smartbox/device/keypad/keypadtest"
	"smartbox/device/matrix"
	"smartbox/device/mcp23017"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const addr = 0x21

// wiring is rows on GPA0 to GPA3 and columns on GPB0 to GPB2.
func wiring() matrix.Wiring {
	return matrix.Wiring{Rows: []mcp23017.Pin{0, 1, 2, 3}, Columns: []mcp23017.Pin{8, 9, 10}}
}

type rig struct {
	keypadtest.Rig
	bus  *chips.Bus
	chip *chips.MCP23017
	line *chips.Line
}

func newRig(t *testing.T, opts *matrix.Opts) *rig {
	t.Helper()
	r := &rig{bus: &chips.Bus{}, chip: chips.NewMCP23017(), line: chips.NewLine("INT", gpio.High)}
	r.chip.OnInterrupt(r.line.Sink())
	r.bus.Add(addr, r.chip)
	w := wiring()
	o := mcp23017.DefaultOpts()
	w.Wire(&o)
	dev, err := mcp23017.New(busguard.New(r.bus, nil), addr, &o)
	if err != nil {
		t.Fatal(err)
	}
	pad, err := matrix.New(dev, w, r.line, opts)
	if err != nil {
		t.Fatal(err)
	}
	at := func(move func(a, b int)) func(rune) {
		return func(key rune) {
			row, column, ok := keypad.Telephone().Find(key)
			if !ok {
				t.Fatalf("no key %c", key)
			}
			move(int(w.Rows[row]), int(w.Columns[column]))
		}
	}
	r.Rig = keypadtest.Rig{
		Source: pad, Press: at(r.chip.Connect), Release: at(r.chip.Disconnect), Reset: r.chip.Reset,
		NACK: func(times int) { r.bus.SetFault(addr, chips.Fault{NACK: times >= 0, Times: max(times, 0)}) },
		Hang: func() func() {
			release := make(chan struct{})
			r.bus.SetFault(addr, chips.Fault{Times: 1, Hang: func() { <-release }})
			return func() { close(release) }
		},
		Lie: func(on bool) {
			f := chips.Fault{}
			if on {
				f.Lie = func(_, b []byte) {
					for i := range b {
						b[i] = 0xFF
					}
				}
			}
			r.bus.SetFault(addr, f)
		},
		Stick: func() { r.line.Stick(true) },
		Most:  matrix.DefaultOpts().Debounce + 15*time.Millisecond,
	}
	return r
}

func TestKeypad(t *testing.T) {
	keypadtest.Run(t, func(t *testing.T) keypadtest.Rig { return newRig(t, nil).Rig })
}

func TestBouncingCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		keypadtest.Typing(t, r.Source, func(typed func() string) {
			for _, last := range []func(rune){r.Press, r.Release} {
				for range 20 {
					r.Press('8')
					time.Sleep(300 * time.Microsecond)
					r.Release('8')
					time.Sleep(300 * time.Microsecond)
				}
				last('8')
				time.Sleep(time.Second)
			}
			if got := typed(); got != "8" {
				t.Errorf("typed %q, want 8", got)
			}
		})
	})
}

func TestTooShortIsNoKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		keypadtest.Typing(t, r.Source, func(typed func() string) {
			r.Press('8')
			time.Sleep(matrix.DefaultOpts().Debounce / 2)
			r.Release('8')
			time.Sleep(time.Second)
			if got := typed(); got != "" {
				t.Errorf("typed %q by a spike", got)
			}
		})
	})
}

// With three keys down at the corners of a rectangle the fourth reads as down; it is not typed, and what was
// down before stays.
func TestGhostIsNotTyped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		keypadtest.Typing(t, r.Source, func(typed func() string) {
			r.Press('1')
			time.Sleep(100 * time.Millisecond)
			r.Press('3')
			time.Sleep(100 * time.Millisecond)
			r.Press('7') // and 9 reads as down
			time.Sleep(time.Second)
			if got := typed(); got != "13" {
				t.Errorf("typed %q, want 13: the third corner cannot be told from the fourth", got)
			}
			r.Release('3') // now 7 can be told
			time.Sleep(time.Second)
			if got := typed(); got != "7" {
				t.Errorf("typed %q, want 7", got)
			}
			r.Release('1')
			r.Release('7')
			time.Sleep(time.Second)
			if got := typed(); got != "" {
				t.Errorf("typed %q by letting go", got)
			}
		})
	})
}

// Whatever is pressed in whatever order, a key is typed only if it went down.
func TestNoKeyIsInvented(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		moves := rapid.SliceOfN(rapid.IntRange(0, len(keypadtest.Keys)-1), 1, 40).Draw(rt, "keys")
		pauses := rapid.SliceOfN(rapid.IntRange(1, 60), len(moves), len(moves)).Draw(rt, "pauses")
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			keypadtest.Typing(t, r.Source, func(typed func() string) {
				downs := map[rune]int{}
				down := map[rune]bool{}
				for i, m := range moves {
					k := rune(keypadtest.Keys[m])
					if down[k] = !down[k]; down[k] {
						downs[k]++
						r.Press(k)
					} else {
						r.Release(k)
					}
					time.Sleep(time.Duration(pauses[i]) * time.Millisecond)
				}
				time.Sleep(time.Second)
				for _, k := range typed() {
					if downs[k]--; downs[k] < 0 {
						rt.Errorf("%c was typed more often than pressed", k)
					}
				}
			})
		})
	})
}

// Two keys of a column never short a row that drives high against one that drives low.
func TestRowsNeverDriveHigh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.chip.OnOutput(func(o chips.Outputs) {
			if o.Level&0x000F != 0 {
				t.Errorf("drives %+v", o)
			}
		})
		keypadtest.Typing(t, r.Source, func(typed func() string) {
			r.Press('2')
			r.Press('5')
			time.Sleep(time.Second)
			if got := typed(); got != "25" {
				t.Errorf("typed %q, want 25", got)
			}
		})
	})
}

// A key that is stuck must not take the bus from everybody else.
func TestStuckKeyIsCheap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		keypadtest.Typing(t, r.Source, func(func() string) {
			r.Press('5')
			time.Sleep(time.Minute)
			var n atomic.Int64
			r.bus.Tap(func(chips.Transfer) { n.Add(1) })
			time.Sleep(10 * time.Second)
			if perSecond := n.Load() / 10; perSecond > 300 {
				t.Errorf("%d transfers a second", perSecond)
			}
		})
	})
}

func TestWiringIsChecked(t *testing.T) {
	bus := &chips.Bus{}
	good := wiring()
	o := mcp23017.DefaultOpts()
	good.Wire(&o)
	dev, err := mcp23017.New(bus, addr, &o)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := mcp23017.New(bus, addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		dev    *mcp23017.Dev
		wiring matrix.Wiring
		layout keypad.Layout
		want   error
	}{
		"the chip knows nothing of it": {plain, good, nil, matrix.ErrWiring},
		"a row too few":                {dev, matrix.Wiring{Rows: good.Rows[:3], Columns: good.Columns}, nil, keypad.ErrLayout},
		"a column too many":            {dev, matrix.Wiring{Rows: good.Rows, Columns: []mcp23017.Pin{8, 9, 10, 11}}, nil, matrix.ErrWiring},
		"a pin twice":                  {dev, matrix.Wiring{Rows: good.Rows, Columns: []mcp23017.Pin{8, 9, 9}}, nil, matrix.ErrWiring},
		"a row as a column":            {dev, matrix.Wiring{Rows: good.Rows, Columns: []mcp23017.Pin{8, 9, 0}}, nil, matrix.ErrWiring},
		"no key":                       {dev, good, keypad.Layout{"   "}, keypad.ErrLayout},
	} {
		if _, err := matrix.New(tt.dev, tt.wiring, nil, &matrix.Opts{Layout: tt.layout}); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", name, err, tt.want)
		}
	}
}

func TestWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &matrix.Opts{Poll: time.Minute})
		rec := chips.Record(r.bus)
		rec.Note("start")
		keypadtest.Typing(t, r.Source, func(func() string) {
			time.Sleep(7 * time.Millisecond)
			rec.Note("5 down for 33 ms")
			r.Press('5')
			time.Sleep(33 * time.Millisecond) // between two scans
			rec.Note("5 up")
			r.Release('5')
			time.Sleep(50 * time.Millisecond)
		})
		wirecheck.Golden(t, "matrix", rec)
	})
}
