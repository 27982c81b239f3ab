package sensor_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"periph.io/x/conn/v3/gpio"

	"smartbox"
	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/mcp23017"
	"smartbox/device/sensor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cabinet is two chips with two slots each: doors on GPA0 and GPA1 (active high), key sensors on GPA2 and GPA3
// (active low), bolts on GPB0 and GPB1 (active low).
type cabinet struct {
	t     *testing.T
	bus   *chips.Bus
	chips []*chips.MCP23017
	line  *chips.Line
	src   *sensor.Source

	mu     sync.Mutex
	events []string
	stamps []time.Time
	health []device.Health
	wire   atomic.Int64
}

func slot(n int) smartbox.SlotID { return smartbox.MustID[smartbox.Slot](fmt.Sprintf("s%d", n)) }

func newCabinet(t *testing.T, interrupts bool, opts *sensor.Opts) *cabinet {
	t.Helper()
	c := &cabinet{t: t, bus: &chips.Bus{}, line: chips.NewLine("INT", gpio.High)}
	guard := busguard.New(c.bus, nil)
	c.bus.Tap(func(chips.Transfer) { c.wire.Add(1) })
	var inputs []sensor.Input
	for i := range 2 {
		m := chips.NewMCP23017()
		m.OnInterrupt(c.line.Sink())
		c.bus.Add(uint16(0x20+i), m)
		dev, err := mcp23017.New(guard, uint16(0x20+i), nil)
		if err != nil {
			t.Fatal(err)
		}
		c.chips = append(c.chips, m)
		for j := range 2 {
			s := slot(2*i + j)
			inputs = append(inputs,
				sensor.Input{Slot: s, Kind: sensor.DoorOpen, Chip: dev, Pin: mcp23017.Pin(j)},
				sensor.Input{Slot: s, Kind: sensor.KeyPresent, Chip: dev, Pin: mcp23017.Pin(2 + j), ActiveLow: true},
				sensor.Input{Slot: s, Kind: sensor.BoltHome, Chip: dev, Pin: mcp23017.Pin(8 + j), ActiveLow: true})
			for _, p := range []int{j, 2 + j, 8 + j} { // shut, key there, bolted
				m.Drive(p, false)
			}
		}
	}
	var pin gpio.PinIn
	if interrupts {
		pin = c.line
	}
	var err error
	if c.src, err = sensor.New(inputs, pin, opts); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cabinet) emit(e device.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var s string
	switch e := e.(type) {
	case device.Door:
		s = fmt.Sprintf("%s door open=%t", e.Slot, e.Open)
	case device.KeySensed:
		s = fmt.Sprintf("%s key=%t", e.Slot, e.Present)
	case device.Bolt:
		s = fmt.Sprintf("%s bolt=%t", e.Slot, e.Home)
	case device.Health:
		c.health = append(c.health, e)
		s = fmt.Sprintf("%s %v works=%t", e.Name, e.Slots, e.Err == nil)
	default:
		s = fmt.Sprintf("%T", e)
	}
	c.events = append(c.events, s)
	c.stamps = append(c.stamps, time.Now())
}

func (c *cabinet) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.events
	c.events = nil
	return e
}

// last is when the last event came.
func (c *cabinet) last() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stamps[len(c.stamps)-1]
}

func (c *cabinet) report(n int) device.Health {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.health[n]
}

func (c *cabinet) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- c.src.Run(ctx, c.emit) }()
	return func() {
		c.t.Helper()
		start := time.Now()
		cancel()
		if err := <-done; err != nil {
			c.t.Errorf("Run: %v", err)
		}
		if took := time.Since(start); took > 200*time.Millisecond {
			c.t.Errorf("Run ended %v after its context", took)
		}
	}
}

func (c *cabinet) want(what string, want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.take()); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func shut(slots ...int) (s []string) {
	for _, n := range slots {
		s = append(s, fmt.Sprintf("s%d door open=false", n), fmt.Sprintf("s%d key=true", n), fmt.Sprintf("s%d bolt=true", n))
	}
	return s
}

// each runs the test with an interrupt line and without.
func each(t *testing.T, f func(t *testing.T, c *cabinet)) {
	t.Helper()
	for name, interrupts := range map[string]bool{"interrupts": true, "polled": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCabinet(t, interrupts, nil)
				defer c.run()()
				time.Sleep(time.Second)
				c.want("at the start", shut(0, 1, 2, 3)...)
				f(t, c)
			})
		})
	}
}
