package index

import (
	"cmp"
	"slices"
	"strings"

	"smartbox"
)

// Snapshot is what the index was built from, in a copy that shares nothing with it.
func (x *Index) Snapshot() *smartbox.Snapshot {
	t := x.things
	s := &smartbox.Snapshot{
		Revision: t.Revision, IssuedAt: t.IssuedAt, Box: t.Box,
		Slots: slices.Clone(t.Slots), Locations: slices.Clone(t.Locations), Schedules: slices.Clone(t.Schedules),
		Groups: slices.Clone(t.Groups), Keys: slices.Clone(t.Keys), Bookings: slices.Clone(t.Bookings),
		Custody: slices.Clone(t.Seats),
	}
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
	slices.SortFunc(s.Slots, func(a, b smartbox.Slot) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Bookings, func(a, b smartbox.Booking) int { return cmp.Compare(a.ID, b.ID) })
	x.people.appendTo(s, t.Languages)
	return s
}

// appendTo adds users, credentials and grants in a snapshot's order.
func (p *people) appendTo(s *smartbox.Snapshot, languages []string) {
	s.Users = make([]smartbox.User, 0, p.userCount())
	s.Grants = make([]smartbox.Grant, 0, p.grants.rows)
	s.Credentials = make([]smartbox.Credential, 0, p.credentials.rows)
	for row := range p.userCount() {
		u := p.user(row, languages)
		u.Name = strings.Clone(u.Name)
		s.Users = append(s.Users, u)
	}
	for row := range p.grants.rows {
		s.Grants = append(s.Grants, p.grant(row))
	}
	for row := range p.credentials.rows {
		s.Credentials = append(s.Credentials, p.credential(row))
	}
	slices.SortFunc(s.Users, func(a, b smartbox.User) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Grants, func(a, b smartbox.Grant) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.ID, b.ID))
	})
}
