package oled_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"smartbox"
	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/oled"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

// rig is a display that runs over a model.
type rig struct {
	glass *chips.SSD1306
	bus   *chips.Bus
	dev   *oled.Dev
	mu    sync.Mutex
	words []string
}

func newRig(t *testing.T, o *oled.Opts) *rig {
	if o == nil {
		o = &oled.DefaultOpts
	}
	r := &rig{glass: chips.NewSSD1306(o.Width, o.Height), bus: &chips.Bus{}}
	r.bus.Add(oled.Addr, r.glass)
	r.glass.Reset() // its memory holds noise
	dev, err := oled.New(r.bus, o)
	if err != nil {
		t.Fatal(err)
	}
	r.dev = dev
	return r
}

func (r *rig) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		done <- r.dev.Run(ctx, func(e device.Event) {
			r.mu.Lock()
			defer r.mu.Unlock()
			h, ok := e.(device.Health)
			switch {
			case !ok || h.Part != smartbox.PartDisplay:
				r.words = append(r.words, fmt.Sprintf("%T", e))
			case errors.Is(h.Err, device.ErrDead):
				r.words = append(r.words, "dead")
			case h.Err == nil && h.After > 0:
				r.words = append(r.words, "back")
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func (r *rig) heard(t *testing.T, what string, want ...string) {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if diff := cmp.Diff(want, r.words); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
	r.words = nil
}

func (r *rig) show(t *testing.T, lines ...string) {
	t.Helper()
	if err := r.dev.Show(context.Background(), lines); err != nil {
		t.Fatal(err)
	}
}

// dots is the picture as an eye sees it, two rows of dots a line.
func dots(img *image.Gray) string {
	var b strings.Builder
	for y := 0; y < img.Rect.Dy(); y += 2 {
		var line strings.Builder
		for x := range img.Rect.Dx() {
			upper, lower := img.GrayAt(x, y).Y > 0, img.GrayAt(x, y+1).Y > 0
			switch {
			case upper && lower:
				line.WriteRune('█')
			case upper:
				line.WriteRune('▀')
			case lower:
				line.WriteRune('▄')
			default:
				line.WriteByte(' ')
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; -update writes it anew:\n%s", path, diff)
	}
}

func TestGoldenPicture(t *testing.T) {
	r := newRig(t, nil)
	if c, rows := r.dev.Size(); c != 21 || rows != 8 {
		t.Fatalf("%d columns, %d rows", c, rows)
	}
	r.show(t, "Enter code, press #", "ABCDEFGHIJKLMNOPQRSTU (and this is cut)", "VWXYZ 0123456789 .,:;", "abcdefghijklmnopqrstu",
		"vwxyz äöüß ÄÖÜ éèêëÉÈ", "áàâ íîï óô úùû çÇ ñÑ", "¿Qué? ¡Sí! 5° 3€ … → ←", "!\"#$%&'()*+-/<=>?@[\\]", "a ninth line")
	if !r.glass.On() {
		t.Error("it is off")
	}
	golden(t, "letters.golden", dots(r.glass.Image()))
}

// TestLettersDiffer says that no two letters look alike.
func TestLettersDiffer(t *testing.T) {
	r := newRig(t, nil)
	seen := map[string]rune{}
	for _, l := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?'\"#$%&()*+-/<=>@[]^_`{|}~äöüßÄÖÜéèêëÉÈÊáàâÁÀÂíîïÍÎÏóôÓÔúùûÚÙÛçÇñÑ¿¡°€…→←日" {
		r.show(t, string(l))
		d := dots(r.glass.Image())
		if other, ok := seen[d]; ok {
			t.Errorf("%c looks like %c", l, other)
		}
		seen[d] = l
	}
}

func TestSmallAndRotated(t *testing.T) {
	small := oled.DefaultOpts
	small.Height = 32
	r := newRig(t, &small)
	if c, rows := r.dev.Size(); c != 21 || rows != 4 {
		t.Errorf("%d columns, %d rows", c, rows)
	}
	r.show(t, "", "", "", "last", "cut")
	upright := dots(r.glass.Image())
	if lines := strings.Split(upright, "\n"); strings.TrimSpace(strings.Join(lines[:12], "")) != "" || strings.TrimSpace(strings.Join(lines[12:], "")) == "" {
		t.Errorf("not in the last row:\n%s", upright)
	}
	small.Rotated = true
	turned := newRig(t, &small)
	turned.show(t, "", "", "", "last", "cut")
	a, b := r.glass.Image(), turned.glass.Image()
	for y := range 32 {
		for x := range 128 {
			if a.GrayAt(x, y) != b.GrayAt(127-x, 31-y) {
				t.Fatalf("dot %d,%d is not turned", x, y)
			}
		}
	}
}

func TestResetHealsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.run(t)
		r.show(t, "Hello")
		want := dots(r.glass.Image())
		r.glass.Reset()
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff(want, dots(r.glass.Image())); diff != "" {
			t.Error(diff)
		}
		r.heard(t, "nothing to tell")
	})
}

func TestDeadAndBack(t *testing.T) {
	for name, f := range map[string]chips.Fault{"NACK": {NACK: true}, "hang": {Hang: func() {}}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.run(t)
				r.show(t, "Hello")
				want := dots(r.glass.Image())
				r.show(t, "")
				r.bus.SetFault(oled.Addr, f)
				if err := r.dev.Show(context.Background(), []string{"Hello"}); !errors.Is(err, device.ErrDead) {
					t.Errorf("Show says %v", err)
				}
				time.Sleep(time.Minute)
				r.heard(t, "away", "dead")
				r.glass.Reset()
				r.bus.SetFault(oled.Addr, chips.Fault{})
				time.Sleep(5 * time.Second)
				r.heard(t, "here", "back")
				if diff := cmp.Diff(want, dots(r.glass.Image())); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestFaultAnywhere breaks each transfer once: the next Show is right.
func TestFaultAnywhere(t *testing.T) {
	clean := newRig(t, nil)
	clean.show(t, "now")
	want := dots(clean.glass.Image())
	broken := 0
	for n := range 20 {
		r := newRig(t, nil)
		count := 0
		r.bus.SetFault(oled.Addr, chips.Fault{Err: func(_, _ []byte) error {
			if count++; count == n+1 {
				return chips.ErrNACK
			}
			return nil
		}})
		if err := r.dev.Show(context.Background(), []string{"before", "text"}); err != nil {
			broken++
		}
		r.bus.SetFault(oled.Addr, chips.Fault{})
		r.show(t, "now")
		if diff := cmp.Diff(want, dots(r.glass.Image())); diff != "" {
			t.Fatalf("transfer %d:\n%s", n, diff)
		}
	}
	if broken != 17 { // the set-up, and two transfers for each of 8 pages
		t.Errorf("%d transfers could be broken, not 17", broken)
	}
}

func TestHalt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.run(t)
		r.show(t, "Hello")
		if err := r.dev.Halt(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if r.glass.On() {
			t.Error("it is on")
		}
		r.show(t, "Hello")
		if !r.glass.On() {
			t.Error("it is off")
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []oled.Opts{{}, {Width: 128, Height: 48, Refresh: 1, Retry: 1}, {Width: 128, Height: 64}} {
		if _, err := oled.New(&chips.Bus{}, &o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	if _, err := oled.New(nil, nil); err == nil {
		t.Error("no bus is accepted")
	}
}

// TestGoldenWire holds what a logic analyser shows from power-on to the first letters, and of one that changed.
func TestGoldenWire(t *testing.T) {
	r := newRig(t, nil)
	var b bytes.Buffer
	r.bus.Tap(func(x chips.Transfer) {
		w := x.W
		if len(w) > 40 {
			w = w[:40]
		}
		fmt.Fprintf(&b, "w %3d: % x\n", len(x.W), w)
	})
	r.show(t, "Hi")
	r.show(t, "Ho")
	golden(t, "i2c.golden", b.String())
}

func Example() {
	glass, bus := chips.NewSSD1306(128, 64), &chips.Bus{} // on a box: i2creg.Open
	bus.Add(oled.Addr, glass)
	display, err := oled.New(bus, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := display.Show(context.Background(), []string{"Enter code"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(glass.On())
	// Output: true
}
