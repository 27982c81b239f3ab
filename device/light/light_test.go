package light_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	"smartbox/device/light"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	one = smartbox.MustID[smartbox.Slot]("s1")
	two = smartbox.MustID[smartbox.Slot]("s2")
)

// rig is two lamps on lines, and what was heard of them.
type rig struct {
	bank   *light.Bank
	first  *chips.Line
	second *chips.Line
	mu     sync.Mutex
	words  []string
	begin  time.Time
	turns  []string // of the first lamp
}

func start(t *testing.T, o *light.Opts) *rig {
	r := &rig{first: chips.NewLine("L1", gpio.Low), second: chips.NewLine("L2", gpio.Low), begin: time.Now()}
	r.first.Watch(func(l gpio.Level) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.turns = append(r.turns, fmt.Sprintf("%s at %s", l, time.Since(r.begin)))
	})
	b, err := light.New(map[smartbox.SlotID]light.Pin{one: r.first, two: r.second}, o)
	if err != nil {
		t.Fatal(err)
	}
	r.bank = b
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.Run(ctx, r.hear) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if r.first.Read() != gpio.Level(o != nil && o.ActiveLow) {
			t.Error("a lamp burns at the end")
		}
	})
	return r
}

func (r *rig) hear(e device.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, ok := e.(device.Health)
	switch {
	case !ok || h.Part != smartbox.PartLights || len(h.Slots) != 1:
		r.words = append(r.words, fmt.Sprintf("%#v", e))
	case errors.Is(h.Err, device.ErrDead):
		r.words = append(r.words, "dead "+h.Slots[0].String())
	case h.Err == nil && h.After > 0:
		r.words = append(r.words, "back "+h.Slots[0].String())
	}
}

// set takes a state and lets time pass; it returns when the first lamp turned over.
func (r *rig) set(t *testing.T, l device.Light, then time.Duration) []string {
	t.Helper()
	r.mu.Lock()
	r.turns, r.begin = nil, time.Now()
	r.mu.Unlock()
	if err := r.bank.Set(context.Background(), one, l); err != nil {
		t.Fatal(err)
	}
	time.Sleep(then)
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.turns
}

func TestLights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		for _, c := range []struct {
			l    device.Light
			last time.Duration
			want []string
		}{
			{device.LightOn, time.Hour, []string{"High at 0s"}},
			{device.LightOff, time.Hour, []string{"Low at 0s"}},
			{device.LightBlink, 1200 * time.Millisecond, []string{"High at 0s", "Low at 500ms", "High at 1s"}},
			{device.LightAlarm, 300 * time.Millisecond, []string{"Low at 125ms", "High at 250ms"}},
			{device.LightOff, time.Hour, []string{"Low at 0s"}},
		} {
			if diff := cmp.Diff(c.want, r.set(t, c.l, c.last)); diff != "" {
				t.Errorf("%s:\n%s", c.l, diff)
			}
		}
		if r.second.Read() != gpio.Low {
			t.Error("the neighbour burns")
		}
		if err := r.bank.Set(context.Background(), smartbox.MustID[smartbox.Slot]("s9"), device.LightOn); !errors.Is(err, device.ErrNoSlot) {
			t.Errorf("a slot without a lamp: %v", err)
		}
	})
}

func TestBeatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		r.set(t, device.LightBlink, 400*time.Millisecond)
		want := []string{"Low at 100ms"}
		if diff := cmp.Diff(want, r.set(t, device.LightBlink, 200*time.Millisecond)); diff != "" {
			t.Errorf("set again:\n%s", diff)
		}
	})
}

func TestActiveLow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := light.DefaultOpts
		o.ActiveLow = true
		r := start(t, &o)
		r.set(t, device.LightOff, 0)
		if r.first.Read() != gpio.High {
			t.Error("off burns")
		}
		r.set(t, device.LightOn, 0)
		if r.first.Read() != gpio.Low {
			t.Error("on is dark")
		}
	})
}

func TestDeadLampComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		r.first.Break(true)
		if err := r.bank.Set(context.Background(), one, device.LightOn); !errors.Is(err, device.ErrDead) {
			t.Errorf("Set says %v", err)
		}
		if err := r.bank.Set(context.Background(), two, device.LightOn); err != nil {
			t.Errorf("the other lamp: %v", err)
		}
		time.Sleep(time.Minute)
		r.first.Break(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := strings.Join(r.words, ", "); got != "dead s1, back s1" {
			t.Errorf("heard %s", got)
		}
		if r.first.Read() != gpio.High {
			t.Error("the lamp that came back is dark")
		}
	})
}

func TestNewRefuses(t *testing.T) {
	if _, err := light.New(map[smartbox.SlotID]light.Pin{one: nil}, nil); err == nil {
		t.Error("a lamp without a pin is accepted")
	}
	if _, err := light.New(nil, &light.Opts{}); err == nil {
		t.Error("zero options are accepted")
	}
}

func Example() {
	pin := chips.NewLine("GPIO17", gpio.Low) // on a box: gpioreg.ByName
	slot := smartbox.MustID[smartbox.Slot]("s1")
	lamps, err := light.New(map[smartbox.SlotID]light.Pin{slot: pin}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := lamps.Set(context.Background(), slot, device.LightOn); err != nil {
		fmt.Println(err)
	}
	fmt.Println(pin.Read())
	// Output: High
}
