package chips

import (
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// TestWireWaitsAsTheKernelDoes holds the traps that a driver has to live with.
func TestWireWaitsAsTheKernelDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWire("GPIO4", gpio.High)
		if err := w.In(gpio.PullUp, gpio.FallingEdge); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if w.WaitForEdge(-1) || time.Since(begin) != 0 {
			t.Error("-1 waits")
		}
		if w.WaitForEdge(time.Second) || time.Since(begin) != time.Second {
			t.Errorf("a second lasts %s", time.Since(begin))
		}
		for range 20 {
			w.Drive(gpio.Low)
			w.Drive(gpio.High)
		}
		n := 0
		for w.WaitForEdge(time.Millisecond) {
			n++
		}
		if n != wireQueue {
			t.Errorf("%d edges were kept", n)
		}
		go func() {
			time.Sleep(time.Hour)
			w.Drive(gpio.Low)
		}()
		begin = time.Now()
		if !w.WaitForEdge(0) || time.Since(begin) != time.Hour {
			t.Errorf("0 waited %s", time.Since(begin))
		}
	})
}
