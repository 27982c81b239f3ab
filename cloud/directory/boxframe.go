package directory

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"

	"smartbox"
	"smartbox/sync/wire"
)

// frame is a box without its people: what stands in it, and which targets of grants cover something in it.
type frame struct {
	box     Box
	key     smartbox.BoxKey
	keys    []Key
	targets []smartbox.Target
	isNew   bool // nobody was on the box before
}

// targetsOf are the targets that cover a key of a box: all keys, those of its location, of its groups, and each key.
// A box without keys is already covered by the first two, so that its first key is no change for thousands of people.
func targetsOf(location smartbox.LocationID, keys []smartbox.Key) []smartbox.Target {
	list := []smartbox.Target{smartbox.OnAll(), smartbox.OnLocation(location)}
	for i := range keys {
		list = append(list, smartbox.OnKey(keys[i].ID))
		for _, g := range keys[i].Groups {
			list = append(list, smartbox.OnGroup(g))
		}
	}
	slices.SortFunc(list, compareTargets)
	return slices.Compact(list)
}

func compareTargets(a, b smartbox.Target) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Ref, b.Ref))
}

// frame loads what stands in a box; it changes nothing.
func (c *change) frame(ctx context.Context, id smartbox.BoxID) (*frame, error) {
	if f, ok := c.frames[id]; ok {
		return f, nil
	}
	box, err := c.tx.Boxes().Get(ctx, uint64(id))
	if err != nil {
		return nil, err
	}
	f := &frame{box: box}
	if f.key, err = c.boxKey(ctx, id); err != nil {
		return nil, err
	}
	if f.keys, err = c.tx.Keys().Find(ctx, Query{Where: []Cond{Eq(FieldBox, id)}}); err != nil {
		return nil, err
	}
	plain := make([]smartbox.Key, len(f.keys))
	for i := range f.keys {
		plain[i] = boxedKey(f.keys[i], box.Location)
	}
	f.targets = targetsOf(box.Location, plain)
	c.frames[id] = f
	return f, nil
}

func (c *change) boxKey(ctx context.Context, id smartbox.BoxID) (key smartbox.BoxKey, err error) {
	st, err := c.tx.State().Get(ctx, id)
	if err != nil {
		return key, err
	}
	return c.s.openBoxKey(st)
}

// frameKinds are the items that are the box's own.
func frameKinds() []smartbox.ItemKind {
	return []smartbox.ItemKind{smartbox.ItemBox, smartbox.ItemSlot, smartbox.ItemLocation, smartbox.ItemGroup, smartbox.ItemKey}
}

// reframe writes what stands in the box anew, and, where other targets cover it now, the people whose grants say so.
func (c *change) reframe(ctx context.Context, id smartbox.BoxID) error {
	delete(c.frames, id)
	f, err := c.frame(ctx, id)
	if err != nil {
		return err
	}
	want, err := c.frameItems(ctx, f)
	if err != nil {
		return err
	}
	have, err := c.tx.State().Items(ctx, id, ItemFilter{Kinds: frameKinds(), Live: true})
	if err != nil {
		return err
	}
	before, owners, err := coveredBefore(have, f)
	if err != nil {
		return err
	}
	fobs, err := c.tx.State().Items(ctx, id, ItemFilter{Owners: owners, Live: true})
	if err != nil {
		return err
	}
	if err := c.settle(ctx, id, want, append(have, fobs...)); err != nil {
		return err
	}
	if len(have) == 0 {
		f.isNew = true
		return c.people(ctx, id, nil)
	}
	return c.covered(ctx, f, before)
}

// coveredBefore reads from a box's items which targets covered it, and whose fobs may stand among its credentials.
func coveredBefore(have []BoxItem, f *frame) (targets []smartbox.Target, owners []string, err error) {
	var keys []smartbox.Key
	var location smartbox.LocationID
	for i := range have {
		switch have[i].Kind { //nolint:exhaustive // the rest covers nothing
		case smartbox.ItemKey:
			var k smartbox.Key
			if err := wire.Unmarshal(have[i].Body, &k); err != nil {
				return nil, nil, err
			}
			keys = append(keys, k)
			owners = append(owners, ownerKey(k.ID))
		case smartbox.ItemBox:
			var b smartbox.Box
			if err := wire.Unmarshal(have[i].Body, &b); err != nil {
				return nil, nil, err
			}
			location = b.Location
		}
	}
	for _, k := range f.keys {
		owners = append(owners, ownerKey(k.ID))
	}
	slices.Sort(owners)
	owners = slices.Compact(owners)
	if owners == nil {
		owners = []string{}
	}
	return targetsOf(location, keys), owners, nil
}

// covered projects the people with grants on targets that cover the box now and did not before, or the other way round.
func (c *change) covered(ctx context.Context, f *frame, before []smartbox.Target) error {
	var changed []smartbox.Target
	for _, t := range f.targets {
		if _, ok := slices.BinarySearchFunc(before, t, compareTargets); !ok {
			changed = append(changed, t)
		}
	}
	for _, t := range before {
		if _, ok := slices.BinarySearchFunc(f.targets, t, compareTargets); !ok {
			changed = append(changed, t)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	members := map[smartbox.UserID]bool{}
	var keys []smartbox.KeyID
	for part := range slices.Chunk(changed, many) {
		grants, err := c.tx.Grants().Find(ctx, Query{Where: []Cond{Eq(FieldOrg, c.actor.Org), In(FieldTarget, part)}})
		if err != nil {
			return err
		}
		for i := range grants {
			members[grants[i].Member] = true
		}
	}
	for _, t := range changed {
		if t.Kind == smartbox.TargetKey {
			keys = append(keys, smartbox.KeyID(t.Ref))
		}
	}
	bookings, err := byID(ctx, c.tx.Bookings(), FieldKey, keys) // bookings go with their keys
	if err != nil {
		return err
	}
	for i := range bookings {
		members[bookings[i].Member] = true
	}
	if len(members) == 0 {
		return nil
	}
	return c.people(ctx, f.box.ID, sorted(members))
}

func ownerKey(id smartbox.KeyID) string { return "k:" + id.String() }

func ownerMember(id smartbox.UserID) string { return "m:" + id.String() }

func digestItem(d smartbox.Digest) string { return hex.EncodeToString(d[:]) }
