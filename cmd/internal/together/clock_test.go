package together

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smartbox"
	"smartbox/device/clock"
)

// A box whose clock is forty years off takes no certificate for good, so it stays off the line, and comes by itself once
// its time is known. What it wrote meanwhile is in the cloud afterwards.
func TestClockOff(t *testing.T) {
	const years = 365 * 24 * time.Hour
	for name, off := range map[string]time.Duration{"behind": -40 * years, "ahead": 40 * years} {
		t.Run(name, func(t *testing.T) {
			h := furnished(t)
			var known atomic.Bool
			h.box.clock = clock.Options{
				Trust: func() smartbox.Trust {
					if known.Load() {
						return smartbox.ClockSynced
					}
					return smartbox.ClockUntrusted
				},
				Wall: func() time.Time {
					if known.Load() {
						return time.Now()
					}
					return time.Now().Add(off)
				},
				Interval: 10 * time.Millisecond,
			}
			h.box.start()
			until(t, "the box to be refused by its own clock", func() bool {
				return strings.Contains(h.box.logs.String(), "certificate has expired or is not yet valid")
			})
			if h.box.d.Online() || h.box.d.View() != nil {
				t.Error("the box is online by a certificate that its clock does not allow")
			}
			known.Store(true)
			inForce(t, h.cloud, h.box)
			h.box.take()
			h.booked()
			h.settle()
		})
	}
}
