package lock_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"smartbox"
	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/lock"
	"smartbox/device/mcp23017"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const perChip = 4

// cabinet is n chips with four locks each, on GPA0 to GPA3; GPA2 and GPA3 are active low. It watches every
// coil and knows when too many are on, or one for too long.
type cabinet struct {
	t     *testing.T
	bus   *chips.Bus
	chips []*chips.MCP23017
	devs  []*mcp23017.Dev
	bank  *lock.Bank
	rec   *recorder

	mu     sync.Mutex
	on     map[int]time.Time
	pulses map[int][]time.Duration
	most   int
}

func newCabinet(t *testing.T, n int, opts *lock.Opts) *cabinet {
	t.Helper()
	c := &cabinet{t: t, bus: &chips.Bus{}, on: map[int]time.Time{}, pulses: map[int][]time.Duration{}}
	guard := busguard.New(c.bus, nil)
	var coils []lock.Coil
	for i := range n {
		m := chips.NewMCP23017()
		m.OnOutput(func(o chips.Outputs) { c.moved(i, o) })
		c.bus.Add(uint16(0x20+i), m)
		dev, err := mcp23017.New(guard, uint16(0x20+i), &mcp23017.Opts{Outputs: 0x808F, Idle: 0x000C})
		if err != nil {
			t.Fatal(err)
		}
		c.chips, c.devs = append(c.chips, m), append(c.devs, dev)
		for pin := range perChip {
			coils = append(coils, lock.Coil{
				Slot: slot(i*perChip + pin), Chip: dev, Pin: mcp23017.Pin(pin), ActiveLow: pin >= 2,
			})
		}
	}
	bank, err := lock.New(coils, opts)
	if err != nil {
		t.Fatal(err)
	}
	c.bank = bank
	return c
}

func slot(n int) smartbox.SlotID { return smartbox.MustID[smartbox.Slot](fmt.Sprintf("s%02d", n)) }

func (c *cabinet) moved(chip int, o chips.Outputs) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for pin := range perChip {
		id := chip*perChip + pin
		is := o.High(pin)
		if pin >= 2 {
			is = o.Low(pin)
		}
		since, was := c.on[id]
		switch {
		case is && !was:
			c.on[id] = time.Now()
		case !is && was:
			c.pulses[id] = append(c.pulses[id], time.Since(since))
			delete(c.on, id)
		}
	}
	c.most = max(c.most, len(c.on))
}

// given are the pulses of a slot so far.
func (c *cabinet) given(n int) []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pulses[n]
}

func (c *cabinet) isOn(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, on := c.on[n]
	return on
}

// run starts the bank's Source; the function that it returns ends it.
func (c *cabinet) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	c.rec = &recorder{}
	done := make(chan error)
	go func() { done <- c.bank.Run(ctx, c.rec.emit) }()
	synctest.Wait()
	return func() {
		cancel()
		if err := <-done; err != nil {
			c.t.Errorf("Run: %v", err)
		}
	}
}

type recorder struct {
	mu     sync.Mutex
	events []device.Health
}

func (r *recorder) emit(e device.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e.(device.Health))
}

// take is what was emitted since the last take.
func (r *recorder) take() []device.Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.events
	r.events = nil
	return e
}
