// Package index is the fast smartbox.View: one immutable, pointer-free image of a revision, answered from memory
// without an allocation. The image is also the file that a cold start reads; see DESIGN.md.
package index

import (
	"time"

	"smartbox"
)

// Index is one revision, ready for decisions. It is immutable and safe for any number of goroutines.
type Index struct {
	people *people
	things *things
	over   *overlay // what deltas changed of the people; nil = nothing
	key    smartbox.BoxKey
	zones  smartbox.ZoneFunc
	flat   []byte // nil where things or people have changed since it was made
}

var _ smartbox.View = (*Index)(nil)

// Flat is the image of a packed index, for Load, and nil for one with changes: Packed first. It must not be written to.
func (x *Index) Flat() []byte { return x.flat }

// Revision of the snapshot.
func (x *Index) Revision() smartbox.Revision { return x.things.Revision }

// IssuedAt is when the cloud said that this is how things are.
func (x *Index) IssuedAt() smartbox.Stamp { return x.things.IssuedAt }

// Box is the cabinet.
func (x *Index) Box() smartbox.Box { return x.things.Box }

// Identify finds a credential by its canonical text. A text that is not known costs the same reads as one that is.
func (x *Index) Identify(canonical string) (smartbox.Credential, bool) {
	return x.Credential(x.key.Digest(canonical))
}

// Credential is Identify for a digest that is at hand.
func (x *Index) Credential(d smartbox.Digest) (smartbox.Credential, bool) {
	var c smartbox.Credential
	row, ok := x.people.findCredential(&d)
	if row >= 0 {
		c = x.people.credential(row)
	}
	if !ok {
		c = smartbox.Credential{}
	}
	if x.over == nil {
		return c, ok
	}
	return x.over.credential(&d, c, ok)
}

// User is the user with an id. The name shares the index's memory.
func (x *Index) User(id smartbox.UserID) (smartbox.User, bool) {
	if x.over != nil {
		if p, ok := x.over.people[id]; ok {
			return p.user, !p.gone
		}
	}
	row, ok := x.people.findUser(id)
	if !ok {
		return smartbox.User{}, false
	}
	return x.people.user(row, x.things.Languages), true
}

// Grants of a user are the numbers from..to-1 for Grant.
func (x *Index) Grants(id smartbox.UserID) (from, to int) {
	if x.over != nil {
		if p, ok := x.over.people[id]; ok {
			n := x.people.grants.rows
			return n + int(p.from), n + int(p.to)
		}
	}
	row, ok := x.people.findUser(id)
	if !ok {
		return 0, 0
	}
	return x.people.grantsOf(row)
}

// Grant is one of the grants that Grants counted.
func (x *Index) Grant(i int) smartbox.Grant {
	if n := x.people.grants.rows; i >= n {
		return x.over.grants[i-n]
	}
	return x.people.grant(i)
}

// Key is the key with an id.
func (x *Index) Key(id smartbox.KeyID) (smartbox.Key, bool) {
	return pick(x.things.keys, x.things.Keys, id)
}

// Keys are the ids of all keys, ascending.
func (x *Index) Keys() []smartbox.KeyID { return x.things.keyIDs }

// Slot is the slot with an id.
func (x *Index) Slot(id smartbox.SlotID) (smartbox.Slot, bool) {
	return pick(x.things.slots, x.things.Slots, id)
}

// Slots are all slots, ascending by number.
func (x *Index) Slots() []smartbox.Slot { return x.things.Slots }

// Group is the key group with an id.
func (x *Index) Group(id smartbox.GroupID) (smartbox.Group, bool) {
	return pick(x.things.groups, x.things.Groups, id)
}

// Location is the location with an id.
func (x *Index) Location(id smartbox.LocationID) (smartbox.Location, bool) {
	return pick(x.things.locations, x.things.Locations, id)
}

// Zone is the time zone of a location; UTC where the location is not known.
func (x *Index) Zone(id smartbox.LocationID) *time.Location {
	if i, ok := x.things.locations[id]; ok {
		return x.things.zones[i]
	}
	return time.UTC
}

// Schedule is the schedule with an id.
func (x *Index) Schedule(id smartbox.ScheduleID) (smartbox.Schedule, bool) {
	return pick(x.things.schedules, x.things.Schedules, id)
}

// Bookings of a key, ascending by From.
func (x *Index) Bookings(id smartbox.KeyID) []smartbox.Booking {
	r, ok := x.things.bookings[id]
	if !ok {
		return nil
	}
	return x.things.Bookings[r[0]:r[1]]
}

// Seats say where keys are of which the journal knows nothing.
func (x *Index) Seats() []smartbox.Custody { return x.things.Seats }
