package smartbox

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// ZoneFunc loads a time zone by its IANA name; time.LoadLocation is one.
type ZoneFunc func(name string) (*time.Location, error)

// ErrSnapshot is wrapped by what Validate returns.
var ErrSnapshot = errors.New("snapshot contradicts itself")

// Bounds of what a snapshot may hold.
const (
	MaxName   = 64  // bytes of a name
	MaxGoTo   = 20  // characters of Box.GoTo
	MaxSlots  = 256 // slots of a box
	MaxPeople = 3   // people that one pickup can demand
)

// maxReported errors are listed one by one; a broken maker should not fill a log.
const maxReported = 20

// Normalize sorts the lists into the order that Validate wants. It removes nothing.
func (s *Snapshot) Normalize() {
	slices.SortFunc(s.Slots, func(a, b Slot) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Locations, func(a, b Location) int { return cmp.Compare(a.ID, b.ID) })
	for i := range s.Locations {
		slices.SortFunc(s.Locations[i].Holidays, func(a, b Holiday) int { return cmp.Compare(a.Date, b.Date) })
	}
	slices.SortFunc(s.Schedules, func(a, b Schedule) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Groups, func(a, b Group) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Keys, func(a, b Key) int { return cmp.Compare(a.ID, b.ID) })
	for i := range s.Keys {
		slices.Sort(s.Keys[i].Groups)
	}
	slices.SortFunc(s.Users, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Credentials, func(a, b Credential) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
	slices.SortFunc(s.Grants, compareGrants)
	slices.SortFunc(s.Bookings, func(a, b Booking) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Custody, func(a, b Custody) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(s.Box.Reasons, func(a, b PickupReason) int { return cmp.Compare(a.Number, b.Number) })
}

func compareGrants(a, b Grant) int {
	return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.ID, b.ID))
}

// Validate checks that the snapshot is whole: every id set, unique and pointing at something that is there,
// every list in its order, every zone known, every number within its bounds. The error wraps ErrSnapshot
// and lists what is wrong, one line each.
func (s *Snapshot) Validate(zones ZoneFunc) error {
	c := check{s: s}
	c.box()
	c.places(zones)
	c.schedules()
	c.keys()
	c.people()
	c.grants()
	c.custody()
	if len(c.wrong) == 0 {
		return nil
	}
	if n := len(c.wrong); n > maxReported {
		c.wrong = append(c.wrong[:maxReported], fmt.Errorf("and %d more", n-maxReported))
	}
	return fmt.Errorf("%w: %w", ErrSnapshot, errors.Join(c.wrong...))
}

// check collects what is wrong with a snapshot.
type check struct {
	s     *Snapshot
	wrong []error
}

func (c *check) want(ok bool, format string, args ...any) {
	if !ok {
		c.fail(format, args...)
	}
}

func (c *check) fail(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Errorf(format, args...))
}

func (c *check) name(kind string, id fmt.Stringer, name string) {
	if len(name) > MaxName || !utf8.ValidString(name) {
		c.fail("%s %s: name is longer than %d bytes or no UTF-8; shorten it", kind, id, MaxName)
	}
}

func (c *check) box() {
	b := &c.s.Box
	c.want(b.ID != 0 && b.ID.Valid(), "box has no id; give it one")
	c.want(c.s.IssuedAt > 0, "box %s: the snapshot does not say when it was issued", b.ID)
	c.want(has(c.s.Locations, b.Location, locationID), "box %s: location %q is not in the snapshot", b.ID, b.Location)
	c.want(utf8.RuneCountInString(b.GoTo) <= MaxGoTo, "box %s: go-to text is longer than %d characters", b.ID, MaxGoTo)
	c.want(b.Policy.DoorOpenLimit >= 0, "box %s: door open limit is negative", b.ID)
	c.name("box", b.ID, b.Name)
	for i, r := range b.Reasons {
		c.want(r.Number >= 1 && r.Number <= 9, "box %s: reason %d: number it 1 to 9", b.ID, r.Number)
		c.want(i == 0 || b.Reasons[i-1].Number < r.Number, "box %s: reason %d stands twice or out of order", b.ID, r.Number)
		c.name("reason of box", b.ID, r.Text)
	}
}

func (c *check) places(zones ZoneFunc) {
	ascending(c, "slot", c.s.Slots, slotID)
	c.want(len(c.s.Slots) <= MaxSlots, "%d slots; a box has at most %d", len(c.s.Slots), MaxSlots)
	numbers := map[uint16]SlotID{}
	for _, s := range c.s.Slots {
		other, taken := numbers[s.Number]
		c.want(s.Number > 0 && !taken, "slot %s: number %d is 0 or that of slot %q too", s.ID, s.Number, other)
		numbers[s.Number] = s.ID
	}
	ascending(c, "location", c.s.Locations, locationID)
	for _, l := range c.s.Locations {
		_, err := zones(l.Zone)
		c.want(err == nil && l.Zone != "", "location %s: zone %q is not known; use an IANA name such as Europe/Berlin", l.ID, l.Zone)
		for i, h := range l.Holidays {
			c.want(h.Date.Valid(), "location %s: holiday %s is no date", l.ID, h.Date)
			c.want(i == 0 || l.Holidays[i-1].Date < h.Date, "location %s: holiday %s stands twice or out of order", l.ID, h.Date)
		}
		c.name("location", l.ID, l.Name)
	}
}

func (c *check) schedules() {
	ascending(c, "schedule", c.s.Schedules, scheduleID)
	for _, s := range c.s.Schedules {
		c.want(s.Holidays <= HolidaysOnly, "schedule %s: %s", s.ID, s.Holidays)
		c.name("schedule", s.ID, s.Name)
		for _, w := range s.Windows {
			c.want(w.Days != 0 && w.Days < 1<<7, "schedule %s: a window has no weekday", s.ID)
			c.want(w.From < 1440 && w.To <= 1440, "schedule %s: a window's minutes are past midnight; use 0 to 1440", s.ID)
		}
	}
}

func (c *check) keys() {
	ascending(c, "group", c.s.Groups, groupID)
	for _, g := range c.s.Groups {
		c.want(g.People <= MaxPeople, "group %s: demands %d people; at most %d", g.ID, g.People, MaxPeople)
		c.name("group", g.ID, g.Name)
	}
	ascending(c, "key", c.s.Keys, keyID)
	homes := map[SlotID]KeyID{}
	for _, k := range c.s.Keys {
		c.want(k.Location == 0 || has(c.s.Locations, k.Location, locationID), "key %s: location %q is not in the snapshot", k.ID, k.Location)
		c.want(k.Policy.People <= MaxPeople, "key %s: demands %d people; at most %d", k.ID, k.Policy.People, MaxPeople)
		c.want(k.Policy.AskPickup <= AskNote && k.Policy.AskDropoff <= AskNote, "key %s: asks for something unknown", k.ID)
		c.want(k.Policy.Staleness >= 0 && k.Policy.DueAfter >= 0, "key %s: a time span is negative", k.ID)
		c.name("key", k.ID, k.Name)
		for i, g := range k.Groups {
			c.want(has(c.s.Groups, g, groupID), "key %s: group %q is not in the snapshot", k.ID, g)
			c.want(i == 0 || k.Groups[i-1] < g, "key %s: group %q stands twice or out of order", k.ID, g)
		}
		if k.Home == 0 {
			continue
		}
		other, taken := homes[k.Home]
		c.want(!taken, "key %s: slot %s is the home of key %s too", k.ID, k.Home, other)
		homes[k.Home] = k.ID
		c.want(has(c.s.Slots, k.Home, slotID), "key %s: home slot %q is not in the snapshot", k.ID, k.Home)
	}
}

func (c *check) people() {
	ascending(c, "user", c.s.Users, userID)
	for i := range c.s.Users { // people are many: nothing is boxed unless it is wrong
		u := &c.s.Users[i]
		if u.Role > RoleAdministrator {
			c.fail("user %s: %s", u.ID, u.Role)
		}
		if u.Status > StatusExpunged {
			c.fail("user %s: %s", u.ID, u.Status)
		}
		c.name("user", u.ID, u.Name)
	}
	numbers := make(map[uint32]struct{}, len(c.s.Credentials))
	for i := range c.s.Credentials {
		d := &c.s.Credentials[i]
		if i > 0 && bytes.Compare(c.s.Credentials[i-1].Digest[:], d.Digest[:]) >= 0 {
			c.fail("credential %d: two people or keys have the same code or badge, or the list is out of order", d.Number)
		}
		if _, twice := numbers[d.Number]; twice || d.Number == 0 {
			c.fail("credential %d: its number is 0 or stands twice", d.Number)
		}
		numbers[d.Number] = struct{}{}
		c.credential(d)
	}
}

func (c *check) credential(d *Credential) {
	switch d.Kind {
	case AccessCode, UserBadge, BackupCode:
		if d.Key != 0 || !has(c.s.Users, d.User, userID) {
			c.fail("credential %d: user %q is not in the snapshot", d.Number, d.User)
		}
	case KeyFob:
		if d.User != 0 || !has(c.s.Keys, d.Key, keyID) {
			c.fail("credential %d: key %q is not in the snapshot", d.Number, d.Key)
		}
	default:
		c.fail("credential %d: %s", d.Number, d.Kind)
	}
}

func (c *check) grants() {
	ids := make(map[GrantID]struct{}, len(c.s.Grants))
	for i := range c.s.Grants {
		g := &c.s.Grants[i]
		if i > 0 && compareGrants(c.s.Grants[i-1], *g) >= 0 {
			c.fail("grant %s: stands twice or out of order", g.ID)
		}
		if _, twice := ids[g.ID]; twice || g.ID == 0 || !g.ID.Valid() {
			c.fail("grant %q: no id, or one that stands twice", g.ID)
		}
		ids[g.ID] = struct{}{}
		if !has(c.s.Users, g.User, userID) {
			c.fail("grant %s: user %q is not in the snapshot", g.ID, g.User)
		}
		if g.Schedule != 0 && !has(c.s.Schedules, g.Schedule, scheduleID) {
			c.fail("grant %s: schedule %q is not in the snapshot", g.ID, g.Schedule)
		}
		if g.Role < PermitExchange || g.Role > PermitManage {
			c.fail("grant %s: %s", g.ID, g.Role)
		}
		if !c.target(g.Target) {
			c.fail("grant %s: target %s is not in the snapshot", g.ID, g.Target)
		}
	}
	ascending(c, "booking", c.s.Bookings, func(b Booking) BookingID { return b.ID })
	for _, b := range c.s.Bookings {
		c.want(b.From < b.Until, "booking %s: ends before it begins", b.ID)
		c.want(has(c.s.Users, b.User, userID) && has(c.s.Keys, b.Key, keyID), "booking %s: user %q or key %q is not in the snapshot", b.ID, b.User, b.Key)
	}
}

func (c *check) target(t Target) bool {
	switch t.Kind {
	case TargetAll:
		return t.Ref == 0
	case TargetKey:
		return has(c.s.Keys, KeyID(t.Ref), keyID)
	case TargetGroup:
		return has(c.s.Groups, GroupID(t.Ref), groupID)
	case TargetLocation:
		return has(c.s.Locations, LocationID(t.Ref), locationID)
	default:
		return false
	}
}

func (c *check) custody() {
	ascending(c, "custody of key", c.s.Custody, func(k Custody) KeyID { return k.Key })
	for _, k := range c.s.Custody {
		ok := k.Place <= InDoubt && (k.Place != InSlot || has(c.s.Slots, k.Slot, slotID))
		c.want(ok && has(c.s.Keys, k.Key, keyID), "custody of key %s: key or slot %q is not in the snapshot", k.Key, k.Slot)
	}
}
