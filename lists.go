package smartbox

import (
	"cmp"
	"slices"
)

// The ids by which the lists of a snapshot are ordered.
func slotID(s Slot) SlotID             { return s.ID }
func locationID(l Location) LocationID { return l.ID }
func scheduleID(s Schedule) ScheduleID { return s.ID }
func groupID(g Group) GroupID          { return g.ID }
func keyID(k Key) KeyID                { return k.ID }
func userID(u User) UserID             { return u.ID }
func grantID(g Grant) GrantID          { return g.ID }
func bookingID(b Booking) BookingID    { return b.ID }

// has searches an ascending list for an id by halves.
func has[K cmp.Ordered, V any](list []V, id K, of func(V) K) bool {
	_, ok := slices.BinarySearchFunc(list, id, func(v V, id K) int { return cmp.Compare(of(v), id) })
	return ok
}

// ascending checks ids: set, well-formed, in order, none twice.
func ascending[T, V any](c *check, kind string, list []V, of func(V) ID[T]) {
	for i, v := range list {
		id := of(v)
		if id == 0 || !id.Valid() {
			c.fail("%s %q: no id, or not one", kind, id)
		}
		if i > 0 && of(list[i-1]) >= id {
			c.fail("%s %q: stands twice or out of order", kind, id)
		}
	}
}

// changed gives the things of now that old has not, or has otherwise, and the ids that now has not. Both
// lists are ascending by id.
func changed[K cmp.Ordered, V any](old, now []V, of func(V) K, same func(a, b V) bool) (put []V, drop []K) {
	i := 0
	for _, v := range now {
		for i < len(old) && of(old[i]) < of(v) {
			drop = append(drop, of(old[i]))
			i++
		}
		if i < len(old) && of(old[i]) == of(v) {
			if !same(old[i], v) {
				put = append(put, v)
			}
			i++
			continue
		}
		put = append(put, v)
	}
	for ; i < len(old); i++ {
		drop = append(drop, of(old[i]))
	}
	return put, drop
}

// merged is list without the dropped, and with the put ones in their places.
func merged[K cmp.Ordered, V any](list, put []V, drop []K, of func(V) K) []V {
	gone := make(map[K]bool, len(drop)+len(put))
	for _, id := range drop {
		gone[id] = true
	}
	for _, v := range put {
		gone[of(v)] = true
	}
	out := make([]V, 0, len(list)+len(put))
	for _, v := range list {
		if !gone[of(v)] {
			out = append(out, v)
		}
	}
	out = append(out, put...)
	slices.SortStableFunc(out, func(a, b V) int { return cmp.Compare(of(a), of(b)) })
	if len(out) == 0 {
		return nil
	}
	return out
}
