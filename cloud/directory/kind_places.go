package directory

import (
	"context"
	"fmt"
	"unicode/utf8"

	"smartbox"
)

func locationKind() *kind[Location] {
	return &kind[Location]{
		name: kindLocation, set: Tx.Locations, head: locationHead, see: SeeKeys, manage: ManageBoxes, order: FieldName,
		check: func(_ context.Context, c *change, _, now *Location) error {
			if _, err := c.s.o.Zones(now.Zone); err != nil || now.Zone == "" || now.Zone == "Local" {
				return invalid(kindLocation, "zone", "is not known", "use an IANA name such as Europe/Berlin")
			}
			return checkName(kindLocation, "name", now.Name, true)
		},
		guard: func(ctx context.Context, c *change, old *Location) error {
			if err := unused(ctx, c.tx.Boxes(), "boxes stand at the location", "move or delete them first", Eq(FieldLocation, old.ID)); err != nil {
				return err
			}
			err := unused(ctx, c.tx.Grants(), "grants cover the location", "take them away first",
				Eq(FieldOrg, old.Org), Eq(FieldTarget, smartbox.OnLocation(old.ID)))
			if err != nil {
				return err
			}
			days, err := c.tx.Holidays().Find(ctx, Query{Where: []Cond{Eq(FieldLocation, old.ID)}})
			for _, d := range days {
				if err := c.tx.Holidays().Delete(ctx, uint64(d.ID)); err != nil {
					return err
				}
			}
			return err
		},
		after: func(ctx context.Context, c *change, _, now *Location) error {
			if now == nil {
				return nil
			}
			return c.reframeAt(ctx, now.ID)
		},
	}
}

// reframeAt reframes the boxes at a location; none = all of the organization.
func (c *change) reframeAt(ctx context.Context, at smartbox.LocationID) error {
	c.forget()
	where := []Cond{Eq(FieldOrg, c.actor.Org)}
	if at != 0 {
		where = append(where, Eq(FieldLocation, at))
	}
	boxes, err := c.tx.Boxes().Find(ctx, Query{Where: where})
	for i := range boxes {
		if err := c.reframe(ctx, boxes[i].ID); err != nil {
			return err
		}
	}
	return err
}

func holidayKind() *kind[Holiday] {
	return &kind[Holiday]{
		name: kindHoliday, set: Tx.Holidays, head: holidayHead, see: SeeKeys, manage: ManageSchedules, order: FieldDate,
		check: func(ctx context.Context, c *change, _, now *Holiday) error {
			if !now.Date.Valid() {
				return invalid(kindHoliday, "date", "is no day", "write year, month and day, such as 20261225")
			}
			if err := refer(ctx, c, locationKind(), kindHoliday, "location", uint64(now.Location), false); err != nil {
				return err
			}
			return checkName(kindHoliday, "name", now.Name, false)
		},
		after: func(ctx context.Context, c *change, old, now *Holiday) error {
			for _, h := range []*Holiday{old, now} {
				if h == nil || (h == old && now != nil && old.Location == now.Location) {
					continue
				}
				if err := c.reframeAt(ctx, h.Location); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func boxKind() *kind[Box] {
	return &kind[Box]{
		name: kindBox, set: Tx.Boxes, head: boxHead, see: SeeKeys, manage: ManageBoxes, order: FieldName,
		check: checkBox,
		guard: func(ctx context.Context, c *change, old *Box) error {
			if err := unused(ctx, c.tx.Keys(), "keys belong to the box", "move them to another box first", Eq(FieldBox, old.ID)); err != nil {
				return err
			}
			slots, err := c.tx.Slots().Find(ctx, Query{Where: []Cond{Eq(FieldBox, old.ID)}})
			if err != nil {
				return err
			}
			for _, s := range slots {
				if err := c.tx.Slots().Delete(ctx, uint64(s.ID)); err != nil {
					return err
				}
			}
			return c.tx.State().Delete(ctx, old.ID)
		},
		after: func(ctx context.Context, c *change, old, now *Box) error {
			switch {
			case now == nil:
				return nil
			case old == nil:
				if err := c.newState(ctx, now); err != nil {
					return err
				}
			}
			c.forget()
			return c.reframe(ctx, now.ID)
		},
	}
}

func checkBox(ctx context.Context, c *change, _, now *Box) error {
	if err := refer(ctx, c, locationKind(), kindBox, "location", uint64(now.Location), true); err != nil {
		return err
	}
	if utf8.RuneCountInString(now.GoTo) > smartbox.MaxGoTo {
		return invalid(kindBox, "go-to", fmt.Sprintf("is longer than %d characters", smartbox.MaxGoTo), "shorten it: it has to fit a line of the display")
	}
	if err := checkName(kindBox, "go-to", now.GoTo, false); err != nil {
		return err
	}
	if now.Policy.DoorOpenLimit < 0 {
		return invalid(kindBox, "door-open-limit", "is negative", "use 0 for 60 seconds")
	}
	seen := map[uint8]bool{}
	for _, r := range now.Reasons {
		if r.Number < 1 || r.Number > 9 || seen[r.Number] {
			return invalid(kindBox, "reasons", "have a number that is not 1 to 9, or one twice", "number them 1 to 9, each once")
		}
		seen[r.Number] = true
		if err := checkName(kindBox, "reasons", r.Text, true); err != nil {
			return err
		}
	}
	return checkName(kindBox, "name", now.Name, true)
}

func slotKind() *kind[Slot] {
	return &kind[Slot]{
		name: kindSlot, set: Tx.Slots, head: slotHead, see: SeeKeys, manage: ManageBoxes, order: FieldNumber,
		check: func(ctx context.Context, c *change, old, now *Slot) error {
			if old != nil && old.Box != now.Box {
				return invalid(kindSlot, "box", "cannot change", "delete the slot and add one to the other box")
			}
			if now.Number == 0 {
				return invalid(kindSlot, "number", "is missing", "give the number that is printed on the door")
			}
			if err := refer(ctx, c, boxKind(), kindSlot, "box", uint64(now.Box), true); err != nil {
				return err
			}
			n, err := c.tx.Slots().Count(ctx, Eq(FieldBox, now.Box))
			if err == nil && old == nil && n >= smartbox.MaxSlots {
				return invalid(kindSlot, "box", fmt.Sprintf("has %d slots", n), "use another box")
			}
			return err
		},
		guard: func(ctx context.Context, c *change, old *Slot) error {
			err := unused(ctx, c.tx.Keys(), "keys have it as their own slot", "give them another one first", Eq(FieldHome, old.ID))
			if err != nil {
				return err
			}
			seats, err := c.tx.Log().Custody(ctx, CustodyFilter{Org: old.Org, Box: old.Box})
			for _, s := range seats {
				if s.Place == smartbox.InSlot && s.Slot == old.ID {
					return &RefusedError{Reason: RefusedInUse, Problem: "a key is in the slot", Mend: "take it out first, or retire the slot"}
				}
			}
			return err
		},
		after: func(ctx context.Context, c *change, old, now *Slot) error {
			if now == nil {
				now = old
			}
			return c.reframe(ctx, now.Box)
		},
	}
}
