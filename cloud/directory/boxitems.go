package directory

import (
	"cmp"
	"context"
	"slices"

	"smartbox"
	"smartbox/sync/wire"
)

// wanted collects the items that a box must have, until the first error.
type wanted struct {
	box   smartbox.BoxID
	items []BoxItem
	err   error
}

func put[T any](w *wanted, kind smartbox.ItemKind, item, owner string, entity T) {
	if w.err != nil {
		return
	}
	b, err := wire.Marshal(&entity)
	w.err = err
	w.items = append(w.items, BoxItem{Box: w.box, Kind: kind, Item: item, Owner: owner, Body: b})
}

// frameItems are the items of a box's frame, in the form that Snapshot.Normalize gives them.
func (c *change) frameItems(ctx context.Context, f *frame) ([]BoxItem, error) {
	w := wanted{box: f.box.ID}
	org, err := c.tx.Organizations().Get(ctx, uint64(f.box.Org))
	if err != nil {
		return nil, err
	}
	put(&w, smartbox.ItemBox, f.box.ID.String(), "", boxedBox(f.box, org))
	location, err := c.location(ctx, f.box.Location)
	if err != nil {
		return nil, err
	}
	put(&w, smartbox.ItemLocation, location.ID.String(), "", location)
	slots, err := c.tx.Slots().Find(ctx, Query{Where: []Cond{Eq(FieldBox, f.box.ID)}})
	if err != nil {
		return nil, err
	}
	for _, s := range slots {
		put(&w, smartbox.ItemSlot, s.ID.String(), "", smartbox.Slot{ID: s.ID, Number: s.Number, Retired: s.Retired})
	}
	var groups []smartbox.GroupID
	var keys []smartbox.KeyID
	for _, k := range f.keys {
		put(&w, smartbox.ItemKey, k.ID.String(), "", boxedKey(k, f.box.Location))
		groups, keys = append(groups, k.Groups...), append(keys, k.ID)
	}
	slices.Sort(groups)
	if err := c.groupItems(ctx, &w, slices.Compact(groups)); err != nil {
		return nil, err
	}
	fobs, err := c.tx.Credentials().Find(ctx, Query{Where: []Cond{In(FieldKey, keys)}})
	if err != nil {
		return nil, err
	}
	return w.items, cmp.Or(c.credentialItems(&w, f, fobs), w.err)
}

func (c *change) groupItems(ctx context.Context, w *wanted, ids []smartbox.GroupID) error {
	groups, err := c.tx.Groups().Find(ctx, Query{Where: []Cond{In(FieldID, ids)}})
	for _, g := range groups {
		put(w, smartbox.ItemGroup, g.ID.String(), "", smartbox.Group{
			ID: g.ID, Name: g.Name, NeedPIN: g.NeedPIN, People: g.People, MaxPerUser: g.MaxPerUser, MaxOut: g.MaxOut,
		})
	}
	return err
}

// credentialItems digests credentials under the box's key.
func (c *change) credentialItems(w *wanted, f *frame, list []Credential) error {
	for _, cr := range list {
		canonical, err := c.s.open(cr)
		if err != nil {
			return err
		}
		boxed := smartbox.Credential{
			Digest: f.key.Digest(canonical), Number: cr.Number, Kind: cr.Kind, User: cr.Member, Key: cr.Key,
			Active: cr.Active, Until: cr.Until,
		}
		owner := ownerMember(cr.Member)
		if cr.Key != 0 {
			owner = ownerKey(cr.Key)
		}
		put(w, smartbox.ItemCredential, digestItem(boxed.Digest), owner, boxed)
	}
	return w.err
}

// location is the place with its own holidays and those of everywhere; its own name for a day goes first.
func (c *change) location(ctx context.Context, id smartbox.LocationID) (smartbox.Location, error) {
	if l, ok := c.places[id]; ok {
		return l, nil
	}
	l, err := c.tx.Locations().Get(ctx, uint64(id))
	if err != nil {
		return smartbox.Location{}, err
	}
	out := smartbox.Location{ID: l.ID, Name: l.Name, Zone: l.Zone}
	days := map[smartbox.Date]bool{}
	for _, at := range []smartbox.LocationID{id, 0} {
		list, err := c.tx.Holidays().Find(ctx, Query{Where: []Cond{Eq(FieldOrg, l.Org), Eq(FieldLocation, at)}})
		if err != nil {
			return smartbox.Location{}, err
		}
		for _, h := range list {
			if !days[h.Date] {
				out.Holidays = append(out.Holidays, smartbox.Holiday{Date: h.Date, Name: h.Name})
			}
			days[h.Date] = true
		}
	}
	slices.SortFunc(out.Holidays, func(a, b smartbox.Holiday) int { return cmp.Compare(a.Date, b.Date) })
	c.places[id] = out
	return out, nil
}

func boxedBox(b Box, org Organization) smartbox.Box {
	reasons := slices.Clone(b.Reasons)
	slices.SortFunc(reasons, func(x, y smartbox.PickupReason) int { return cmp.Compare(x.Number, y.Number) })
	return smartbox.Box{
		ID: b.ID, Name: b.Name, Location: b.Location, Language: cmp.Or(b.Language, org.Settings.Language),
		NeedPIN: b.NeedPIN, GoTo: b.GoTo, Policy: b.Policy, Reasons: reasons,
	}
}

func boxedKey(k Key, at smartbox.LocationID) smartbox.Key {
	groups := slices.Clone(k.Groups)
	slices.Sort(groups)
	return smartbox.Key{ID: k.ID, Name: k.Name, Location: at, Home: k.Home, Groups: groups, Policy: k.Policy, Blocked: k.Blocked}
}

func boxedUser(m Member) smartbox.User {
	return smartbox.User{
		ID: m.ID, Name: m.Person.Name(), Role: m.Role, Status: m.Status, Switches: m.Switches.box(),
		MaxKeys: m.MaxKeys, Language: m.Person.Language, From: m.From, Until: m.Until,
	}
}
