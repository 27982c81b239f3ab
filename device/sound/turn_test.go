package sound_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/sound"
)

// slowPin is a line behind a bus that pauses and tries again.
type slowPin struct{ gpio.PinIO }

func (p slowPin) Out(l gpio.Level) error {
	time.Sleep(100 * time.Millisecond)
	return p.PinIO.Out(l)
}

func TestCallersWaitInTheirOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := chips.NewLine("BUZZ", gpio.Low)
		s, err := sound.New(slowPin{line}, nil)
		if err != nil {
			t.Fatal(err)
		}
		first := make(chan error)
		go func() { first <- s.Play(t.Context(), device.SoundAlarm) }()
		synctest.Wait()

		begin := time.Now()
		short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		err = s.Play(short, device.SoundKey)
		if waited := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || waited != 10*time.Millisecond {
			t.Errorf("second: %v after %v, want the end of its 10 ms", err, waited)
		}
		if err := s.Halt(); err != nil {
			t.Error(err)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		if line.Read() != gpio.Low {
			t.Error("it sounds after Halt")
		}
	})
}
