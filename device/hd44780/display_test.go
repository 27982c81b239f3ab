package hd44780_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/hd44780"
)

func TestShow(t *testing.T) {
	for name, o := range map[string]hd44780.Opts{
		"20x4":       hd44780.DefaultOpts,
		"16x2":       {Columns: 16, Rows: 2, Check: time.Second},
		"16x4":       {Columns: 16, Rows: 4, Check: time.Second},
		"write only": {Columns: 20, Rows: 4, Check: time.Second, WriteOnly: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, &o)
				all := []string{"first", "second line", "  third", strings.Repeat("x", 30)}
				r.show(t, all...)
				want := append([]string(nil), all[:o.Rows]...)
				if o.Rows == 4 {
					want[3] = want[3][:o.Columns]
				}
				r.expect(t, "text", want...)
				if !r.glass.Backlight() {
					t.Error("it is dark")
				}
				r.show(t, "short")
				r.expect(t, "the rest is blank", "short")
				if err := r.dev.Halt(); err != nil || r.glass.Backlight() {
					t.Errorf("halted: light %v, %v", r.glass.Backlight(), err)
				}
				r.expect(t, "halted")
			})
		})
	}
}

func TestLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.show(t, "Schlüssel für Käthe", "größer: ß äöü 5°", "café año ¿dónde?", "été çà")
		r.expect(t, "ROM and drawn", "Schlüssel für Käthe", "größer: ß äöü 5°", "café año ¿dónde?", "été çà")
		r.show(t, "áàâ éèê íî óô úù", `a\b~c €`, "日 – “x”")
		r.expect(t, "eight are drawn, é, à and ó as they were; the others lose their accent", "áàâ éèê íi óo uu", "a/b-c E", `? - "x"`)
		r.show(t, "ÄÖÜ ÉÑ", "¡Hola!")
		r.expect(t, "capitals", "ÄÖÜ ÉÑ", "¡Hola!")
	})
}

func TestEveryDrawnLetterReadsAsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		for _, l := range "äöüßñ°µáàâéèêëíîïóôúùûçÇÄÖÜÑÉÈÊÁÀÍÓÚ¿¡" {
			r.show(t, string(l))
			r.expect(t, string(l), string(l))
		}
	})
}

func TestOnlyChangesAreWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.show(t, "Code: ", "", "12:34")
		before := r.glass.Writes()
		r.show(t, "Code: *", "", "12:35")
		if n := r.glass.Writes() - before; n != 2 {
			t.Errorf("%d cells were written for 2 that changed", n)
		}
		r.show(t, "Code: *", "", "12:35")
		if n := r.glass.Writes() - before; n != 2 {
			t.Errorf("the same text wrote %d cells", n-2)
		}
		r.expect(t, "text", "Code: *", "", "12:35")
	})
}

func TestResetIsNoticed(t *testing.T) {
	for name, reset := range map[string]func(*chips.HD44780){
		"module":     (*chips.HD44780).Reset,
		"controller": (*chips.HD44780).ResetController,
		"nibble":     (*chips.HD44780).Slip,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.show(t, "one", "é")
				reset(r.glass)
				r.show(t, "two", "é")
				r.expect(t, "shown after it", "two", "é")
				r.run(t)
				reset(r.glass)
				time.Sleep(5 * time.Second)
				r.expect(t, "nobody wrote", "two", "é")
				r.heard(t, "a reset that was mended is no fault")
			})
		})
	}
}

func TestWriteOnlyBackpackHealsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hd44780.Opts{Columns: 20, Rows: 4, Check: time.Second, WriteOnly: true})
		r.run(t)
		r.show(t, "one", "é")
		for _, reset := range []func(){r.glass.ResetController, r.glass.Slip, r.glass.Reset} {
			reset()
			time.Sleep(5 * time.Second)
			r.expect(t, "after it", "one", "é")
		}
		r.heard(t, "nothing to tell")
	})
}

func TestDeadAndBack(t *testing.T) {
	for name, f := range map[string]chips.Fault{
		"NACK": {NACK: true},
		"hang": {Hang: func() {}},
		"lie":  {Lie: func(_, r []byte) { clear(r) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.run(t)
				r.show(t, "one")
				r.bus.SetFault(hd44780.Addr, f)
				if err := r.dev.Show(context.Background(), []string{"two"}); !errors.Is(err, device.ErrDead) {
					t.Errorf("Show says %v", err)
				}
				time.Sleep(time.Minute)
				r.heard(t, "while it is away", "dead")
				r.bus.SetFault(hd44780.Addr, chips.Fault{})
				r.glass.Reset()
				time.Sleep(5 * time.Second)
				r.heard(t, "when it is back", "back")
				r.expect(t, "the text that was missed", "two")
			})
		})
	}
}

func TestDeadAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.bus.SetFault(hd44780.Addr, chips.Fault{NACK: true})
		if err := r.dev.Show(context.Background(), []string{"one"}); !errors.Is(err, device.ErrDead) {
			t.Errorf("Show says %v", err)
		}
		r.bus.SetFault(hd44780.Addr, chips.Fault{})
		r.show(t, "two")
		r.expect(t, "the next Show", "two")
	})
}

// TestFaultAnywhere breaks each transfer of a text once: the next Show is right.
func TestFaultAnywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for n := range 60 {
			r := newRig(t, nil)
			r.show(t, "before é")
			count := 0
			r.bus.SetFault(hd44780.Addr, chips.Fault{Err: func(_, _ []byte) error {
				if count++; count == n+1 {
					return chips.ErrNACK
				}
				return nil
			}})
			err := r.dev.Show(context.Background(), []string{"after è", "and more", "and more of it", "until the end"})
			if (err != nil) != (count > n) || err != nil && !errors.Is(err, device.ErrDead) {
				t.Fatalf("transfer %d of %d broken: %v", n, count, err)
			}
			r.bus.SetFault(hd44780.Addr, chips.Fault{})
			r.show(t, "ô now")
			r.expect(t, fmt.Sprintf("transfer %d", n), "ô now")
		}
	})
}

func TestAnyTextsInARow(t *testing.T) {
	letters := []rune("abcXYZ 0189äöüßñéèáíóúç!?-") // no more to be drawn than there is room for
	text := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom(letters), 0, 20, -1), 4, 4)
	r := newRig(t, nil) // one for all: what stands there from the text before matters
	rapid.Check(t, func(t *rapid.T) {
		lines := text.Draw(t, "lines")
		if err := r.dev.Show(context.Background(), lines); err != nil {
			t.Fatal(err)
		}
		for i, got := range r.glass.Lines() {
			if strings.TrimRight(got, " ") != strings.TrimRight(lines[i], " ") {
				t.Fatalf("line %d shows %q for %q", i, got, lines[i])
			}
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []hd44780.Opts{{}, {Columns: 20, Rows: 5, Check: 1}, {Columns: 40, Rows: 2, Check: 1}, {Columns: 20, Rows: 4}} {
		if _, err := hd44780.New(&chips.Bus{}, hd44780.Addr, &o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	if _, err := hd44780.New(nil, hd44780.Addr, nil); err == nil {
		t.Error("no bus is accepted")
	}
}

// TestGoldenWire holds what a logic analyser shows from power-on to the first letters.
func TestGoldenWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		var b bytes.Buffer
		begin := time.Now()
		r.bus.Tap(func(x chips.Transfer) {
			fmt.Fprintf(&b, "%5d us w % x r % x\n", time.Since(begin).Microseconds(), x.W, x.R)
		})
		r.show(t, "Hé")
		path := filepath.Join("testdata", "i2c.golden")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func Example() {
	glass, bus := chips.NewHD44780(20, 4), &chips.Bus{} // on a box: i2creg.Open
	bus.Add(hd44780.Addr, glass.Expander)
	display, err := hd44780.New(bus, hd44780.Addr, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := display.Show(context.Background(), []string{"Bitte Code eingeben"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.TrimSpace(glass.Lines()[0]))
	// Output: Bitte Code eingeben
}
