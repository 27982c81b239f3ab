package scenario

import (
	"fmt"
	"strconv"
	"strings"

	"smartbox"
)

// check is one field=value of a record.
type check struct {
	text string
	ok   func(e smartbox.Event) bool
}

// record reads "pickup-taken user=anna key=van-3".
func (p *parser) record(kind string, fields []string) (want, error) {
	var k smartbox.EventKind
	if err := k.UnmarshalText([]byte(kind)); err != nil {
		return nil, p.fail(p.no, "%v", err)
	}
	checks := make([]check, 0, len(fields))
	for _, f := range fields {
		name, value, ok := strings.Cut(f, "=")
		if !ok {
			return nil, p.fail(p.no, "%q is no field=value", f)
		}
		test, err := p.field(name, value)
		if err != nil {
			return nil, err
		}
		checks = append(checks, check{f, test})
	}
	return func(w *window) error { return w.record(k, checks) }, nil
}

func (p *parser) field(name, value string) (func(smartbox.Event) bool, error) {
	type event = smartbox.Event
	switch name {
	case "user", "other", "third":
		id, err := smartbox.UserID(0), error(nil)
		if value != "none" {
			id, err = p.user(value)
		}
		return func(e event) bool {
			return map[string]smartbox.UserID{"user": e.User, "other": e.Other, "third": e.Third}[name] == id
		}, err
	case "key":
		id, err := smartbox.KeyID(0), error(nil)
		if value != "none" {
			id, err = p.key(value)
		}
		return func(e event) bool { return e.Key == id }, err
	case "slot":
		id, err := smartbox.SlotID(0), error(nil)
		if value != "none" {
			id, err = p.slot(value)
		}
		return func(e event) bool { return e.Slot == id }, err
	case "reason":
		var r smartbox.Reason
		err := r.UnmarshalText([]byte(value))
		if err != nil {
			err = p.fail(p.no, "%v", err)
		}
		return func(e event) bool { return e.Reason == r }, err
	case "trust":
		return func(e event) bool { return e.Trust.String() == value }, nil
	case "part":
		return func(e event) bool { return e.Part.String() == value }, nil
	case "actor":
		return func(e event) bool { return e.Actor == value }, nil
	case "assumed":
		return func(e event) bool { return strconv.FormatBool(e.Assumed) == value }, nil
	case "rule":
		return func(e event) bool { return e.Rule.Kind.String() == value }, nil
	case "by":
		return func(e event) bool { return factors(e.Factors) == value }, nil
	case "due", "at":
		return p.stampField(name, value)
	case "count", "answer", "version":
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			err = p.fail(p.no, "%s=%q is no number", name, value)
		}
		return func(e event) bool {
			return map[string]uint64{"count": uint64(e.Count), "answer": uint64(e.Answer), "version": e.Revision.Version}[name] == n
		}, err
	default:
		return nil, p.fail(p.no, "a record has no field %q; it has user, other, third, key, slot, reason, trust, part, actor, "+
			"assumed, rule, by, due, at, count, answer and version", name)
	}
}

// stampField reads due=2026-03-02T17:00, due=none and the like, by the script's clock.
func (p *parser) stampField(name, value string) (func(smartbox.Event) bool, error) {
	var at smartbox.Stamp
	if value != "none" {
		t, err := p.time([]word{{text: strings.Replace(value, "T", " ", 1)}})
		if err != nil {
			return nil, err
		}
		at = smartbox.StampOf(t)
	}
	return func(e smartbox.Event) bool {
		if name == "due" {
			return e.Due == at
		}
		return e.At == at
	}, nil
}

// factors are the words of by=: "code", "badge+code", "duress" ...
func factors(f smartbox.Factors) string {
	var words []string
	for _, n := range []struct {
		f    smartbox.Factors
		name string
	}{
		{smartbox.ByBadge, "badge"},
		{smartbox.ByCode, "code"},
		{smartbox.ByBackup, "backup"},
		{smartbox.ByDuress, "duress"},
		{smartbox.ByFob, "fob"},
	} {
		if f.Has(n.f) {
			words = append(words, n.name)
		}
	}
	return strings.Join(words, "+")
}

// eventText is an event as a script could expect it.
func eventText(e smartbox.Event) string {
	b := &strings.Builder{}
	b.WriteString(e.Kind.String())
	add := func(name, value string, there bool) {
		if there {
			fmt.Fprintf(b, " %s=%s", name, value)
		}
	}
	add("user", e.User.String(), e.User != 0)
	add("other", e.Other.String(), e.Other != 0)
	add("third", e.Third.String(), e.Third != 0)
	add("key", e.Key.String(), e.Key != 0)
	add("slot", strings.TrimPrefix(e.Slot.String(), "s"), e.Slot != 0)
	add("reason", e.Reason.String(), e.Reason != 0)
	add("rule", e.Rule.Kind.String(), e.Rule.Kind != 0)
	add("by", factors(e.Factors), e.Factors != 0)
	add("count", strconv.FormatUint(uint64(e.Count), 10), e.Count != 0)
	add("answer", strconv.FormatUint(uint64(e.Answer), 10), e.Answer != 0)
	add("assumed", "true", e.Assumed)
	add("actor", e.Actor, e.Actor != "")
	add("part", e.Part.String(), e.Part != 0)
	return b.String()
}
