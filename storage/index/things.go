package index

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"smartbox"
)

// things are the parts of a snapshot that do not grow with the people: dozens, ordinary structs.
type things struct {
	Revision  smartbox.Revision   `cbor:"1,keyasint,omitempty"`
	IssuedAt  smartbox.Stamp      `cbor:"2,keyasint,omitempty"`
	Box       smartbox.Box        `cbor:"3,keyasint,omitempty"`
	Slots     []smartbox.Slot     `cbor:"4,keyasint,omitempty"` // ascending by Number
	Locations []smartbox.Location `cbor:"5,keyasint,omitempty"`
	Schedules []smartbox.Schedule `cbor:"6,keyasint,omitempty"`
	Groups    []smartbox.Group    `cbor:"7,keyasint,omitempty"`
	Keys      []smartbox.Key      `cbor:"8,keyasint,omitempty"`
	Bookings  []smartbox.Booking  `cbor:"9,keyasint,omitempty"` // ascending by (Key, From, ID)
	Seats     []smartbox.Custody  `cbor:"10,keyasint,omitempty"`
	Languages []string            `cbor:"11,keyasint,omitempty"` // of users; a user's class holds the place in here

	keyIDs    []smartbox.KeyID
	zones     []*time.Location // of Locations, one each
	keys      places[smartbox.KeyID]
	slots     places[smartbox.SlotID]
	groups    places[smartbox.GroupID]
	locations places[smartbox.LocationID]
	schedules places[smartbox.ScheduleID]
	bookings  map[smartbox.KeyID][2]int32 // from, to-1 in Bookings
}

// places says where in its list the thing with an id stands.
type places[I ~uint64] map[I]int32

func place[I ~uint64, T any](list []T, id func(*T) I) places[I] {
	p := make(places[I], len(list))
	for i := range list {
		p[id(&list[i])] = int32(i)
	}
	return p
}

// pick is the thing with an id.
func pick[I ~uint64, T any](p places[I], list []T, id I) (t T, ok bool) {
	i, ok := p[id]
	if !ok {
		return t, false
	}
	return list[i], true
}

// thingsOf takes the things out of a snapshot. It shares the snapshot's lists.
func thingsOf(s *smartbox.Snapshot) *things {
	t := &things{
		Revision: s.Revision, IssuedAt: s.IssuedAt, Box: s.Box, Locations: s.Locations, Schedules: s.Schedules,
		Groups: s.Groups, Keys: s.Keys, Seats: s.Custody,
		Slots: slices.Clone(s.Slots), Bookings: slices.Clone(s.Bookings),
	}
	slices.SortFunc(t.Slots, func(a, b smartbox.Slot) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(t.Bookings, func(a, b smartbox.Booking) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID))
	})
	return t
}

// encode writes the things. Names that are no UTF-8 pass unchanged: an index stores, it does not judge.
func (t *things) encode() ([]byte, error) {
	b, err := cbor.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("index: encoding the things of revision %d/%d: %w", t.Revision.Epoch, t.Revision.Version, err)
	}
	return b, nil
}

// decodeThings reads what encode wrote and makes it ready for look-ups.
func decodeThings(b []byte, zones smartbox.ZoneFunc) (*things, error) {
	mode, err := cbor.DecOptions{
		MaxArrayElements: maxRows, DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden,
		TagsMd: cbor.TagsForbidden, UTF8: cbor.UTF8DecodeInvalid,
	}.DecMode()
	if err != nil {
		return nil, fmt.Errorf("index: setting up the decoder: %w", err)
	}
	t := &things{}
	if err := mode.Unmarshal(b, t); err != nil {
		return nil, damaged("its things do not decode: %v", err)
	}
	return t, t.arrange(zones)
}

// arrange builds the look-ups.
func (t *things) arrange(zones smartbox.ZoneFunc) error {
	t.keyIDs = make([]smartbox.KeyID, len(t.Keys))
	for i := range t.Keys {
		t.keyIDs[i] = t.Keys[i].ID
	}
	t.zones = make([]*time.Location, len(t.Locations))
	for i := range t.Locations {
		zone, err := zones(t.Locations[i].Zone)
		if err != nil {
			return fmt.Errorf("index: location %s: time zone %q: %w: install the zone data, or mend the location",
				t.Locations[i].ID, t.Locations[i].Zone, err)
		}
		t.zones[i] = zone
	}
	t.keys = place(t.Keys, func(k *smartbox.Key) smartbox.KeyID { return k.ID })
	t.slots = place(t.Slots, func(s *smartbox.Slot) smartbox.SlotID { return s.ID })
	t.groups = place(t.Groups, func(g *smartbox.Group) smartbox.GroupID { return g.ID })
	t.locations = place(t.Locations, func(l *smartbox.Location) smartbox.LocationID { return l.ID })
	t.schedules = place(t.Schedules, func(s *smartbox.Schedule) smartbox.ScheduleID { return s.ID })
	t.bookings = make(map[smartbox.KeyID][2]int32)
	for from := 0; from < len(t.Bookings); {
		to := from + 1
		for to < len(t.Bookings) && t.Bookings[to].Key == t.Bookings[from].Key {
			to++
		}
		t.bookings[t.Bookings[from].Key] = [2]int32{int32(from), int32(to)}
		from = to
	}
	return nil
}
