package hd44780_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestCallersWaitInTheirOwnTime has three texts for a display that is being set up, which takes it 50 ms.
func TestCallersWaitInTheirOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.run(t)
		first := make(chan error)
		go func() { first <- r.dev.Show(t.Context(), []string{"first"}) }()
		synctest.Wait()

		begin := time.Now()
		short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		err := r.dev.Show(short, []string{"second"})
		if waited := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || waited != 10*time.Millisecond {
			t.Errorf("second: %v after %v, want the end of its 10 ms", err, waited)
		}
		r.show(t, "third")
		if err := <-first; err != nil {
			t.Errorf("first: %v", err)
		}
		r.expect(t, "what was asked for last", "third")
	})
}
