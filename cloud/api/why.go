package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
)

// Why explains an event's decision in sentences, with what they are made from.
type Why struct {
	Sentences []string `json:"sentences" nullable:"false" doc:"The explanation, to be read from the first to the last."`
	Who       string   `json:"who,omitempty" doc:"The member's name now; blank once she was expunged."`
	What      string   `json:"what" doc:"What happened."`
	When      Time     `json:"when" nullable:"true"`
	Reason    string   `json:"reason,omitempty" doc:"Why, as a sentence."`
	Rule      *Rule    `json:"rule,omitempty" doc:"What decided."`
	Behind    uint64   `json:"behind" doc:"Changes of what the box should know since it decided."`
	Event     Event    `json:"event"`
}

func (s *server) why() {
	handle(s, route{
		method: http.MethodGet, path: "/v1/events/{id}/why", id: "why", summary: "Why did it happen, or why was it refused?",
		tag: "Events", scope: EventsRead,
	}, func(ctx context.Context, a directory.Actor, in *eventIn) (*struct{ Body Why }, error) {
		w, err := s.dir.EventWhy(ctx, a, in.ID)
		if err != nil {
			return nil, err
		}
		names, err := s.namesOf(ctx, a, &w)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Why }{explain(&w, names)}, nil
	})
}

// names are what an explanation calls things by, as they are called now.
type names struct {
	box, key, who, rule string
	slot                uint16
	zone                *time.Location
}

func (s *server) namesOf(ctx context.Context, a directory.Actor, w *directory.Why) (n names, err error) {
	n.zone = time.UTC
	if w.Member != nil {
		n.who = w.Member.Person.Name()
	}
	if w.Key != nil {
		n.key = w.Key.Name
	}
	b, err := s.dir.Boxes.Get(ctx, a, w.Event.Box)
	if err = known(err); err != nil {
		return n, err
	}
	n.box = b.Name
	if b.Location != 0 {
		l, err := s.dir.Locations.Get(ctx, a, b.Location)
		if err = known(err); err != nil {
			return n, err
		}
		if zone, err := time.LoadLocation(l.Zone); err == nil {
			n.zone = zone
		}
	}
	if id := w.Event.Event.Slot; id != 0 {
		l, err := s.dir.Slots.Get(ctx, a, id)
		if err = known(err); err != nil {
			return n, err
		}
		n.slot = l.Number
	}
	n.rule, err = s.ruleName(ctx, a, w, &n)
	return n, err
}

// known makes nothing of a thing that is gone, or that the actor may not see: an explanation does without its name.
func known(err error) error {
	if errors.Is(err, directory.ErrNotFound) || errors.Is(err, directory.ErrForbidden) {
		return nil
	}
	return err
}

// ruleName is what the thing that decided is called.
func (s *server) ruleName(ctx context.Context, a directory.Actor, w *directory.Why, n *names) (string, error) {
	switch r := w.Rule; r.Kind {
	case smartbox.RuleGrant:
		if w.Grant != nil {
			return grantName(w.Grant), nil
		}
		return "", nil
	case smartbox.RuleSchedule:
		if w.Schedule != nil {
			return w.Schedule.Name, nil
		}
		return "", nil
	case smartbox.RuleGroup:
		t, err := s.dir.Groups.Get(ctx, a, smartbox.GroupID(r.Ref))
		return t.Name, known(err)
	case smartbox.RuleUser:
		return n.who, nil
	case smartbox.RuleKey:
		return n.key, nil
	case smartbox.RuleBox:
		return n.box, nil
	case smartbox.RuleSlot:
		return fmt.Sprintf("slot %d", n.slot), nil
	case smartbox.RuleBooking, smartbox.RuleCredential, smartbox.RuleReturns, smartbox.RuleNoGrant:
		return "", nil
	default:
		return "", nil
	}
}

func grantName(g *directory.Grant) string {
	return fmt.Sprintf("%s on %s", g.Role, g.Target)
}

func explain(w *directory.Why, n names) Why {
	e := w.Event.Event
	out := Why{
		Who: n.who, What: happened(e.Kind), When: Time(e.At), Reason: w.Explain, Behind: w.Behind, Event: eventView(&w.Event),
	}
	if r := out.Event.Rule; r != nil {
		out.Rule = &Rule{r.Kind, r.ID, n.rule}
	}
	out.Sentences = append(out.Sentences, opening(w, n))
	if w.Explain != "" {
		out.Sentences = append(out.Sentences, w.Explain)
	}
	if s := ruleSentence(out.Rule); s != "" {
		out.Sentences = append(out.Sentences, s)
	}
	return knew(out, w)
}

// opening says who did what, when and where.
func opening(w *directory.Why, n names) string {
	e := w.Event.Event
	var b strings.Builder
	b.WriteString(happened(e.Kind))
	if e.Key != 0 {
		fmt.Fprintf(&b, ", key %s", called(n.key, e.Key.String()))
	}
	if e.User != 0 {
		fmt.Fprintf(&b, ", member %s", called(n.who, e.User.String()))
		if by := factorWords(e.Factors); len(by) > 0 {
			fmt.Fprintf(&b, " (by %s)", strings.Join(by, " and "))
		}
	}
	if n.slot != 0 {
		fmt.Fprintf(&b, ", slot %d", n.slot)
	}
	fmt.Fprintf(&b, ", at box %s", called(n.box, w.Event.Box.String()))
	if e.At != 0 {
		fmt.Fprintf(&b, " on %s", e.At.Time().In(n.zone).Format("2 January 2006 at 15:04:05 MST"))
	}
	if e.Trust == smartbox.ClockUntrusted {
		b.WriteString(", by a clock that was not set")
	}
	b.WriteByte('.')
	return b.String()
}

func called(name, id string) string {
	if name == "" {
		return id
	}
	return name
}

// happened is a kind of event as the beginning of a sentence.
func happened(k smartbox.EventKind) string {
	s := strings.ReplaceAll(k.String(), "-", " ")
	return strings.ToUpper(s[:1]) + s[1:]
}

func ruleSentence(r *Rule) string {
	if r == nil {
		return ""
	}
	switch {
	case r.Name != "":
		return fmt.Sprintf("What decided: %s %q.", r.Kind, r.Name)
	case r.ID != "":
		return fmt.Sprintf("What decided: %s %s.", r.Kind, r.ID)
	default:
		return ""
	}
}

// knew says what the box knew when it decided.
func knew(out Why, w *directory.Why) Why {
	r := w.Revision
	if r == (smartbox.Revision{}) {
		return out
	}
	age := "of an age that it did not know"
	if w.Age >= 0 {
		age = "confirmed " + roughly(w.Age) + " before"
	}
	out.Sentences = append(out.Sentences, fmt.Sprintf("The box decided from revision %d, %s.", r.Version, age))
	if w.Behind > 0 {
		out.Sentences = append(out.Sentences, fmt.Sprintf("What it should know has changed since then (%s).", plural(int64(min(w.Behind, 1<<62)), "change")))
	}
	return out
}

// roughly is a duration in its greatest unit.
func roughly(d time.Duration) string {
	for _, u := range []struct {
		one  time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int64(d / u.one); n > 0 {
			return plural(n, u.name)
		}
	}
	return plural(int64(d/time.Second), "second")
}

func plural(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
