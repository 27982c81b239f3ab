package smartbox

import (
	"slices"
	"sort"
	"time"
)

// MapView is the plain View: maps over a snapshot. It is slow to build and larger than storage/index, and
// obviously right: tests compare the fast one with it.
type MapView struct {
	s           *Snapshot
	key         BoxKey
	credentials map[Digest]Credential
	users       map[UserID]User
	keys        map[KeyID]Key
	keyIDs      []KeyID
	slots       map[SlotID]Slot
	byNumber    []Slot
	groups      map[GroupID]Group
	locations   map[LocationID]Location
	zones       map[LocationID]*time.Location
	schedules   map[ScheduleID]Schedule
	bookings    map[KeyID][]Booking
}

var _ View = (*MapView)(nil)

// NewMapView validates the snapshot and makes a view of it. The snapshot must not be changed afterwards.
func NewMapView(s *Snapshot, key *BoxKey, zones ZoneFunc) (*MapView, error) {
	if err := s.Validate(zones); err != nil {
		return nil, err
	}
	v := &MapView{
		s: s, key: *key,
		credentials: by(s.Credentials, func(c Credential) Digest { return c.Digest }),
		users:       by(s.Users, func(u User) UserID { return u.ID }),
		keys:        by(s.Keys, func(k Key) KeyID { return k.ID }),
		slots:       by(s.Slots, func(t Slot) SlotID { return t.ID }),
		byNumber:    slices.SortedFunc(slices.Values(s.Slots), func(a, b Slot) int { return int(a.Number) - int(b.Number) }),
		groups:      by(s.Groups, func(g Group) GroupID { return g.ID }),
		locations:   by(s.Locations, func(l Location) LocationID { return l.ID }),
		zones:       map[LocationID]*time.Location{},
		schedules:   by(s.Schedules, func(c Schedule) ScheduleID { return c.ID }),
		bookings:    map[KeyID][]Booking{},
	}
	for _, k := range s.Keys {
		v.keyIDs = append(v.keyIDs, k.ID)
	}
	for _, l := range s.Locations {
		zone, err := zones(l.Zone)
		if err != nil {
			return nil, err
		}
		v.zones[l.ID] = zone
	}
	for _, b := range s.Bookings {
		v.bookings[b.Key] = append(v.bookings[b.Key], b)
	}
	for _, list := range v.bookings {
		SortBookings(list)
	}
	return v, nil
}

// SortBookings puts bookings into the order of View.Bookings.
func SortBookings(list []Booking) {
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return a.From < b.From || (a.From == b.From && a.ID < b.ID)
	})
}

func by[K comparable, V any](list []V, id func(V) K) map[K]V {
	m := make(map[K]V, len(list))
	for _, v := range list {
		m[id(v)] = v
	}
	return m
}

// Revision is the snapshot's.
func (v *MapView) Revision() Revision { return v.s.Revision }

// IssuedAt is the snapshot's.
func (v *MapView) IssuedAt() Stamp { return v.s.IssuedAt }

// Box is the snapshot's.
func (v *MapView) Box() Box { return v.s.Box }

// Identify finds a credential by its canonical text.
func (v *MapView) Identify(canonical string) (Credential, bool) {
	c, ok := v.credentials[v.key.Digest(canonical)]
	return c, ok
}

// User finds a user.
func (v *MapView) User(id UserID) (User, bool) { u, ok := v.users[id]; return u, ok }

// Grants are the numbers of a user's grants.
func (v *MapView) Grants(id UserID) (from, to int) {
	from = sort.Search(len(v.s.Grants), func(i int) bool { return v.s.Grants[i].User >= id })
	to = from
	for to < len(v.s.Grants) && v.s.Grants[to].User == id {
		to++
	}
	return from, to
}

// Grant is the i-th grant.
func (v *MapView) Grant(i int) Grant { return v.s.Grants[i] }

// Key finds a key.
func (v *MapView) Key(id KeyID) (Key, bool) { k, ok := v.keys[id]; return k, ok }

// Keys are all keys, ascending.
func (v *MapView) Keys() []KeyID { return v.keyIDs }

// Slot finds a slot.
func (v *MapView) Slot(id SlotID) (Slot, bool) { s, ok := v.slots[id]; return s, ok }

// Slots are all slots, by number.
func (v *MapView) Slots() []Slot { return v.byNumber }

// Group finds a group.
func (v *MapView) Group(id GroupID) (Group, bool) { g, ok := v.groups[id]; return g, ok }

// Location finds a location.
func (v *MapView) Location(id LocationID) (Location, bool) { l, ok := v.locations[id]; return l, ok }

// Zone is the location's zone, UTC where it is not known.
func (v *MapView) Zone(id LocationID) *time.Location {
	if z, ok := v.zones[id]; ok {
		return z
	}
	return time.UTC
}

// Schedule finds a schedule.
func (v *MapView) Schedule(id ScheduleID) (Schedule, bool) { s, ok := v.schedules[id]; return s, ok }

// Bookings are a key's, by their begin.
func (v *MapView) Bookings(k KeyID) []Booking { return v.bookings[k] }

// Seats are the snapshot's custody.
func (v *MapView) Seats() []Custody { return v.s.Custody }
