package daemon_test

import (
	"slices"
	"testing"
	"time"

	"smartbox"
	"smartbox/device/session"
)

// BenchmarkPressToLock measures, on the simulated cabinet with a real disk, from the '#' that ends an access code
// to the coil's pin: keypad chip, driver, decision, durable record, lock driver, bus. The chip model has no debounce, so
// this is the software's share.
func BenchmarkPressToLock(b *testing.B) {
	h := newHouse(b)
	h.deps.Times = session.Times{Settle: 50 * time.Millisecond, Message: 50 * time.Millisecond} // of what comes after
	h.start()
	h.furnish()
	var took []time.Duration
	for b.Loop() {
		h.do(h.cab.Press(annaCode))
		began := time.Now()
		h.do(h.cab.KeyDown('#'))
		h.wait(smartbox.PickupAuthorised)
		h.until("a pulse", func() bool { return len(h.cab.Pulses()) > len(took) })
		took = append(took, h.cab.Pulses()[len(took)].On.Sub(began))
		h.do(h.cab.KeyUp('#'))
		h.seenOpen(1)
		h.do(h.cab.ShutDoor(slotID(1)))
		h.wait(smartbox.PickupNotTaken)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkStartToReady measures from New to a box that serves, with people in its store.
func BenchmarkStartToReady(b *testing.B) {
	h := newHouse(b)
	h.start()
	h.furnish()
	h.end()
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		h.start()
		took = append(took, time.Since(began))
		h.end()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(0, "ns/op")
}
