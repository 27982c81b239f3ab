package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
)

// Event is one fact that happened at a box. It holds ids and no names.
type Event struct {
	ID        int64              `json:"id" doc:"Counts up within the organization."`
	Box       smartbox.BoxID     `json:"box"`
	Kind      smartbox.EventKind `json:"kind"`
	Alarm     bool               `json:"alarm" doc:"Somebody should come and look."`
	At        Time               `json:"at" nullable:"true" doc:"By the box's clock, as good as trust says."`
	Received  Time               `json:"received_at"`
	Trust     smartbox.Trust     `json:"trust"`
	Reason    string             `json:"reason,omitempty" doc:"As a word." example:"outside-hours"`
	Member    smartbox.UserID    `json:"member,omitempty" doc:"Who acted, or whose return it was."`
	Other     smartbox.UserID    `json:"other,omitempty" doc:"The second person: receiver of a handover, witness, previous holder."`
	Third     smartbox.UserID    `json:"third,omitempty"`
	Key       smartbox.KeyID     `json:"key,omitempty"`
	Slot      smartbox.SlotID    `json:"slot,omitempty"`
	Exchange  uint64             `json:"exchange,omitempty" doc:"Ties the events of one exchange together."`
	Factors   []string           `json:"factors,omitempty" nullable:"false" doc:"How the member identified herself."`
	Number    uint32             `json:"credential,omitempty" doc:"The credential's number, where one matters."`
	Rule      *Rule              `json:"rule,omitempty"`
	Revision  *Revision          `json:"revision,omitempty"`
	Age       *int64             `json:"age_seconds,omitempty" doc:"Of the knowledge that decided; not there where it is not known."`
	Due       Time               `json:"due_at,omitempty"`
	Count     uint32             `json:"count,omitempty" doc:"Attempts, seconds or percent, by kind."`
	Answer    uint32             `json:"answer,omitempty" doc:"What was typed for a reason or a note."`
	Assumed   bool               `json:"assumed,omitempty" doc:"No sensor confirmed it."`
	Actor     string             `json:"actor,omitempty" doc:"Who asked from outside the panel."`
	Part      string             `json:"part,omitempty" doc:"What failed or came back."`
	Epoch     uint64             `json:"epoch" doc:"Of the box's journal."`
	Sequence  uint64             `json:"sequence" doc:"In the box's journal, without a gap."`
	ChainHash string             `json:"chain_hash" doc:"Of the journal up to here."`
}

// Rule is what decided.
type Rule struct {
	Kind string `json:"kind" example:"grant"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty" doc:"What it is called now; in explanations only."`
}

// Revision is a version of what a box knows.
type Revision struct {
	Epoch   uint64 `json:"epoch" doc:"Changes when the cloud's history was cut, as by a restore."`
	Version uint64 `json:"version" doc:"Counts up within an epoch."`
}

func eventView(e *directory.StoredEvent) Event {
	v := e.Event
	out := Event{
		ID: e.ID, Box: e.Box, Kind: v.Kind, Alarm: v.Kind.Alarm(), At: Time(v.At), Received: Time(e.Received), Trust: v.Trust,
		Reason: v.Reason.String(), Member: v.User, Other: v.Other, Third: v.Third, Key: v.Key, Slot: v.Slot, Exchange: v.Exchange,
		Factors: factorWords(v.Factors), Number: v.Cred, Due: Time(v.Due), Count: v.Count, Answer: v.Answer,
		Assumed: v.Assumed, Actor: v.Actor, Epoch: e.Epoch, Sequence: v.Seq, ChainHash: fmt.Sprintf("%x", e.Hash[:]),
	}
	if v.Part != 0 {
		out.Part = v.Part.String()
	}
	if v.Rule.Kind != 0 {
		out.Rule = &Rule{Kind: v.Rule.Kind.String(), ID: smartbox.ID[any](v.Rule.Ref).String()}
	}
	if v.Revision != (smartbox.Revision{}) {
		out.Revision = &Revision{v.Revision.Epoch, v.Revision.Version}
		if v.Age >= 0 {
			out.Age = new(int64(v.Age) / 1000)
		}
	}
	return out
}

func factorWords(f smartbox.Factors) (words []string) {
	for _, x := range []struct {
		factor smartbox.Factors
		word   string
	}{
		{smartbox.ByCode, "code"},
		{smartbox.ByBadge, "badge"},
		{smartbox.ByBackup, "backup code"},
		{smartbox.ByDuress, "duress"},
		{smartbox.ByFob, "fob"},
	} {
		if f.Has(x.factor) {
			words = append(words, x.word)
		}
	}
	return words
}

// EventQuery chooses events.
type EventQuery struct {
	Box    string   `query:"box" maxLength:"12" doc:"Of this box alone."`
	Key    string   `query:"key" maxLength:"12" doc:"About this key alone."`
	Member string   `query:"member" maxLength:"12" doc:"In which this member took part."`
	Kind   []string `query:"kind" maxItems:"60" doc:"Of these kinds alone." example:"[\"pickup-taken\",\"access-refused\"]"`
}

func (f *EventQuery) filter() (out directory.EventFilter, err error) {
	if out.Box, err = queryID[smartbox.Box]("box", f.Box); err != nil {
		return out, err
	}
	if out.Key, err = queryID[smartbox.Key]("key", f.Key); err != nil {
		return out, err
	}
	if out.Member, err = queryID[smartbox.User]("member", f.Member); err != nil {
		return out, err
	}
	for _, text := range f.Kind {
		var k smartbox.EventKind
		if k.UnmarshalText([]byte(text)) != nil {
			return out, invalid("query.kind", "has a word that is no kind", "look the kinds up in /openapi.json")
		}
		out.Kinds = append(out.Kinds, k)
	}
	return out, nil
}

type eventList struct {
	PageQuery
	EventQuery
	Order string    `query:"order" enum:"newest,oldest" default:"newest" doc:"Which first."`
	From  time.Time `query:"from" doc:"Not before this time, by the box's clock."`
	Until time.Time `query:"until" doc:"Before this time, by the box's clock."`
}

func (s *server) events() {
	handle(s, route{
		method: http.MethodGet, path: "/v1/events", id: "list-events", summary: "List events", tag: "Events", scope: EventsRead,
		text: "With order=oldest the last page has a cursor too: keep it, and ask again later for what has come since.",
	}, func(ctx context.Context, a directory.Actor, in *eventList) (*pageOut[Event], error) {
		f, err := in.filter()
		if err != nil {
			return nil, err
		}
		if err := position(&f, in.Order == "newest", in.Cursor); err != nil {
			return nil, err
		}
		f.From, f.Till, f.Limit = smartbox.StampOf(in.From), smartbox.StampOf(in.Until), in.Limit
		list, err := s.dir.Events(ctx, a, f)
		if err != nil {
			return nil, err
		}
		p := directory.Page[directory.StoredEvent]{Things: list}
		switch {
		case len(list) > 0 && (!f.Newest && f.Before == 0 || len(list) == in.Limit):
			p.Next = eventCursor(f.Newest || f.Before != 0, list[len(list)-1].ID)
		case !f.Newest && f.Before == 0:
			p.Next = eventCursor(false, f.After)
		}
		return pageOf(p, eventView), nil
	})
	handle(s, route{
		method: http.MethodGet, path: "/v1/events/{id}", id: "get-event", summary: "Read an event", tag: "Events", scope: EventsRead,
	}, func(ctx context.Context, a directory.Actor, in *eventIn) (*struct{ Body Event }, error) {
		e, err := s.dir.Event(ctx, a, in.ID)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Event }{eventView(&e)}, nil
	})
	s.why()
}

type eventIn struct {
	ID int64 `path:"id" minimum:"1" doc:"The event's number."`
}

// eventCursor says where a list of events goes on.
func eventCursor(down bool, id int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(way(down) + strconv.FormatInt(id, 10)))
}

func way(down bool) string {
	if down {
		return "down:"
	}
	return "up:"
}

// position puts a filter where a cursor points.
func position(f *directory.EventFilter, down bool, cursor string) error {
	if cursor == "" {
		f.Newest = down
		return nil
	}
	at, err := parseEventCursor(down, cursor)
	if err != nil {
		return err
	}
	if down {
		f.Before = at
	} else {
		f.After = at
	}
	return nil
}

func parseEventCursor(down bool, cursor string) (int64, error) {
	bad := invalid("query.cursor", "is no cursor of this list", "send next of the page before, with the same order")
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return 0, bad
	}
	text, ok := strings.CutPrefix(string(b), way(down))
	at, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || at < 0 || eventCursor(down, at) != cursor {
		return 0, bad
	}
	return at, nil
}
