package daemon

import (
	"net/http"
	"time"

	"smartbox"
	"smartbox/device"
)

// Meter counts what the daemon does, for whoever watches a fleet. It is told things from several goroutines, must
// not block, and must keep no personal data: words of enumerations only. Package metrics is the one for Prometheus.
type Meter interface {
	Recorded(e smartbox.Event, took time.Duration, err error) // an append to the journal
	Decided(d smartbox.Decision)
	Unlocked(err error) // a pulse on a lock was asked for
	Sensed(e device.Event)
	Snapshot(accepted bool) // one was brought by hand
	Handler() http.Handler  // of /metrics
}

// Gauges are what a Meter may read at any time.
type Gauges struct {
	Held     func() int           // events that wait for the journal to work again
	Works    func() bool          // the journal takes events
	Lost     func() uint64        // events on record that damage to the disk took, at most
	Down     func() int           // parts that do not answer
	Revision func() uint64        // version of the knowledge in force
	Age      func() time.Duration // of that knowledge; negative = not known
	Trust    func() smartbox.Trust
	Queue    func() int    // slots that wait for a free coil
	Online   func() bool   // there is a line to the cloud's broker
	Backlog  func() uint64 // events that the cloud does not have yet
}

// noMeter counts nothing.
type noMeter struct{}

func (noMeter) Recorded(smartbox.Event, time.Duration, error) {}
func (noMeter) Decided(smartbox.Decision)                     {}
func (noMeter) Unlocked(error)                                {}
func (noMeter) Sensed(device.Event)                           {}
func (noMeter) Snapshot(bool)                                 {}
func (noMeter) Handler() http.Handler                         { return http.NotFoundHandler() }
