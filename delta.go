package smartbox

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// ErrBase says that a delta builds on another revision; ask for a snapshot.
var ErrBase = errors.New("delta builds on another revision")

// Diff is the delta that turns old into s; both must be normalized. Custody is no part of it: it tells a new
// box where keys are, and is stale from then on.
func (s *Snapshot) Diff(old *Snapshot) Delta {
	d := Delta{Base: old.Revision, Revision: s.Revision, IssuedAt: s.IssuedAt}
	if !sameBox(old.Box, s.Box) {
		box := s.Box
		d.Put.Box = &box
	}
	d.Put.Slots, d.Drop.Slots = changed(old.Slots, s.Slots, slotID, equal[Slot])
	d.Put.Locations, d.Drop.Locations = changed(old.Locations, s.Locations, locationID, sameLocation)
	d.Put.Schedules, d.Drop.Schedules = changed(old.Schedules, s.Schedules, scheduleID, sameSchedule)
	d.Put.Groups, d.Drop.Groups = changed(old.Groups, s.Groups, groupID, equal[Group])
	d.Put.Keys, d.Drop.Keys = changed(old.Keys, s.Keys, keyID, sameKey)
	d.Put.Users, d.Drop.Users = changed(old.Users, s.Users, userID, equal[User])
	d.Put.Bookings, d.Drop.Bookings = changed(old.Bookings, s.Bookings, bookingID, equal[Booking])
	d.Put.Credentials, d.Drop.Credentials = changedCredentials(old.Credentials, s.Credentials)
	d.Put.Grants, d.Drop.Grants = changed(grantsByID(old.Grants), grantsByID(s.Grants), grantID, equal[Grant])
	return d
}

// With is the snapshot with the delta applied; s is not changed. It fails with ErrBase where d does not
// build on s. The result is normalized; the caller validates it.
func (s *Snapshot) With(d Delta) (*Snapshot, error) {
	if d.Base != s.Revision {
		return nil, fmt.Errorf("%w: it builds on %d.%d, the box has %d.%d", ErrBase,
			d.Base.Epoch, d.Base.Version, s.Revision.Epoch, s.Revision.Version)
	}
	n := *s
	n.Revision, n.IssuedAt = d.Revision, d.IssuedAt
	if d.Put.Box != nil {
		n.Box = *d.Put.Box
	}
	n.Slots = merged(s.Slots, d.Put.Slots, d.Drop.Slots, slotID)
	n.Locations = merged(s.Locations, d.Put.Locations, d.Drop.Locations, locationID)
	n.Schedules = merged(s.Schedules, d.Put.Schedules, d.Drop.Schedules, scheduleID)
	n.Groups = merged(s.Groups, d.Put.Groups, d.Drop.Groups, groupID)
	n.Keys = merged(s.Keys, d.Put.Keys, d.Drop.Keys, keyID)
	n.Users = merged(s.Users, d.Put.Users, d.Drop.Users, userID)
	n.Credentials = mergedCredentials(s.Credentials, d.Put.Credentials, d.Drop.Credentials)
	n.Grants = merged(grantsByID(s.Grants), d.Put.Grants, d.Drop.Grants, grantID)
	n.Bookings = merged(s.Bookings, d.Put.Bookings, d.Drop.Bookings, bookingID)
	n.cascade(d.Drop)
	slices.SortFunc(n.Grants, compareGrants)
	return &n, nil
}

// cascade takes along what hangs on dropped users and keys.
func (s *Snapshot) cascade(d Drops) {
	users, keys := set(d.Users), set(d.Keys)
	gone := func(u UserID, k KeyID) bool { return users[u] || keys[k] }
	s.Credentials = slices.DeleteFunc(s.Credentials, func(c Credential) bool { return gone(c.User, c.Key) })
	s.Bookings = slices.DeleteFunc(s.Bookings, func(b Booking) bool { return gone(b.User, b.Key) })
	s.Grants = slices.DeleteFunc(s.Grants, func(g Grant) bool {
		return users[g.User] || (g.Target.Kind == TargetKey && keys[KeyID(g.Target.Ref)])
	})
	s.Custody = slices.DeleteFunc(slices.Clone(s.Custody), func(c Custody) bool { return keys[c.Key] })
}

func set[T any](ids []ID[T]) map[ID[T]]bool {
	m := make(map[ID[T]]bool, len(ids))
	for _, id := range ids {
		m[id] = true
	}
	return m
}

func equal[T comparable](a, b T) bool { return a == b }

func sameBox(a, b Box) bool {
	if !slices.Equal(a.Reasons, b.Reasons) {
		return false
	}
	return a.ID == b.ID && a.Name == b.Name && a.Location == b.Location && a.Language == b.Language &&
		a.NeedPIN == b.NeedPIN && a.GoTo == b.GoTo && a.Policy == b.Policy
}

func sameLocation(a, b Location) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Zone == b.Zone && slices.Equal(a.Holidays, b.Holidays)
}

func sameSchedule(a, b Schedule) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Holidays == b.Holidays && slices.Equal(a.Windows, b.Windows)
}

func sameKey(a, b Key) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Location == b.Location && a.Home == b.Home &&
		a.Policy == b.Policy && a.Blocked == b.Blocked && slices.Equal(a.Groups, b.Groups)
}

// grantsByID reorders a copy: within a snapshot grants stand by user, so that a user's are together.
func grantsByID(list []Grant) []Grant {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Grant) int { return cmpID(a.ID, b.ID) })
	return list
}

func cmpID[T any](a, b ID[T]) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// text orders digests as strings, for arrays are not ordered.
func text(c Credential) string { return string(c.Digest[:]) }

func changedCredentials(old, now []Credential) (put []Credential, drop []Digest) {
	put, gone := changed(old, now, text, equal[Credential])
	for _, t := range gone {
		drop = append(drop, Digest([]byte(t)))
	}
	return put, drop
}

func mergedCredentials(list, put []Credential, drop []Digest) []Credential {
	gone := make([]string, len(drop))
	for i, d := range drop {
		gone[i] = string(d[:])
	}
	out := merged(list, put, gone, text)
	slices.SortFunc(out, func(a, b Credential) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
	return out
}
