package chips_test

import (
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox/device/chips"
)

func TestLineEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := chips.NewLine("tamper", gpio.High)
		if err := l.In(gpio.PullUp, gpio.FallingEdge); err != nil {
			t.Fatal(err)
		}
		if start := time.Now(); l.WaitForEdge(time.Second) || time.Since(start) != time.Second {
			t.Error("an idle line gave an edge, or the wait did not last")
		}
		if l.WaitForEdge(-1) {
			t.Error("-1 waited")
		}
		go func() {
			time.Sleep(time.Second)
			l.Set(gpio.Low)
			l.Set(gpio.High) // rising: not asked for
		}()
		if !l.WaitForEdge(time.Minute) {
			t.Error("the falling edge was missed")
		}
		if l.WaitForEdge(time.Second) {
			t.Error("the rising edge was reported")
		}
		for range 40 {
			l.Set(gpio.Low)
			l.Set(gpio.High)
		}
		n := 0
		for l.WaitForEdge(time.Millisecond) {
			n++
		}
		if n != 16 {
			t.Errorf("%d edges were kept, want 16", n)
		}
		go func() {
			time.Sleep(time.Hour)
			l.Set(gpio.Low)
		}()
		if start := time.Now(); !l.WaitForEdge(0) || time.Since(start) != time.Hour {
			t.Errorf("0 waited %s, want the hour until the edge", time.Since(start))
		}
	})
}

func TestLineIsShared(t *testing.T) {
	l := chips.NewLine("INT", gpio.High)
	a, b := l.Sink(), l.Sink()
	a(true)
	b(true)
	b(true)
	a(false)
	if l.Read() != gpio.Low {
		t.Error("the line rose while one chip still pulls it low")
	}
	l.Stick(true)
	b(false)
	if l.Read() != gpio.Low {
		t.Error("the line rose while it was stuck")
	}
	l.Stick(false)
	if l.Read() != gpio.High {
		t.Error("the line is low although nobody pulls it")
	}
}
