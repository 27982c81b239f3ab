package metrics_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"smartbox"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/cmd/smartboxd/metrics"
	"smartbox/device"
)

func TestMetrics(t *testing.T) {
	m := metrics.New(daemon.Gauges{
		Held: func() int { return 3 }, Works: func() bool { return false }, Lost: func() uint64 { return 4 }, Down: func() int { return 1 },
		Revision: func() uint64 { return 41 }, Age: func() time.Duration { return -1 },
		Trust: func() smartbox.Trust { return smartbox.ClockSynced }, Queue: func() int { return 2 },
		Online: func() bool { return true }, Backlog: func() uint64 { return 12 },
	})
	anna := smartbox.MustID[smartbox.User]("anna")
	m.Recorded(smartbox.Event{Kind: smartbox.PickupTaken, User: anna}, 2*time.Millisecond, nil)
	m.Recorded(smartbox.Event{Kind: smartbox.PickupTaken, User: anna}, time.Second, errors.New("disk full"))
	m.Decided(smartbox.Decision{Reason: smartbox.OutsideHours})
	m.Unlocked(nil)
	m.Unlocked(device.ErrDead)
	m.Sensed(device.MisRead{})
	m.Sensed(device.Tapped{Badge: "uid:04C0FFEE"})
	m.Sensed(device.Health{Part: smartbox.PartLocks, Err: device.ErrDead})
	m.Sensed(device.Health{Part: smartbox.PartLocks})
	m.Snapshot(true)
	m.Snapshot(false)

	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	text := w.Body.String()
	for _, want := range []string{
		`smartbox_events_total{kind="pickup-taken"} 1`,
		`smartbox_journal_append_failures_total 1`,
		`smartbox_journal_lost_events 4`,
		`smartbox_journal_append_seconds_count 1`,
		`smartbox_decisions_total{reason="outside-hours"} 1`,
		`smartbox_unlocks_total{result="given"} 1`,
		`smartbox_unlocks_total{result="failed"} 1`,
		`smartbox_reader_misreads_total 1`,
		`smartbox_part_failures_total{part="locks"} 1`,
		`smartbox_snapshots_total{result="applied"} 1`,
		`smartbox_snapshots_total{result="refused"} 1`,
		`smartbox_journal_held_events 3`,
		`smartbox_journal_works 0`,
		`smartbox_parts_down 1`,
		`smartbox_revision 41`,
		`smartbox_revision_age_seconds -1`,
		`smartbox_clock_trust 2`,
		`smartbox_lock_queue 2`,
		`smartbox_cloud_online 1`,
		`smartbox_cloud_backlog_events 12`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("no %q", want)
		}
	}
	for _, secret := range []string{"anna", "C0FFEE"} {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics hold %q", secret)
		}
	}
}
