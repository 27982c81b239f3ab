package directory

import (
	"context"
	"fmt"
	"slices"

	"smartbox"
)

func keyKind() *kind[Key] {
	return &kind[Key]{
		name: kindKey, set: Tx.Keys, head: keyHead, see: SeeKeys, manage: ManageKeys, order: FieldName,
		check: checkKey, guard: freeKey,
		after: func(ctx context.Context, c *change, old, now *Key) error {
			var boxes []smartbox.BoxID
			for _, k := range []*Key{old, now} {
				if k != nil && k.Box != 0 {
					boxes = append(boxes, k.Box)
				}
			}
			slices.Sort(boxes)
			for _, box := range slices.Compact(boxes) {
				if err := c.reframe(ctx, box); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func checkKey(ctx context.Context, c *change, old, now *Key) error {
	if err := checkName(kindKey, "name", now.Name, true); err != nil {
		return err
	}
	if err := checkPeople(kindKey, now.Policy.People); err != nil {
		return err
	}
	if now.Policy.AskPickup > smartbox.AskNote || now.Policy.AskDropoff > smartbox.AskNote {
		return invalid(kindKey, "ask", "is something unknown", "use nothing, reason or note")
	}
	if now.Policy.Staleness < 0 || now.Policy.DueAfter < 0 {
		return invalid(kindKey, "policy", "has a negative time span", "use 0 for the default")
	}
	slices.Sort(now.Groups)
	now.Groups = slices.Compact(now.Groups)
	for _, g := range now.Groups {
		if err := refer(ctx, c, groupKind(), kindKey, "groups", uint64(g), true); err != nil {
			return err
		}
	}
	if err := refer(ctx, c, boxKind(), kindKey, "box", uint64(now.Box), false); err != nil {
		return err
	}
	if now.Home != 0 {
		slot, err := c.tx.Slots().Get(ctx, uint64(now.Home))
		if err != nil || slot.Org != c.actor.Org || slot.Box != now.Box {
			return invalid(kindKey, "home", "is no slot of the key's box", "use the id of one")
		}
	}
	if old != nil && old.Box != now.Box {
		return c.inHand(ctx, old.ID, "move")
	}
	return nil
}

func checkPeople(kind string, n uint8) error {
	if n > smartbox.MaxPeople {
		return invalid(kind, "people", fmt.Sprintf("is more than %d", smartbox.MaxPeople), "demand fewer people")
	}
	return nil
}

// inHand refuses to move or delete a key that somebody has: only the box that gave it out can take it back.
func (c *change) inHand(ctx context.Context, key smartbox.KeyID, what string) error {
	seats, err := c.tx.Log().Custody(ctx, CustodyFilter{Org: c.actor.Org, Key: key})
	for _, s := range seats {
		if s.Place == smartbox.WithUser {
			return &RefusedError{Reason: RefusedKeyOut, Problem: "somebody has the key", Mend: "let it be returned, then " + what + " it"}
		}
	}
	if err != nil {
		return err
	}
	return c.tx.Log().DropCustody(ctx, key)
}

// freeKey takes along what hangs on a key, and tells the box of the people whose grants go with it.
func freeKey(ctx context.Context, c *change, old *Key) error {
	if err := c.inHand(ctx, old.ID, "delete"); err != nil {
		return err
	}
	var members []smartbox.UserID
	grants, err := c.tx.Grants().Find(ctx, Query{Where: []Cond{Eq(FieldOrg, old.Org), Eq(FieldTarget, smartbox.OnKey(old.ID))}})
	if err != nil {
		return err
	}
	for _, g := range grants {
		members = append(members, g.Member)
		if err := c.tx.Grants().Delete(ctx, uint64(g.ID)); err != nil {
			return err
		}
	}
	bookings, err := c.tx.Bookings().Find(ctx, Query{Where: []Cond{Eq(FieldKey, old.ID)}})
	if err != nil {
		return err
	}
	for _, b := range bookings {
		members = append(members, b.Member)
		if err := c.tx.Bookings().Delete(ctx, uint64(b.ID)); err != nil {
			return err
		}
	}
	fobs, err := c.tx.Credentials().Find(ctx, Query{Where: []Cond{Eq(FieldKey, old.ID)}})
	if err != nil {
		return err
	}
	for _, f := range fobs {
		if err := c.tx.Credentials().Delete(ctx, uint64(f.ID)); err != nil {
			return err
		}
	}
	if old.Box == 0 || len(members) == 0 {
		return nil
	}
	slices.Sort(members)
	return c.people(ctx, old.Box, slices.Compact(members))
}

func groupKind() *kind[Group] {
	return &kind[Group]{
		name: kindGroup, set: Tx.Groups, head: groupHead, see: SeeKeys, manage: ManageKeys, order: FieldName,
		check: func(_ context.Context, _ *change, _, now *Group) error {
			if err := checkPeople(kindGroup, now.People); err != nil {
				return err
			}
			return checkName(kindGroup, "name", now.Name, true)
		},
		guard: func(ctx context.Context, c *change, old *Group) error {
			if err := unused(ctx, c.tx.Keys(), "keys are in the group", "take them out first", Eq(FieldGroup, old.ID)); err != nil {
				return err
			}
			return unused(ctx, c.tx.Grants(), "grants cover the group", "take them away first",
				Eq(FieldOrg, old.Org), Eq(FieldTarget, smartbox.OnGroup(old.ID)))
		},
		after: func(ctx context.Context, c *change, _, now *Group) error {
			if now == nil {
				return nil
			}
			boxes, err := c.tx.State().Holding(ctx, smartbox.ItemGroup, now.ID.String())
			for _, box := range boxes {
				if err := c.reframe(ctx, box); err != nil {
					return err
				}
			}
			return err
		},
	}
}
