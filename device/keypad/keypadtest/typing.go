package keypadtest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"smartbox/device"
)

// Typing runs a driver for as long as f lasts. typed gives what was typed since the last call, once nothing moves. It is
// for use in a synctest bubble.
func Typing(t *testing.T, src device.Source, f func(typed func() string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	typed, done := "", make(chan error)
	go func() {
		done <- src.Run(ctx, func(e device.Event) {
			if p, ok := e.(device.Pressed); ok {
				typed += string(p.Key)
			}
		})
	}()
	time.Sleep(time.Second)
	f(func() string {
		synctest.Wait()
		s := typed
		typed = ""
		return s
	})
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}
