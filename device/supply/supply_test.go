package supply_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"periph.io/x/conn/v3/gpio"

	"smartbox"
	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/supply"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is three contacts, closed, and what was heard of them.
type rig struct {
	tamper, mains, battery *chips.Line
	mu                     sync.Mutex
	words                  []string
}

func newRig() *rig {
	return &rig{
		tamper:  chips.NewLine("TAMPER", gpio.Low),
		mains:   chips.NewLine("MAINS", gpio.Low),
		battery: chips.NewLine("BATTERY", gpio.Low),
	}
}

func (r *rig) run(t *testing.T, p supply.Pins, o *supply.Opts) {
	in, err := supply.New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- in.Run(ctx, r.hear) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func (r *rig) pins() supply.Pins {
	return supply.Pins{Tamper: r.tamper, Mains: r.mains, Battery: r.battery}
}

func (r *rig) hear(e device.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case device.Tamper:
		r.words = append(r.words, fmt.Sprintf("tamper open=%v", e.Open))
	case device.Supply:
		r.words = append(r.words, fmt.Sprintf("mains=%v low=%v", e.Mains, e.Low))
	case device.Health:
		switch {
		case e.Part == smartbox.PartInputs && errors.Is(e.Err, device.ErrDead):
			r.words = append(r.words, "dead "+e.Name)
		case e.Part == smartbox.PartInputs && e.Err == nil && e.After > 0:
			r.words = append(r.words, "back "+e.Name)
		}
	default:
		r.words = append(r.words, fmt.Sprintf("%T", e))
	}
}

func (r *rig) expect(t *testing.T, what string, after time.Duration, want ...string) {
	t.Helper()
	time.Sleep(after)
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if diff := cmp.Diff(want, r.words); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
	r.words = nil
}

func TestContacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.run(t, r.pins(), nil)
		r.expect(t, "at the start", time.Second, "tamper open=false", "mains=true low=false")
		r.expect(t, "nothing happens", time.Hour)
		r.tamper.Set(gpio.High)
		r.expect(t, "before it stood still", 25*time.Millisecond)
		r.expect(t, "opened", 10*time.Millisecond, "tamper open=true")
		r.tamper.Set(gpio.Low)
		r.expect(t, "shut", 40*time.Millisecond, "tamper open=false")
		r.mains.Set(gpio.High)
		r.expect(t, "mains lost", 40*time.Millisecond, "mains=false low=false")
		r.battery.Set(gpio.High)
		r.expect(t, "battery low", 40*time.Millisecond, "mains=false low=true")
		r.mains.Set(gpio.Low)
		r.battery.Set(gpio.Low)
		time.Sleep(40 * time.Millisecond)
		synctest.Wait()
		r.mu.Lock()
		defer r.mu.Unlock()
		if n := len(r.words); n == 0 || r.words[n-1] != "mains=true low=false" {
			t.Errorf("mains back: %v", r.words)
		}
	})
}

func TestBounce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.run(t, r.pins(), nil)
		r.expect(t, "at the start", time.Second, "tamper open=false", "mains=true low=false")
		for range 20 { // a spike on the wire
			r.mains.Set(gpio.High)
			time.Sleep(time.Millisecond)
			r.mains.Set(gpio.Low)
			time.Sleep(time.Millisecond)
		}
		r.expect(t, "it came to rest where it was", time.Second)
		for range 20 {
			r.mains.Set(gpio.High)
			time.Sleep(5 * time.Millisecond)
			r.mains.Set(gpio.Low)
			time.Sleep(5 * time.Millisecond)
		}
		r.mains.Set(gpio.High)
		r.expect(t, "it came to rest elsewhere", time.Second, "mains=false low=false")
	})
}

func TestOpenAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.tamper.Set(gpio.High)
		r.battery.Set(gpio.High)
		r.run(t, r.pins(), nil)
		r.expect(t, "at the start", time.Second, "tamper open=true", "mains=true low=true")
	})
}

func TestInvertAndAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		o := supply.DefaultOpts
		o.Invert.Mains = true
		r.run(t, supply.Pins{Mains: r.mains}, &o)
		r.expect(t, "at the start", time.Second, "tamper open=false", "mains=false low=false")
		r.mains.Set(gpio.High)
		r.expect(t, "mains", time.Second, "mains=true low=false")
	})
}

// lossy loses every edge, as a kernel's full queue or a Halt before the wait does.
type lossy struct{ *chips.Line }

func (lossy) WaitForEdge(d time.Duration) bool { time.Sleep(d); return false }

func TestLostEdgeIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.run(t, supply.Pins{Tamper: lossy{r.tamper}}, nil)
		r.expect(t, "at the start", time.Second, "tamper open=false", "mains=true low=false")
		r.tamper.Set(gpio.High)
		r.expect(t, "without an edge", time.Second, "tamper open=true")
	})
}

func TestDeadLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.mains.Break(true)
		r.run(t, r.pins(), nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		r.mu.Lock()
		if diff := cmp.Diff([]string{"dead inputs.mains", "tamper open=false", "mains=true low=false"}, r.words); diff != "" {
			t.Errorf("a dead line keeps the others:\n%s", diff)
		}
		r.words = nil
		r.mu.Unlock()
		r.tamper.Set(gpio.High)
		r.expect(t, "the others work", time.Second, "tamper open=true")
		r.mains.Set(gpio.High)
		r.mains.Break(false)
		r.expect(t, "it is back", 5*time.Second, "back inputs.mains", "mains=false low=false")
	})
}

func TestNewRefuses(t *testing.T) {
	if _, err := supply.New(supply.Pins{}, nil); err == nil {
		t.Error("no pins are accepted")
	}
	if _, err := supply.New(supply.Pins{Tamper: gpio.INVALID}, &supply.Opts{}); err == nil {
		t.Error("zero options are accepted")
	}
}

func Example() {
	tamper := chips.NewLine("GPIO5", gpio.High) // on a box: gpioreg.ByName; open
	in, err := supply.New(supply.Pins{Tamper: tamper}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	_ = in.Run(ctx, func(e device.Event) {
		if e, ok := e.(device.Tamper); ok {
			fmt.Println("open:", e.Open)
			cancel()
		}
	})
	// Output: open: true
}
