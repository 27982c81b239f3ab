// Package metrics counts for Prometheus what a box daemon does. It is apart from the daemon so that the client
// library is linked by smartboxd alone.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"smartbox"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/device"
)

// Metrics are what the daemon counts. Labels are words of enumerations only: no person, key, slot or badge.
type Metrics struct {
	registry  *prometheus.Registry
	decisions *prometheus.CounterVec
	events    *prometheus.CounterVec
	appends   prometheus.Histogram
	failures  prometheus.Counter
	parts     *prometheus.CounterVec
	misreads  prometheus.Counter
	snapshots *prometheus.CounterVec
	unlocks   *prometheus.CounterVec
}

var _ daemon.Meter = (*Metrics)(nil)

// New makes the counters, and the gauges that are read when somebody asks.
func New(g daemon.Gauges) daemon.Meter {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "smartbox_decisions_total", Help: "Decisions, by their reason.",
		}, []string{"reason"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "smartbox_events_total", Help: "Events on record, by kind.",
		}, []string{"kind"}),
		appends: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "smartbox_journal_append_seconds", Help: "Time until an event is durable.",
			Buckets: prometheus.ExponentialBuckets(0.000_1, 2, 15),
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "smartbox_journal_append_failures_total", Help: "Events that could not be written at once.",
		}),
		parts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "smartbox_part_failures_total", Help: "Times that a part stopped answering.",
		}, []string{"part"}),
		misreads: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "smartbox_reader_misreads_total", Help: "Badges that could not be read.",
		}),
		snapshots: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "smartbox_snapshots_total", Help: "Snapshots brought by hand, by what became of them.",
		}, []string{"result"}),
		unlocks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "smartbox_unlocks_total", Help: "Pulses on locks, by what became of them.",
		}, []string{"result"}),
	}
	m.registry.MustRegister(m.decisions, m.events, m.appends, m.failures, m.parts, m.misreads, m.snapshots, m.unlocks,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, v := range []struct {
		name, help string
		read       func() float64
	}{
		{"smartbox_journal_held_events", "Events that wait for the journal to work again.", number(g.Held)},
		{"smartbox_journal_works", "1 while the journal takes events.", func() float64 {
			if g.Works() {
				return 1
			}
			return 0
		}},
		{"smartbox_journal_lost_events", "Events on record that damage to the disk took, at most.", func() float64 { return float64(g.Lost()) }},
		{"smartbox_lock_queue", "Slots that wait for a free coil.", number(g.Queue)},
		{"smartbox_parts_down", "Parts that do not answer.", number(g.Down)},
		{"smartbox_revision", "Version of the knowledge in force.", func() float64 { return float64(g.Revision()) }},
		{"smartbox_revision_age_seconds", "Age of the knowledge in force; -1 where it is not known.", func() float64 {
			if age := g.Age(); age >= 0 {
				return age.Seconds()
			}
			return -1
		}},
		{"smartbox_cloud_online", "1 while there is a line to the cloud's broker.", func() float64 {
			if g.Online() {
				return 1
			}
			return 0
		}},
		{"smartbox_cloud_backlog_events", "Events that the cloud does not have yet.", func() float64 { return float64(g.Backlog()) }},
		{"smartbox_clock_trust", "0 untrusted, 1 rtc, 2 synced.", func() float64 { return float64(g.Trust()) }},
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: v.name, Help: v.help}, v.read))
	}
	return m
}

func number(f func() int) func() float64 { return func() float64 { return float64(f()) } }

// Handler serves /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Recorded counts an append to the journal.
func (m *Metrics) Recorded(e smartbox.Event, took time.Duration, err error) {
	if err != nil {
		m.failures.Inc()
		return
	}
	m.appends.Observe(took.Seconds())
	m.events.WithLabelValues(e.Kind.String()).Inc()
}

// Decided counts a decision.
func (m *Metrics) Decided(d smartbox.Decision) { m.decisions.WithLabelValues(d.Reason.String()).Inc() }

// Unlocked counts a pulse.
func (m *Metrics) Unlocked(err error) {
	result := "given"
	if err != nil {
		result = "failed"
	}
	m.unlocks.WithLabelValues(result).Inc()
}

// Snapshot counts a snapshot brought by hand.
func (m *Metrics) Snapshot(accepted bool) {
	result := "refused"
	if accepted {
		result = "applied"
	}
	m.snapshots.WithLabelValues(result).Inc()
}

// Sensed counts what goes wrong with parts.
func (m *Metrics) Sensed(e device.Event) {
	switch e := e.(type) {
	case device.MisRead:
		m.misreads.Inc()
	case device.Health:
		if e.Err != nil {
			m.parts.WithLabelValues(e.Part.String()).Inc()
		}
	default: // doors, keys, taps and the like are counted as the events on record that they lead to
	}
}
