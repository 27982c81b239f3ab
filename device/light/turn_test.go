package light_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox"
	"smartbox/device"
	"smartbox/device/light"
)

// slowPin is a lamp behind a bus that pauses and tries again.
type slowPin struct{ level gpio.Level }

func (p *slowPin) Out(l gpio.Level) error {
	time.Sleep(100 * time.Millisecond)
	p.level = l
	return nil
}

func TestCallersWaitInTheirOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slowPin{}
		b, err := light.New(map[smartbox.SlotID]light.Pin{one: p}, nil)
		if err != nil {
			t.Fatal(err)
		}
		first := make(chan error)
		go func() { first <- b.Set(t.Context(), one, device.LightOn) }()
		synctest.Wait()

		begin := time.Now()
		short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		err = b.Set(short, one, device.LightOff)
		if waited := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || waited != 10*time.Millisecond {
			t.Errorf("second: %v after %v, want the end of its 10 ms", err, waited)
		}
		if err := <-first; err != nil || !p.level {
			t.Errorf("first: %v, the lamp is %v", err, p.level)
		}
		go func() { first <- b.Set(t.Context(), one, device.LightBlink) }()
		if err := b.Halt(); err != nil {
			t.Error(err)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}
