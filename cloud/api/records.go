package api

import (
	"context"
	"net/http"

	"smartbox"
	"smartbox/cloud/directory"
)

// AuditEntry says who changed what, by ids.
type AuditEntry struct {
	ID     directory.AuditID `json:"id"`
	At     Time              `json:"at"`
	Actor  string            `json:"actor" doc:"member:…, token:… or system."`
	Action string            `json:"action"`
	Kind   string            `json:"kind"`
	Thing  string            `json:"thing" doc:"Its id."`
	Reason string            `json:"reason,omitempty"`
}

// Alarm is something that the cloud noticed and somebody should look at.
type Alarm struct {
	ID     directory.AlarmID `json:"id"`
	At     Time              `json:"at"`
	Box    smartbox.BoxID    `json:"box"`
	Kind   string            `json:"kind" example:"event-gap"`
	Detail string            `json:"detail,omitempty"`
}

func (s *server) records() {
	handle(s, route{
		method: http.MethodGet, path: "/v1/audit", id: "list-audit", summary: "Who changed what", tag: "Events", scope: EventsRead,
		text: "Newest first.",
	}, func(ctx context.Context, a directory.Actor, in *PageQuery) (*pageOut[AuditEntry], error) {
		l := in.base()
		l.Down = true
		p, err := s.dir.Audit.List(ctx, a, l)
		if err != nil {
			return nil, err
		}
		return pageOf(p, func(e *directory.AuditEntry) AuditEntry {
			return AuditEntry{e.ID, Time(e.At), e.Actor, e.Action, e.Kind, e.Thing, e.Reason}
		}), nil
	})
	handle(s, route{
		method: http.MethodGet, path: "/v1/alarms", id: "list-alarms", summary: "What the cloud noticed", tag: "Events", scope: EventsRead,
		text: "Newest first. What boxes noticed are events.",
	}, func(ctx context.Context, a directory.Actor, in *PageQuery) (*pageOut[Alarm], error) {
		l := in.base()
		l.Down = true
		p, err := s.dir.Alarms.List(ctx, a, l)
		if err != nil {
			return nil, err
		}
		return pageOf(p, func(m *directory.Alarm) Alarm {
			return Alarm{m.ID, Time(m.At), m.Box, string(m.Kind), m.Detail}
		}), nil
	})
}
