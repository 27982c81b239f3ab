package fleet_test

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkChangeForAll counts from a change that concerns every box to the cloud's knowledge that all have it, and
// reports what the connect storm before it took. -short does it with 100 boxes instead of 1,000.
func BenchmarkChangeForAll(b *testing.B) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	w := newWorld(b)
	w.site.options.Boxes = n
	boxes := make([]*light, n)
	for i := range boxes {
		boxes[i] = w.box(fmt.Sprint("Box ", i))
		boxes[i].happen(10)
	}
	w.start()
	began := time.Now()
	storm(b, w, boxes)
	w.inForce(boxes...)
	for _, l := range boxes {
		until(b, "events acknowledged", l.settled)
	}
	took := time.Since(began)
	loc, err := w.service.Locations.Get(b.Context(), w.admin, w.location)
	w.must(err)
	zones := []string{"Europe/Lisbon", "Europe/Berlin"}
	for i := 0; b.Loop(); i++ {
		loc.Zone = zones[i%2]
		loc, err = w.service.Locations.Update(b.Context(), w.admin, loc)
		w.must(err)
		w.inForce(boxes...)
	}
	b.ReportMetric(took.Seconds()*1000, "storm-ms")
	b.ReportMetric(float64(10*n)/took.Seconds(), "storm-events/s")
	for _, l := range boxes {
		l.cut()
	}
}
