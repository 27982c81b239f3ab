package fleet

import "github.com/prometheus/client_golang/prometheus"

// metrics count; no label names a person, and none a box, for there may be very many.
type metrics struct {
	uplinks  *prometheus.CounterVec // kind, outcome
	sent     *prometheus.CounterVec // kind, outcome
	events   prometheus.Counter
	held     prometheus.Gauge
	online   prometheus.Gauge
	doubles  prometheus.Counter
	differed prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		uplinks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "smartbox_fleet_uplinks_total", Help: "Messages from boxes, by kind and what became of them.",
		}, []string{"kind", "outcome"}),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "smartbox_fleet_downlinks_total", Help: "Messages to boxes, by kind and whether the broker confirmed them.",
		}, []string{"kind", "outcome"}),
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "smartbox_fleet_events_received_total", Help: "Events received, those that came again included.",
		}),
		held: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "smartbox_fleet_boxes_held", Help: "Boxes that this replica serves.",
		}),
		online: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "smartbox_fleet_boxes_online", Help: "Of those, boxes that are connected.",
		}),
		doubles: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "smartbox_fleet_two_boxes_total", Help: "Times that two boxes with one identity were noticed.",
		}),
		differed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "smartbox_fleet_state_differs_total", Help: "Times that a box held another state than it should at its version.",
		}),
	}
	if r != nil {
		r.MustRegister(m.uplinks, m.sent, m.events, m.held, m.online, m.doubles, m.differed)
	}
	return m
}
