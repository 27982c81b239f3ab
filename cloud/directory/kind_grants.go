package directory

import (
	"context"
	"slices"

	"smartbox"
)

func scheduleKind() *kind[Schedule] {
	return &kind[Schedule]{
		name: kindSchedule, set: Tx.Schedules, head: scheduleHead, see: SeeKeys, manage: ManageSchedules, order: FieldName,
		check: checkSchedule,
		guard: func(ctx context.Context, c *change, old *Schedule) error {
			return unused(ctx, c.tx.Grants(), "grants hold within the schedule", "take them away first", Eq(FieldSchedule, old.ID))
		},
		after: func(ctx context.Context, c *change, old, now *Schedule) error {
			if old == nil || now == nil {
				return nil
			}
			boxes, err := c.tx.State().Holding(ctx, smartbox.ItemSchedule, now.ID.String())
			if err != nil {
				return err
			}
			for _, box := range boxes {
				have, err := c.tx.State().Items(ctx, box, ItemFilter{Kinds: []smartbox.ItemKind{smartbox.ItemSchedule}, Live: true})
				if err != nil {
					return err
				}
				have = slices.DeleteFunc(have, func(it BoxItem) bool { return it.Item != now.ID.String() })
				w := wanted{box: box}
				put(&w, smartbox.ItemSchedule, now.ID.String(), "", boxedSchedule(*now))
				if w.err != nil {
					return w.err
				}
				if err := c.settle(ctx, box, w.items, have); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func checkSchedule(_ context.Context, _ *change, _, now *Schedule) error {
	if now.Holidays > smartbox.HolidaysOnly {
		return invalid(kindSchedule, "holidays", "is something unknown", "use closed, as-usual or only")
	}
	for _, w := range now.Windows {
		if w.Days == 0 || w.Days >= 1<<7 {
			return invalid(kindSchedule, "windows", "has one without a weekday", "name the days on which it begins")
		}
		if w.From >= 1440 || w.To > 1440 {
			return invalid(kindSchedule, "windows", "has a time past midnight", "use minutes from 0 to 1440; a window that ends before it begins ends on the next day")
		}
	}
	return checkName(kindSchedule, "name", now.Name, true)
}

func grantKind() *kind[Grant] {
	return &kind[Grant]{
		name: kindGrant, set: Tx.Grants, head: grantHead, see: SeeMembers, manage: ManageGrants, noUpdate: true,
		check: func(ctx context.Context, c *change, _, now *Grant) error {
			if err := checkGrant(ctx, c, now); err != nil {
				return err
			}
			return c.mayGrant(ctx, now.Target)
		},
		guard: func(ctx context.Context, c *change, old *Grant) error {
			return c.actor.need(RemoveMembers) // taking people out of groups is an administrator's
		},
		after: func(ctx context.Context, c *change, old, now *Grant) error {
			if now == nil {
				now = old
			}
			boxes, err := c.boxesOf(ctx, now.Target)
			for _, box := range boxes {
				if err := c.people(ctx, box, []smartbox.UserID{now.Member}); err != nil {
					return err
				}
			}
			return err
		},
	}
}

func checkGrant(ctx context.Context, c *change, g *Grant) error {
	m, err := get(ctx, c.tx, c.actor, memberKind(), uint64(g.Member))
	if err != nil || gone(m.Status) {
		return invalid(kindGrant, "member", "is no member of this organization", "use the id of one")
	}
	if g.Role < smartbox.PermitExchange || g.Role > smartbox.PermitManage {
		return invalid(kindGrant, "role", "is missing", "use exchange, reserve or manage")
	}
	if m.Kind == KindSmartbox && g.Role != smartbox.PermitExchange {
		return invalid(kindGrant, "role", "is more than a smartbox member can have", "use exchange, or make her a full member")
	}
	if err := checkSpan(kindGrant, g.From, g.Until); err != nil {
		return err
	}
	if err := refer(ctx, c, scheduleKind(), kindGrant, "schedule", uint64(g.Schedule), false); err != nil {
		return err
	}
	switch g.Target.Kind {
	case smartbox.TargetAll:
		if g.Target.Ref != 0 {
			return invalid(kindGrant, "target", "is all keys and names one thing too", "name nothing")
		}
		return nil
	case smartbox.TargetKey:
		return refer(ctx, c, keyKind(), kindGrant, "target", g.Target.Ref, true)
	case smartbox.TargetGroup:
		return refer(ctx, c, groupKind(), kindGrant, "target", g.Target.Ref, true)
	case smartbox.TargetLocation:
		return refer(ctx, c, locationKind(), kindGrant, "target", g.Target.Ref, true)
	default:
		return invalid(kindGrant, "target", "is missing", "use a key, a group, a location or all keys")
	}
}

// mayGrant lets managers grant what they are given themselves: keys of the groups they belong to, and what they manage.
func (c *change) mayGrant(ctx context.Context, t smartbox.Target) error {
	if c.actor.Can(RemoveMembers) || c.actor.Member == 0 {
		return nil
	}
	own, err := c.tx.Grants().Find(ctx, Query{Where: []Cond{Eq(FieldMember, c.actor.Member)}})
	if err != nil {
		return err
	}
	var groups []smartbox.GroupID
	if t.Kind == smartbox.TargetKey {
		key, err := c.tx.Keys().Get(ctx, t.Ref)
		if err != nil {
			return err
		}
		groups = key.Groups
	}
	for _, g := range own {
		switch {
		case g.Target == t && (t.Kind == smartbox.TargetGroup || g.Role == smartbox.PermitManage),
			g.Target.Kind == smartbox.TargetGroup && slices.Contains(groups, smartbox.GroupID(g.Target.Ref)),
			g.Target.Kind == smartbox.TargetAll && g.Role == smartbox.PermitManage:
			return nil
		}
	}
	return &ForbiddenError{Need: "a grant of one's own on the group, or the permission role manage"}
}

// boxesOf are the boxes that a target covers.
func (c *change) boxesOf(ctx context.Context, t smartbox.Target) ([]smartbox.BoxID, error) {
	org := Eq(FieldOrg, c.actor.Org)
	switch t.Kind {
	case smartbox.TargetAll, smartbox.TargetLocation:
		where := []Cond{org}
		if t.Kind == smartbox.TargetLocation {
			where = append(where, Eq(FieldLocation, smartbox.LocationID(t.Ref)))
		}
		boxes, err := c.tx.Boxes().Find(ctx, Query{Where: where})
		ids := make([]smartbox.BoxID, len(boxes))
		for i := range boxes {
			ids[i] = boxes[i].ID
		}
		return ids, err
	case smartbox.TargetKey, smartbox.TargetGroup:
		field := FieldID
		if t.Kind == smartbox.TargetGroup {
			field = FieldGroup
		}
		keys, err := c.tx.Keys().Find(ctx, Query{Where: []Cond{org, Eq(field, smartbox.ID[any](t.Ref))}})
		var ids []smartbox.BoxID
		for i := range keys {
			if keys[i].Box != 0 {
				ids = append(ids, keys[i].Box)
			}
		}
		slices.Sort(ids)
		return slices.Compact(ids), err
	default:
		return nil, nil
	}
}

func bookingKind() *kind[Booking] {
	return &kind[Booking]{
		name: kindBooking, set: Tx.Bookings, head: bookingHead, see: SeeKeys, manage: ManageBookings, order: FieldFrom,
		check: checkBooking,
		after: func(ctx context.Context, c *change, old, now *Booking) error {
			for _, b := range []*Booking{old, now} {
				if b == nil {
					continue
				}
				key, err := c.tx.Keys().Get(ctx, uint64(b.Key))
				if err != nil {
					return err
				}
				if key.Box == 0 {
					continue
				}
				if err := c.people(ctx, key.Box, []smartbox.UserID{b.Member}); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func checkBooking(ctx context.Context, c *change, old, now *Booking) error {
	if now.From <= 0 || now.Until <= now.From {
		return invalid(kindBooking, "until", "is not after from", "let it end later")
	}
	if err := refer(ctx, c, memberKind(), kindBooking, "member", uint64(now.Member), true); err != nil {
		return err
	}
	if err := refer(ctx, c, keyKind(), kindBooking, "key", uint64(now.Key), true); err != nil {
		return err
	}
	others, err := c.tx.Bookings().Find(ctx, Query{Where: []Cond{
		Eq(FieldKey, now.Key), {FieldFrom, OpLess, now.Until}, {FieldUntil, OpMore, now.From},
	}})
	for _, o := range others {
		if old == nil || o.ID != old.ID {
			return &ConflictError{Kind: kindBooking, Field: "time"}
		}
	}
	return err
}
