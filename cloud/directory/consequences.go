package directory

import (
	"context"
	"errors"

	"smartbox"
)

// consequences are what events that were taken in mean for the directory: where keys are, when members were last seen,
// which badges were activated, which backup codes are spent, who was denied.
func (in *intake) consequences(ctx context.Context) error {
	if err := in.custody(ctx); err != nil {
		return err
	}
	used := map[smartbox.UserID]smartbox.Stamp{}
	for i := range in.events {
		e := &in.events[i].Event
		var err error
		switch e.Kind { //nolint:exhaustive // the rest changes nothing here
		case smartbox.PickupTaken, smartbox.DropoffReturned:
			used[e.User] = max(used[e.User], e.At)
		case smartbox.HandedOver:
			used[e.User], used[e.Other] = max(used[e.User], e.At), max(used[e.Other], e.At)
		case smartbox.BadgeActivated, smartbox.BackupUsed:
			err = in.credential(ctx, e)
		case smartbox.UserDenied:
			err = in.denied(ctx, e)
		}
		if err != nil {
			return err
		}
	}
	return in.used(ctx, used)
}

// custody folds the events by the rules of the box's own book.
func (in *intake) custody(ctx context.Context) error {
	seats, err := in.c.tx.Log().Custody(ctx, CustodyFilter{Org: in.c.actor.Org, Box: in.box})
	if err != nil {
		return err
	}
	book := smartbox.NewBook()
	for _, s := range seats {
		book.Custody[s.Key] = s.Custody
	}
	for i := range in.events {
		book.Apply(in.events[i].Event)
	}
	var list []Custody
	for _, s := range seats {
		if book.Custody[s.Key] != s.Custody {
			list = append(list, Custody{Custody: book.Custody[s.Key], Org: s.Org, Box: in.box})
		}
		delete(book.Custody, s.Key)
	}
	for _, id := range sorted(ids(book.Custody)) {
		key, err := in.c.tx.Keys().Get(ctx, uint64(id))
		if errors.Is(err, ErrNotFound) || (err == nil && (key.Org != in.c.actor.Org || key.Box != in.box)) {
			continue // deleted, or moved to another box, which knows better
		}
		if err != nil {
			return err
		}
		list = append(list, Custody{Custody: book.Custody[id], Org: in.c.actor.Org, Box: in.box})
	}
	return in.c.tx.Log().PutCustody(ctx, list)
}

func ids(m map[smartbox.KeyID]smartbox.Custody) map[smartbox.KeyID]bool {
	set := make(map[smartbox.KeyID]bool, len(m))
	for id := range m {
		set[id] = true
	}
	return set
}

// credential activates the badge or spends the backup code that an event names by its number.
func (in *intake) credential(ctx context.Context, e *smartbox.Event) error {
	list, err := in.c.tx.Credentials().Find(ctx, Query{Where: []Cond{Eq(FieldOrg, in.c.actor.Org), Eq(FieldNumber, e.Cred)}})
	if err != nil || len(list) == 0 {
		return err
	}
	r := list[0]
	switch {
	case e.Kind == smartbox.BackupUsed && r.Kind == smartbox.BackupCode:
		err = in.c.tx.Credentials().Delete(ctx, uint64(r.ID))
	case e.Kind == smartbox.BadgeActivated && r.Kind == smartbox.UserBadge && !r.Active:
		r.Active, r.Updated = true, in.c.now
		err = in.c.tx.Credentials().Update(ctx, &r)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return in.c.again(ctx, r.Member)
}

// again projects a member by her id.
func (c *change) again(ctx context.Context, id smartbox.UserID) error {
	m, err := c.tx.Members().Get(ctx, uint64(id))
	if err != nil {
		return err
	}
	return c.member(ctx, m)
}

// denied takes over that a box denied a member, unless an administrator has validated her since.
func (in *intake) denied(ctx context.Context, e *smartbox.Event) error {
	m, err := in.c.tx.Members().Get(ctx, uint64(e.User))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil || m.Org != in.c.actor.Org || m.Status != smartbox.StatusValidated || e.At < m.StatusAt {
		return err
	}
	_, err = in.c.move(ctx, m, MoveDeny, "too many wrong PINs at box "+in.box.String())
	return err
}

// used notes when members last used a box.
func (in *intake) used(ctx context.Context, when map[smartbox.UserID]smartbox.Stamp) error {
	delete(when, 0)
	list := make(map[smartbox.UserID]bool, len(when))
	for id := range when {
		list[id] = true
	}
	for _, id := range sorted(list) {
		m, err := in.c.tx.Members().Get(ctx, uint64(id))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		// No later than now: a box's clock may be wrong. Not a change that anybody has to read again for.
		at := min(when[id], in.c.now)
		if m.Org != in.c.actor.Org || m.LastUsed >= at {
			continue
		}
		if err := in.c.tx.Desk().Used(ctx, id, at); err != nil {
			return err
		}
	}
	return nil
}
