package daemon

import (
	"fmt"
	"strings"
	"time"

	"smartbox"
	"smartbox/cmd/smartboxd/adminapi"
)

// names looks up what ids are called now. A nil view knows nothing.
type names struct{ view smartbox.View }

func (n names) user(id smartbox.UserID) string {
	if n.view == nil || id == 0 {
		return ""
	}
	u, _ := n.view.User(id)
	return u.Name
}

func (n names) key(id smartbox.KeyID) string {
	if n.view == nil || id == 0 {
		return ""
	}
	k, _ := n.view.Key(id)
	return k.Name
}

func (n names) slot(id smartbox.SlotID) uint16 {
	if n.view == nil || id == 0 {
		return 0
	}
	s, _ := n.view.Slot(id)
	return s.Number
}

// rule is the name of what decided, where it has one.
func (n names) rule(r smartbox.Rule) string {
	if n.view == nil || r.Ref == 0 {
		return ""
	}
	switch r.Kind { //nolint:exhaustive // the rest have no name
	case smartbox.RuleSchedule:
		s, _ := n.view.Schedule(smartbox.ScheduleID(r.Ref))
		return s.Name
	case smartbox.RuleUser:
		return n.user(smartbox.UserID(r.Ref))
	case smartbox.RuleKey:
		return n.key(smartbox.KeyID(r.Ref))
	case smartbox.RuleGroup:
		g, _ := n.view.Group(smartbox.GroupID(r.Ref))
		return g.Name
	case smartbox.RuleBox:
		return n.view.Box().Name
	case smartbox.RuleSlot:
		if s := n.slot(smartbox.SlotID(r.Ref)); s != 0 {
			return fmt.Sprintf("slot %d", s)
		}
	}
	return ""
}

// grant finds a grant of a user by its id, to say what it covers.
func (n names) grant(u smartbox.UserID, id smartbox.GrantID) (smartbox.Grant, bool) {
	if n.view == nil {
		return smartbox.Grant{}, false
	}
	from, to := n.view.Grants(u)
	for i := from; i < to; i++ {
		if g := n.view.Grant(i); g.ID == id {
			return g, true
		}
	}
	return smartbox.Grant{}, false
}

// event is the event as it is shown.
func (n names) event(e smartbox.Event) adminapi.Event {
	out := adminapi.Event{
		Seq: e.Seq, At: e.At, Clock: e.Trust, Boot: fmt.Sprintf("%016x", e.Boot), Uptime: e.Uptime.Milliseconds(),
		Kind: e.Kind, Alarm: e.Kind.Alarm(),
		User: e.User, UserName: n.user(e.User), Other: e.Other, OtherName: n.user(e.Other),
		Third: e.Third, ThirdName: n.user(e.Third),
		Key: e.Key, KeyName: n.key(e.Key), Slot: e.Slot, Number: n.slot(e.Slot),
		Exchange: e.Exchange, Factors: factorWords(e.Factors), Rule: ruleWord(e.Rule), RuleName: n.rule(e.Rule),
		Epoch: e.Revision.Epoch, Version: e.Revision.Version, Age: ageWord(e),
		Due: e.Due, Count: e.Count, Answer: e.Answer, Assumed: e.Assumed, Actor: e.Actor,
	}
	if e.Reason != 0 {
		out.Reason = e.Reason.String()
	}
	if e.Part != 0 {
		out.Part = e.Part.String()
	}
	return out
}

// why explains the event.
func (n names) why(e smartbox.Event) adminapi.Why {
	w := adminapi.Why{Event: n.event(e), Explain: e.Reason.Explain(), Rule: n.ruleSentence(e)}
	if e.Reason == 0 {
		w.Explain = "Nothing was decided here: the event tells what happened."
	} else {
		w.Display = e.Reason.Display()
	}
	if e.Revision != (smartbox.Revision{}) {
		w.Based = fmt.Sprintf("revision %d of epoch %d", e.Revision.Version, e.Revision.Epoch)
		if age := ageWord(e); age != "" {
			w.Based += ", " + age + " old at the time"
		}
		if n.view != nil && n.view.Revision() != e.Revision {
			w.Based += fmt.Sprintf("; version %d is in force now, and the names shown are from it", n.view.Revision().Version)
		}
	}
	return w
}

// ruleSentence says in words what decided.
func (n names) ruleSentence(e smartbox.Event) string {
	r := e.Rule
	switch r.Kind { //nolint:exhaustive // the rest are said alike
	case 0:
		return ""
	case smartbox.RuleReturns:
		return "returns are always accepted"
	case smartbox.RuleNoGrant:
		return "no grant of the person covers the key"
	case smartbox.RuleGrant:
		id := smartbox.GrantID(r.Ref)
		g, ok := n.grant(e.User, id)
		if !ok {
			return fmt.Sprintf("grant %s, which is no longer in force", id)
		}
		s := fmt.Sprintf("grant %s (%s) on %s", id, g.Role, n.target(g.Target))
		if g.Schedule != 0 && n.view != nil {
			sched, _ := n.view.Schedule(g.Schedule)
			s += fmt.Sprintf(", schedule %s", quoted(g.Schedule.String(), sched.Name))
		}
		return s
	}
	if r.Ref == 0 {
		return "the policy of the " + r.Kind.String()
	}
	return fmt.Sprintf("%s %s", r.Kind, quoted(smartbox.ID[any](r.Ref).String(), n.rule(r)))
}

func (n names) target(t smartbox.Target) string {
	switch t.Kind {
	case smartbox.TargetKey:
		return "key " + quoted(smartbox.KeyID(t.Ref).String(), n.key(smartbox.KeyID(t.Ref)))
	case smartbox.TargetGroup:
		return "group " + quoted(smartbox.GroupID(t.Ref).String(), n.rule(smartbox.Rule{Kind: smartbox.RuleGroup, Ref: t.Ref}))
	case smartbox.TargetLocation:
		l, _ := n.view.Location(smartbox.LocationID(t.Ref))
		return "location " + quoted(smartbox.LocationID(t.Ref).String(), l.Name)
	case smartbox.TargetAll:
		return "all keys"
	default:
		return t.String()
	}
}

// quoted is `id (Name)`, or the id alone where it has no name.
func quoted(id, name string) string {
	if name == "" {
		return id
	}
	return fmt.Sprintf("%s (%s)", id, name)
}

func ruleWord(r smartbox.Rule) string {
	switch {
	case r.Kind == 0:
		return ""
	case r.Ref == 0:
		return r.Kind.String()
	default:
		return r.Kind.String() + ":" + smartbox.ID[any](r.Ref).String()
	}
}

func ageWord(e smartbox.Event) string {
	switch {
	case e.Revision == (smartbox.Revision{}):
		return ""
	case e.Age < 0:
		return "unknown"
	default:
		return (time.Duration(e.Age) * time.Millisecond).Round(time.Second).String()
	}
}

var factorNames = []struct {
	bit  smartbox.Factors
	word string
}{
	{smartbox.ByCode, "code"},
	{smartbox.ByBadge, "badge"},
	{smartbox.ByBackup, "backup"},
	{smartbox.ByDuress, "duress"},
	{smartbox.ByFob, "fob"},
}

func factorWords(f smartbox.Factors) []string {
	var out []string
	for _, n := range factorNames {
		if f.Has(n.bit) {
			out = append(out, n.word)
		}
	}
	return out
}

// oneLine makes an error of several lines fit a log line or a status.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
