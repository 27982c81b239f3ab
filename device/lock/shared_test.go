package lock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/lock"
	"smartbox/device/mcp23017"
	"smartbox/device/sensor"
)

// One chip serves a slot's lock and its door, as in a cabinet of eight slots. Neither part mends the
// chip behind the other's back: a reset that the sensors find first still spoils the pulse.
func TestLocksAndSensorsShareAChip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus, model, line := &chips.Bus{}, chips.NewMCP23017(), chips.NewLine("INT", gpio.High)
		model.OnInterrupt(line.Sink())
		model.OnOutput(func(o chips.Outputs) {
			if o.High(0) { // the pulse opens the door
				model.Drive(8, true)
			}
		})
		model.Drive(8, false)
		bus.Add(0x20, model)
		dev, err := mcp23017.New(busguard.New(bus, nil), 0x20,
			&mcp23017.Opts{Outputs: 0x80FF, PullUps: 0x7F00, Interrupts: 0x7F00})
		if err != nil {
			t.Fatal(err)
		}
		bank, err := lock.New([]lock.Coil{{Slot: slot(0), Chip: dev, Pin: 0}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		doors, err := sensor.New([]sensor.Input{{Slot: slot(0), Chip: dev, Pin: 8}}, line, nil)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var opened []time.Time
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, s := range []device.Source{bank, doors} {
			wg.Go(func() {
				err := s.Run(ctx, func(e device.Event) {
					mu.Lock()
					defer mu.Unlock()
					if d, ok := e.(device.Door); ok && d.Open {
						opened = append(opened, time.Now())
					}
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Second)
		start := time.Now()
		if err := bank.Unlock(t.Context(), slot(0)); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		if len(opened) != 1 || opened[0].Sub(start) > 50*time.Millisecond {
			t.Errorf("the door was seen open at %v; the pulse began at %v", opened, start)
		}
		mu.Unlock()

		done := make(chan error)
		go func() { done <- bank.Unlock(t.Context(), slot(0)) }()
		time.Sleep(50 * time.Millisecond)
		model.Reset()
		model.Drive(8, false) // the door moves, so that the sensors verify the chip
		if err := <-done; !errors.Is(err, device.ErrReadBack) {
			t.Errorf("error %v, want the reset to be noticed", err)
		}
		synctest.Wait()
		cancel()
		wg.Wait()
	})
}
