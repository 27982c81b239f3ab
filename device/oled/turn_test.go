package oled_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c"

	"smartbox/device/chips"
	"smartbox/device/oled"
)

// slowBus is a bus on which every transfer takes a while, as with a guard that pauses and tries again.
type slowBus struct{ i2c.Bus }

func (b slowBus) Tx(addr uint16, w, r []byte) error {
	time.Sleep(100 * time.Millisecond)
	return b.Bus.Tx(addr, w, r)
}

func TestCallersWaitInTheirOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		glass, bus := chips.NewSSD1306(128, 64), &chips.Bus{}
		bus.Add(oled.Addr, glass)
		dev, err := oled.New(slowBus{bus}, nil)
		if err != nil {
			t.Fatal(err)
		}
		first := make(chan error)
		go func() { first <- dev.Show(t.Context(), []string{"first"}) }()
		synctest.Wait()

		begin := time.Now()
		short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		err = dev.Show(short, []string{"second"})
		if waited := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || waited != 10*time.Millisecond {
			t.Errorf("second: %v after %v, want the end of its 10 ms", err, waited)
		}
		if err := dev.Show(t.Context(), []string{"third"}); err != nil {
			t.Errorf("third: %v", err)
		}
		if err := <-first; err != nil {
			t.Errorf("first: %v", err)
		}
	})
}
