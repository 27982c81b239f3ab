package hd44780_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"smartbox"
	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/hd44780"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

// rig is a display that runs over a model.
type rig struct {
	glass *chips.HD44780
	bus   *chips.Bus
	dev   *hd44780.Dev
	mu    sync.Mutex
	words []string
}

func newRig(t interface{ Fatal(...any) }, o *hd44780.Opts) *rig {
	if o == nil {
		o = &hd44780.DefaultOpts
	}
	r := &rig{glass: chips.NewHD44780(o.Columns, o.Rows), bus: &chips.Bus{}}
	r.bus.Add(hd44780.Addr, r.glass.Expander)
	dev, err := hd44780.New(r.bus, hd44780.Addr, o)
	if err != nil {
		t.Fatal(err)
	}
	r.dev = dev
	return r
}

// run looks after the display until the test ends.
func (r *rig) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- r.dev.Run(ctx, r.hear) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func (r *rig) hear(e device.Event) {
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
}

func (r *rig) show(t *testing.T, lines ...string) {
	t.Helper()
	if err := r.dev.Show(context.Background(), lines); err != nil {
		t.Fatal(err)
	}
}

// expect compares the glass, blanks at the end of a line aside.
func (r *rig) expect(t *testing.T, what string, want ...string) {
	t.Helper()
	synctest.Wait()
	got := r.glass.Lines()
	for i := range got {
		got[i] = strings.TrimRight(got[i], " ")
	}
	for len(want) < len(got) {
		want = append(want, "")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
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
