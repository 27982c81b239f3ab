package directory

import (
	"context"
	"time"

	"smartbox"
)

// Events lists events that the actor may see; f.Org is the actor's, whatever it says. A limit of 0 is DefaultPage.
// A manager sees those of the keys that her grants cover and her own, anybody her own alone.
func (s *Service) Events(ctx context.Context, a Actor, f EventFilter) (list []StoredEvent, err error) {
	f.Org = a.Org
	if f.Limit <= 0 {
		f.Limit = DefaultPage
	}
	f.Limit = min(f.Limit, MaxPage)
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		if err := s.narrow(ctx, tx, a, &f); err != nil {
			return err
		}
		list, err = tx.Log().Events(ctx, f)
		return err
	})
	return list, err
}

// narrow keeps a filter within what the actor may see.
func (s *Service) narrow(ctx context.Context, tx Tx, a Actor, f *EventFilter) error {
	switch {
	case a.Can(SeeAll):
		return nil
	case f.Member != 0 && f.Member == a.Member && a.Can(SeeOwn):
		return nil
	case a.Can(SeeMembers) && a.Member != 0:
		keys, err := keysOf(ctx, tx, a)
		f.Keys = keys
		return err
	case a.Can(SeeOwn) && a.Member != 0 && f.Member == 0:
		f.Member = a.Member
		return nil
	default:
		return &ForbiddenError{Need: "the capability " + string(SeeAll)}
	}
}

// keysOf are the keys of the groups that a manager belongs to, and those that she manages; never nil.
func keysOf(ctx context.Context, tx Tx, a Actor) ([]smartbox.KeyID, error) {
	grants, err := tx.Grants().Find(ctx, Query{Where: []Cond{Eq(FieldMember, a.Member)}})
	if err != nil {
		return nil, err
	}
	set := map[smartbox.KeyID]bool{}
	for _, g := range grants {
		where := []Cond{Eq(FieldOrg, a.Org)}
		switch {
		case g.Target.Kind == smartbox.TargetGroup:
			where = append(where, Eq(FieldGroup, smartbox.GroupID(g.Target.Ref)))
		case g.Role != smartbox.PermitManage:
			continue
		case g.Target.Kind == smartbox.TargetKey:
			where = append(where, Eq(FieldID, smartbox.KeyID(g.Target.Ref)))
		case g.Target.Kind == smartbox.TargetLocation:
			boxes, err := tx.Boxes().Find(ctx, Query{Where: []Cond{Eq(FieldLocation, smartbox.LocationID(g.Target.Ref))}})
			if err != nil {
				return nil, err
			}
			at := make([]smartbox.BoxID, len(boxes))
			for i := range boxes {
				at[i] = boxes[i].ID
			}
			where = append(where, In(FieldBox, at))
		case g.Target.Kind == smartbox.TargetAll:
		}
		keys, err := tx.Keys().Find(ctx, Query{Where: where})
		if err != nil {
			return nil, err
		}
		for i := range keys {
			set[keys[i].ID] = true
		}
	}
	return sorted(set), nil
}

// Event is one of those that Events would list.
func (s *Service) Event(ctx context.Context, a Actor, id int64) (e StoredEvent, err error) {
	list, err := s.Events(ctx, a, EventFilter{After: id - 1, Before: id + 1, Limit: 1})
	if err == nil && len(list) == 0 {
		return e, notFound(kindEvent, number(id))
	}
	if err != nil {
		return e, err
	}
	return list[0], nil
}

// Why is what explains an event's decision.
type Why struct {
	Event    StoredEvent
	Explain  string            // the reason, for an administrator
	Rule     smartbox.Rule     // what decided
	Revision smartbox.Revision // of the knowledge that decided
	Age      time.Duration     // of that knowledge; negative = not known
	Behind   uint64            // versions of the box's state that have come since; 0 also where epochs differ
	Grant    *Grant            // that decided, where it is still there
	Schedule *Schedule         // that decided, where it is still there
	Member   *Member           // as she is now, where the actor may see her
	Key      *Key              // as it is now
}

// EventWhy explains an event.
func (s *Service) EventWhy(ctx context.Context, a Actor, id int64) (w Why, err error) {
	stored, err := s.Event(ctx, a, id)
	if err != nil {
		return w, err
	}
	e := stored.Event
	w = Why{
		Event: stored, Explain: e.Reason.Explain(), Rule: e.Rule, Revision: e.Revision,
		Age: time.Duration(e.Age) * time.Millisecond,
	}
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		if st, err := tx.State().Get(ctx, stored.Box); err == nil && st.Epoch == e.Revision.Epoch && st.Version > e.Revision.Version {
			w.Behind = st.Version - e.Revision.Version
		}
		switch e.Rule.Kind { //nolint:exhaustive // the rest is told by its id
		case smartbox.RuleGrant:
			w.Grant = present(ctx, tx, a, grantKind(), e.Rule.Ref)
		case smartbox.RuleSchedule:
			w.Schedule = present(ctx, tx, a, scheduleKind(), e.Rule.Ref)
		}
		w.Member = present(ctx, tx, a, memberKind(), uint64(e.User))
		w.Key = present(ctx, tx, a, keyKind(), uint64(e.Key))
		return nil
	})
	return w, err
}

// present is the thing, or nil where it is gone or not for the actor.
func present[T any](ctx context.Context, tx Tx, a Actor, k *kind[T], id uint64) *T {
	if id == 0 || (!a.Can(k.see) && (k.name != kindMember || id != uint64(a.Member))) {
		return nil
	}
	thing, err := get(ctx, tx, a, k, id)
	if err != nil {
		return nil
	}
	return &thing
}

// Custody lists where keys are; f.Org is the actor's, whatever it says.
func (s *Service) Custody(ctx context.Context, a Actor, f CustodyFilter) (list []Custody, err error) {
	if f.Member == 0 || f.Member != a.Member || !a.Can(SeeOwn) {
		if err := a.need(SeeKeys); err != nil {
			return nil, err
		}
	}
	f.Org = a.Org
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		list, err = tx.Log().Custody(ctx, f)
		return err
	})
	return list, err
}
