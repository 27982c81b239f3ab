package turn_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"smartbox/device/turn"
)

func TestOneHoldsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lock, holders := turn.New(), 0
		begin := time.Now()
		for range 5 {
			go func() {
				lock.Wait()
				defer lock.Give()
				if holders++; holders != 1 {
					t.Errorf("%d hold it", holders)
				}
				time.Sleep(time.Second)
				holders--
			}()
		}
		synctest.Wait()
		if err := lock.Take(t.Context()); err != nil {
			t.Error(err)
		}
		defer lock.Give()
		if waited := time.Since(begin); waited < time.Second || waited > 5*time.Second {
			t.Errorf("waited %v behind five that hold it for a second each", waited)
		}
		if holders != 0 {
			t.Fatal("it was taken from its holder")
		}
	})
}

func TestTakeHeedsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lock := turn.New()
		late := errors.New("too late")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, late)
		defer cancel()
		lock.Wait()
		begin := time.Now()
		if err := lock.Take(ctx); !errors.Is(err, late) || time.Since(begin) != time.Second {
			t.Errorf("%v after %v, want the cause after a second", err, time.Since(begin))
		}
		lock.Give()
		if err := lock.Take(ctx); err != nil {
			t.Errorf("a free one: %v", err)
		}
	})
}
