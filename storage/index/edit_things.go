package index

import (
	"cmp"
	"slices"

	"smartbox"
)

// putThings applies the delta to all that does not grow with the people, by Snapshot.With and Validate themselves.
func (e *edit) putThings() {
	e.want(e.d.IssuedAt > 0)
	if !e.aboutThings() {
		t := *e.x.things // shares what it leads to
		t.Revision, t.IssuedAt = e.d.Revision, e.d.IssuedAt
		e.things = &t
		return
	}
	old := e.x.things.snapshot()
	d := *e.d
	d.Put.Users, d.Put.Credentials, d.Put.Grants = nil, nil, nil
	d.Drop.Credentials, d.Drop.Grants = nil, nil // users stay, for their bookings
	s, err := old.With(d)
	if err != nil {
		e.want(false)
		return
	}
	e.diff.Out, e.diff.In = *old, *s
	detach(s)
	bookings := s.Bookings
	s.Bookings = nil
	e.want(s.Validate(e.x.zones) == nil)
	s.Bookings = bookings
	e.things = thingsOf(s)
	e.things.Languages = e.x.things.Languages
	e.want(e.things.arrange(e.x.zones) == nil)
	e.checkBookings(bookings)
}

// aboutThings reports whether the delta changes more than people.
func (e *edit) aboutThings() bool {
	p, d := &e.d.Put, &e.d.Drop
	return p.Box != nil ||
		len(p.Slots)+len(p.Locations)+len(p.Schedules)+len(p.Groups)+len(p.Keys)+len(p.Bookings) > 0 ||
		len(d.Slots)+len(d.Locations)+len(d.Schedules)+len(d.Groups)+len(d.Keys)+len(d.Bookings) > 0 ||
		(len(d.Users) > 0 && len(e.x.things.Bookings) > 0)
}

// checkBookings follows Validate; the users are those after the delta.
func (e *edit) checkBookings(list []smartbox.Booking) {
	put := setOf(userIDs(e.d.Put.Users))
	for i := range list {
		b := &list[i]
		e.want(b.ID != 0 && b.ID.Valid() && (i == 0 || list[i-1].ID < b.ID) && b.From < b.Until && e.hasKey(b.Key))
		if _, ok := e.x.User(b.User); !ok || e.dropUsers.has(b.User) {
			e.want(put.has(b.User))
		}
	}
}

func userIDs(list []smartbox.User) []smartbox.UserID {
	ids := make([]smartbox.UserID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}

// snapshot is a snapshot without people, in its order; it shares what the things lead to.
func (t *things) snapshot() *smartbox.Snapshot {
	s := &smartbox.Snapshot{
		Revision: t.Revision, IssuedAt: t.IssuedAt, Box: t.Box, Locations: t.Locations, Schedules: t.Schedules,
		Groups: t.Groups, Keys: t.Keys, Custody: t.Seats,
		Slots: slices.Clone(t.Slots), Bookings: slices.Clone(t.Bookings),
	}
	slices.SortFunc(s.Slots, func(a, b smartbox.Slot) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Bookings, func(a, b smartbox.Booking) int { return cmp.Compare(a.ID, b.ID) })
	return s
}

// detach copies what a delta's things lead to, so that nobody else can change it.
func detach(s *smartbox.Snapshot) {
	s.Box.Reasons = slices.Clone(s.Box.Reasons)
	for i := range s.Keys {
		s.Keys[i].Groups = slices.Clone(s.Keys[i].Groups)
	}
	for i := range s.Locations {
		s.Locations[i].Holidays = slices.Clone(s.Locations[i].Holidays)
	}
	for i := range s.Schedules {
		s.Schedules[i].Windows = slices.Clone(s.Schedules[i].Windows)
	}
}
