package directory

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"smartbox"
	"smartbox/sync/wire"
)

// many is how many ids one condition may list.
const many = 500

// gone reports whether boxes no longer know a member of this status.
func gone(s smartbox.Status) bool { return s >= smartbox.StatusArchived }

// people writes anew what a box must have of the members; nil = of all that belong there. A member belongs on a box if
// a grant of hers covers a key in it, or if her role lets her serve boxes.
func (c *change) people(ctx context.Context, id smartbox.BoxID, members []smartbox.UserID) error {
	f, err := c.frame(ctx, id)
	if err != nil {
		return err
	}
	if len(members) > many {
		for part := range slices.Chunk(members, many) {
			if err := c.people(ctx, id, part); err != nil {
				return err
			}
		}
		return nil
	}
	w := wanted{box: id}
	schedules, err := c.peopleItems(ctx, &w, f, members)
	if err != nil {
		return err
	}
	have, err := c.tx.State().Items(ctx, id, peopleFilter(members))
	if err != nil {
		return err
	}
	have = slices.DeleteFunc(have, func(it BoxItem) bool { return len(it.Owner) < 2 || it.Owner[:2] != "m:" })
	if err := c.schedules(ctx, f, schedules, have); err != nil {
		return err
	}
	return c.settle(ctx, id, w.items, have)
}

func peopleFilter(members []smartbox.UserID) ItemFilter {
	if members == nil {
		return ItemFilter{
			Kinds: []smartbox.ItemKind{smartbox.ItemUser, smartbox.ItemCredential, smartbox.ItemGrant, smartbox.ItemBooking},
			Live:  true,
		}
	}
	owners := make([]string, len(members))
	for i, m := range members {
		owners[i] = ownerMember(m)
	}
	return ItemFilter{Owners: owners, Live: true}
}

// peopleItems are the items of members, and the schedules that their grants refer to.
func (c *change) peopleItems(ctx context.Context, w *wanted, f *frame, members []smartbox.UserID) (schedules map[smartbox.ScheduleID]bool, err error) {
	org := Eq(FieldOrg, c.actor.Org)
	grants, err := c.tx.Grants().Find(ctx, Query{Where: narrow(FieldMember, members, org, In(FieldTarget, f.targets))})
	if err != nil {
		return nil, err
	}
	admins, err := c.tx.Members().Find(ctx, Query{Where: narrow(FieldID, members, org, Eq(FieldRole, smartbox.RoleAdministrator))})
	if err != nil {
		return nil, err
	}
	on := make(map[smartbox.UserID]bool, len(grants))
	for i := range grants {
		on[grants[i].Member] = true
	}
	people, err := byID(ctx, c.tx.Members(), FieldID, sorted(on))
	if err != nil {
		return nil, err
	}
	clear(on)
	for _, m := range append(people, admins...) {
		if on[m.ID] || gone(m.Status) {
			continue
		}
		on[m.ID] = true
		put(w, smartbox.ItemUser, m.ID.String(), ownerMember(m.ID), boxedUser(m))
	}
	schedules = map[smartbox.ScheduleID]bool{}
	for _, g := range grants {
		if !on[g.Member] {
			continue
		}
		if g.Schedule != 0 {
			schedules[g.Schedule] = true
		}
		put(w, smartbox.ItemGrant, g.ID.String(), ownerMember(g.Member), smartbox.Grant{
			ID: g.ID, User: g.Member, Target: g.Target, Role: g.Role, Schedule: g.Schedule, From: g.From, Until: g.Until,
		})
	}
	credentials, err := byID(ctx, c.tx.Credentials(), FieldMember, sorted(on))
	if err != nil {
		return nil, err
	}
	if err := c.credentialItems(w, f, credentials); err != nil {
		return nil, err
	}
	return schedules, c.bookingItems(ctx, w, f, members, on)
}

func (c *change) bookingItems(ctx context.Context, w *wanted, f *frame, members []smartbox.UserID, on map[smartbox.UserID]bool) error {
	keys := make([]smartbox.KeyID, len(f.keys))
	for i := range f.keys {
		keys[i] = f.keys[i].ID
	}
	bookings, err := c.tx.Bookings().Find(ctx, Query{Where: narrow(FieldMember, members, In(FieldKey, keys))})
	for _, b := range bookings {
		if on[b.Member] {
			put(w, smartbox.ItemBooking, b.ID.String(), ownerMember(b.Member), smartbox.Booking{
				ID: b.ID, User: b.Member, Key: b.Key, From: b.From, Until: b.Until,
			})
		}
	}
	return cmp.Or(err, w.err)
}

func narrow(f Field, members []smartbox.UserID, conds ...Cond) []Cond {
	if members == nil {
		return conds
	}
	return append(conds, In(f, members))
}

func sorted[T cmp.Ordered](set map[T]bool) []T {
	list := make([]T, 0, len(set))
	for v := range set {
		list = append(list, v)
	}
	slices.Sort(list)
	return list
}

// byID finds things by many ids.
func byID[T any, I ~uint64](ctx context.Context, set Set[T], f Field, ids []I) ([]T, error) {
	var all []T
	for part := range slices.Chunk(ids, many) {
		some, err := set.Find(ctx, Query{Where: []Cond{In(f, part)}})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// schedules adds to a box those that grants begin to refer to, and takes away those that none refers to any more.
func (c *change) schedules(ctx context.Context, f *frame, used map[smartbox.ScheduleID]bool, have []BoxItem) error {
	left := map[smartbox.ScheduleID]bool{}
	for i := range have {
		if have[i].Kind != smartbox.ItemGrant {
			continue
		}
		var g smartbox.Grant
		if err := wire.Unmarshal(have[i].Body, &g); err != nil {
			return err
		}
		if g.Schedule != 0 && !used[g.Schedule] {
			left[g.Schedule] = true
		}
	}
	if len(used)+len(left) == 0 {
		return nil
	}
	for id := range left {
		n, err := c.tx.Grants().Count(ctx, Eq(FieldOrg, c.actor.Org), Eq(FieldSchedule, id), In(FieldTarget, f.targets))
		if err != nil {
			return err
		}
		if n > 0 {
			used[id] = true
		}
	}
	standing, err := c.tx.State().Items(ctx, f.box.ID, ItemFilter{Kinds: []smartbox.ItemKind{smartbox.ItemSchedule}, Live: true})
	if err != nil {
		return err
	}
	// Of what stands there, only what these people brought is looked at.
	standing = slices.DeleteFunc(standing, func(it BoxItem) bool {
		id, err := smartbox.ParseID[smartbox.Schedule](it.Item)
		return err == nil && !used[id] && !left[id]
	})
	w := wanted{box: f.box.ID}
	list, err := byID(ctx, c.tx.Schedules(), FieldID, sorted(used))
	if err != nil {
		return err
	}
	for _, s := range list {
		put(&w, smartbox.ItemSchedule, s.ID.String(), "", boxedSchedule(s))
	}
	return cmp.Or(w.err, c.settle(ctx, f.box.ID, w.items, standing))
}

func boxedSchedule(s Schedule) smartbox.Schedule {
	return smartbox.Schedule{ID: s.ID, Name: s.Name, Windows: s.Windows, Holidays: s.Holidays}
}

// itemKey names an item within a box.
type itemKey struct {
	kind smartbox.ItemKind
	item string
}

// settle compares what a box must have with what stands there, within one scope, and writes the differences under the
// version of this change.
func (c *change) settle(ctx context.Context, box smartbox.BoxID, want, have []BoxItem) error {
	standing := make(map[itemKey]BoxItem, len(have))
	for _, it := range have {
		standing[itemKey{it.Kind, it.Item}] = it
	}
	wanting := make(map[itemKey]bool, len(want))
	var writes []BoxItem
	for _, it := range want {
		wanting[itemKey{it.Kind, it.Item}] = true
		was, ok := standing[itemKey{it.Kind, it.Item}]
		if !ok || was.Owner != it.Owner || !bytes.Equal(was.Body, it.Body) {
			writes = append(writes, it)
		}
	}
	for _, it := range have {
		if !wanting[itemKey{it.Kind, it.Item}] {
			writes = append(writes, BoxItem{Box: box, Kind: it.Kind, Item: it.Item, Owner: it.Owner})
		}
	}
	if len(writes) == 0 {
		return nil
	}
	st, err := c.version(ctx, box)
	if err != nil {
		return err
	}
	var known []Erasure
	for i := range writes {
		it := &writes[i]
		it.Version = st.Version
		was, replaces := standing[itemKey{it.Kind, it.Item}]
		if replaces {
			st.Digest.Remove(was.Kind, was.Body)
		}
		if it.Body != nil {
			st.Digest.Add(it.Kind, it.Body)
		}
		switch {
		case it.Kind == smartbox.ItemCredential && it.Body != nil:
			c.codes[box] = true
		case it.Kind == smartbox.ItemUser && it.Body == nil:
			it.Erase = c.erasing[it.Item]
		case it.Kind == smartbox.ItemUser && !replaces:
			id, err := smartbox.ParseID[smartbox.User](it.Item)
			if err != nil {
				return err
			}
			known = append(known, Erasure{Box: box, Member: id, Known: c.now})
		}
	}
	if err := c.tx.State().Know(ctx, known); err != nil {
		return err
	}
	return c.tx.State().PutItems(ctx, writes)
}

// version counts the box's version up, once for a change, however much of the box it touches.
func (c *change) version(ctx context.Context, box smartbox.BoxID) (*BoxState, error) {
	if st := c.sums[box]; st != nil {
		return st, nil
	}
	st, err := c.tx.State().Next(ctx, box)
	if err != nil {
		return nil, err
	}
	c.sums[box], c.tell[box] = &st, true
	return &st, nil
}

// recall asks boxes that knew a member once, and have her no more, to confirm that they forgot her.
func (c *change) recall(ctx context.Context, id smartbox.UserID) error {
	known, err := c.tx.State().Erasures(ctx, id, 0)
	if err != nil {
		return err
	}
	now, err := c.tx.State().Holding(ctx, smartbox.ItemUser, id.String())
	if err != nil {
		return err
	}
	for _, e := range known {
		if e.Receipt != 0 || slices.Contains(now, e.Box) {
			continue
		}
		st, err := c.version(ctx, e.Box)
		if errors.Is(err, ErrNotFound) {
			continue // the box is no more; its owner has it in hand
		}
		if err != nil {
			return err
		}
		err = c.tx.State().PutItems(ctx, []BoxItem{{
			Box: e.Box, Kind: smartbox.ItemUser, Item: id.String(), Owner: ownerMember(id), Version: st.Version, Erase: true,
		}})
		if err != nil {
			return err
		}
	}
	return nil
}
