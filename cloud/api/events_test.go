package api

import (
	"testing"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

// happen lets a box send events, as its journal has them.
func (c *cloud) happen(box smartbox.BoxID, events ...smartbox.Event) {
	c.t.Helper()
	const epoch = 7
	st, err := c.dir.EventsUpto(c.t.Context(), box, epoch)
	if err != nil {
		c.t.Fatal(err)
	}
	m := &wire.Events{Epoch: epoch, After: st, First: st + 1}
	hash := c.chain(box)
	for i, e := range events {
		e.Seq = m.First + uint64(i)
		payload, err := wire.Codec{}.EncodeEvent(nil, e)
		if err != nil {
			c.t.Fatal(err)
		}
		hash = hash.Next(payload)
		m.Batch = append(m.Batch, wire.Entry{Hash: hash, Payload: payload})
	}
	c.hashes[box] = hash
	if upto, err := c.dir.TakeEvents(c.t.Context(), box, m); err != nil || upto != m.Last() {
		c.t.Fatal(upto, err)
	}
}

func (c *cloud) chain(box smartbox.BoxID) smartbox.ChainHash {
	if c.hashes == nil {
		c.hashes = map[smartbox.BoxID]smartbox.ChainHash{}
	}
	if h, ok := c.hashes[box]; ok {
		return h
	}
	return smartbox.ChainStart(7)
}

func box1() smartbox.BoxID { return smartbox.MustID[smartbox.Box]("box-1") }

// refusal is one that a schedule caused.
func refusal(member smartbox.UserID) smartbox.Event {
	return smartbox.Event{
		Boot: 9, At: smartbox.StampOf(time.Date(2026, 5, 4, 18, 30, 0, 0, time.UTC)), Trust: smartbox.ClockSynced,
		Kind: smartbox.AccessRefused, Reason: smartbox.OutsideHours, User: member, Key: smartbox.MustID[smartbox.Key]("van-3"),
		Factors: smartbox.ByCode, Rule: smartbox.Rule{Kind: smartbox.RuleSchedule, Ref: uint64(smartbox.MustID[any]("office"))},
		Revision: smartbox.Revision{Epoch: 1, Version: 5}, Age: 120_000,
	}
}

func TestWhyAnswersInSentences(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	m := c.member("Anna")
	c.happen(box1(), refusal(m.Member.ID))
	list := as[Page[Event]](t, c.want(200, "GET", "/v1/events", ""))
	if len(list.Items) != 1 || list.Items[0].Member != m.Member.ID {
		t.Fatalf("%+v", list)
	}
	w := as[Why](t, c.want(200, "GET", "/v1/events/1/why", ""))
	want := []string{
		"Access refused, key Van 3, member Anna Berg (by code), at box Hall on 4 May 2026 at 20:30:00 CEST.",
		"The grant holds within its schedule only, and this hour is outside.",
		`What decided: schedule "Office".`,
		"The box decided from revision 5, confirmed 2 minutes before.",
	}
	same(t, w.Sentences, want)
	same(t, w.Rule, &Rule{Kind: "schedule", ID: "office", Name: "Office"})
	if w.Who != "Anna Berg" || w.Event.Reason != "outside-hours" || *w.Event.Age != 120 {
		t.Errorf("%+v", w)
	}
	// Whoever is forgotten leaves the history readable, without her name.
	c.want(200, "POST", "/v1/members/"+m.Member.ID.String()+"/expunge", "")
	w = as[Why](t, c.want(200, "GET", "/v1/events/1/why", ""))
	if w.Who != "" || w.Sentences[0] != "Access refused, key Van 3, member "+m.Member.ID.String()+" (by code), at box Hall on 4 May 2026 at 20:30:00 CEST." {
		t.Errorf("%+v", w)
	}
	c.refused(c.a.token, 404, sortNotFound, "GET", "/v1/events/2/why", "")
	c.refused(c.b.token, 404, sortNotFound, "GET", "/v1/events/1/why", "")
}

// Every kind of event and every reason has an explanation that reads.
func TestEveryEventIsExplained(t *testing.T) {
	t.Parallel()
	for _, k := range smartbox.EventKinds() {
		if s := happened(k); s == "" || s[0] < 'A' || s[0] > 'Z' {
			t.Errorf("%s: %q", k, s)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 59 * time.Second: "59 seconds", time.Minute: "1 minute",
		90 * time.Minute: "1 hour", 47 * time.Hour: "1 day", 48 * time.Hour: "2 days",
	} {
		if got := roughly(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestEventsArePagedBothWays(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	for range 25 {
		c.happen(box1(), smartbox.Event{Kind: smartbox.MainsLost}, smartbox.Event{Kind: smartbox.MainsBack})
	}
	for _, q := range []struct {
		query string
		want  int
	}{
		{"order=newest", 50},
		{"order=oldest", 50},
		{"order=oldest&kind=mains-lost", 25},
		{"kind=mains-lost,mains-back", 50},
		{"box=box-2", 0},
		{"member=nobody", 0},
	} {
		var ids []int64
		cursor := ""
		for range 20 {
			p := as[Page[Event]](t, c.want(200, "GET", "/v1/events?limit=7&"+q.query+cursor, ""))
			for _, e := range p.Items {
				ids = append(ids, e.ID)
			}
			if p.Next == "" || len(p.Items) == 0 {
				break
			}
			cursor = "&cursor=" + p.Next
		}
		if len(ids) != q.want {
			t.Errorf("%s: %d events, want %d: %v", q.query, len(ids), q.want, ids)
		}
		for i := 1; i < len(ids); i++ {
			if ids[i] == ids[i-1] || (ids[i] > ids[i-1]) == (q.query == "order=newest" || q.query[:4] == "kind") {
				t.Errorf("%s: %v", q.query, ids)
				break
			}
		}
	}
	// A list of what is oldest can be gone on with when more has come.
	end := as[Page[Event]](t, c.want(200, "GET", "/v1/events?order=oldest&limit=200", ""))
	none := as[Page[Event]](t, c.want(200, "GET", "/v1/events?order=oldest&cursor="+end.Next, ""))
	c.happen(box1(), smartbox.Event{Kind: smartbox.TamperOpened})
	more := as[Page[Event]](t, c.want(200, "GET", "/v1/events?order=oldest&cursor="+none.Next, ""))
	if len(end.Items) != 50 || len(none.Items) != 0 || len(more.Items) != 1 || !more.Items[0].Alarm {
		t.Errorf("%d, %d, %+v", len(end.Items), len(none.Items), more)
	}
	c.refused(c.a.token, 422, sortInvalid, "GET", "/v1/events?order=newest&cursor="+end.Next, "")
	c.refused(c.a.token, 422, sortInvalid, "GET", "/v1/events?kind=nonsense", "")
}
