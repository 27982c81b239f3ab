package cache

import (
	"fmt"
	"slices"

	"smartbox"
	"smartbox/storage/bolt"
)

// catchUp brings a generation to the revision in force, in one transaction, by the same rules as Snapshot.With.
func (e *entities) catchUp(g generation, deltas []smartbox.Delta) error {
	if len(deltas) == 0 {
		return nil
	}
	if err := e.at("whole.catchup"); err != nil {
		return err
	}
	err := e.db.Update(func(tx *bolt.Tx) error {
		w := writer{codec: e.codec, tx: tx, g: g}
		for i := range deltas {
			w.delta(&deltas[i])
			g.Revision, g.IssuedAt = deltas[i].Revision, deltas[i].IssuedAt
		}
		if w.err != nil {
			return w.err
		}
		return e.set(tx, g)
	})
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	for i := range e.all {
		if e.all[i].Load == g.Load {
			e.all[i] = g
		}
	}
	return nil
}

// writer changes records until the first error.
type writer struct {
	codec Codec
	tx    *bolt.Tx
	g     generation
	err   error
}

func (w *writer) delta(d *smartbox.Delta) {
	change(w, kindSlots, d.Drop.Slots, id8, d.Put.Slots, func(v *smartbox.Slot) smartbox.SlotID { return v.ID })
	change(w, kindLocations, d.Drop.Locations, id8, d.Put.Locations, func(v *smartbox.Location) smartbox.LocationID { return v.ID })
	change(w, kindSchedules, d.Drop.Schedules, id8, d.Put.Schedules, func(v *smartbox.Schedule) smartbox.ScheduleID { return v.ID })
	change(w, kindGroups, d.Drop.Groups, id8, d.Put.Groups, func(v *smartbox.Group) smartbox.GroupID { return v.ID })
	change(w, kindKeys, d.Drop.Keys, id8, d.Put.Keys, func(v *smartbox.Key) smartbox.KeyID { return v.ID })
	change(w, kindUsers, d.Drop.Users, id8, d.Put.Users, func(v *smartbox.User) smartbox.UserID { return v.ID })
	change(w, kindCredentials, d.Drop.Credentials, func(x smartbox.Digest) []byte { return x[:] },
		d.Put.Credentials, func(v *smartbox.Credential) smartbox.Digest { return v.Digest })
	change(w, kindGrants, d.Drop.Grants, id8, d.Put.Grants, func(v *smartbox.Grant) smartbox.GrantID { return v.ID })
	change(w, kindBookings, d.Drop.Bookings, id8, d.Put.Bookings, func(v *smartbox.Booking) smartbox.BookingID { return v.ID })
	if d.Put.Box != nil {
		boxes := list[smartbox.Box](&reader{codec: w.codec, tx: w.tx, g: w.g}, kindBox)
		for _, old := range boxes {
			change(w, kindBox, []smartbox.BoxID{old.ID}, id8, nil, func(v *smartbox.Box) smartbox.BoxID { return v.ID })
		}
		change(w, kindBox, nil, id8, []smartbox.Box{*d.Put.Box}, func(v *smartbox.Box) smartbox.BoxID { return v.ID })
	}
	if len(d.Drop.Users) > 0 || len(d.Drop.Keys) > 0 {
		w.cascade(&d.Drop)
	}
}

// change drops and puts records of one kind.
func change[T, K any](w *writer, kind string, drop []K, key func(K) []byte, put []T, id func(*T) K) {
	b := w.tx.Bucket(w.g.bucket(kind))
	for _, k := range drop {
		if w.err == nil {
			w.err = b.Delete(key(k))
		}
	}
	for i := range put {
		var v []byte
		if w.err == nil {
			v, w.err = w.codec.Marshal(&put[i])
		}
		if w.err == nil {
			w.err = b.Put(key(id(&put[i])), v)
		}
	}
}

// cascade takes along what hangs on dropped users and keys.
func (w *writer) cascade(d *smartbox.Drops) {
	gone := func(u smartbox.UserID, k smartbox.KeyID) bool {
		return slices.Contains(d.Users, u) || slices.Contains(d.Keys, k)
	}
	sweep(w, kindCredentials, func(c *smartbox.Credential) bool { return gone(c.User, c.Key) })
	sweep(w, kindBookings, func(b *smartbox.Booking) bool { return gone(b.User, b.Key) })
	sweep(w, kindGrants, func(g *smartbox.Grant) bool {
		return slices.Contains(d.Users, g.User) ||
			(g.Target.Kind == smartbox.TargetKey && slices.Contains(d.Keys, smartbox.KeyID(g.Target.Ref)))
	})
	sweep(w, kindCustody, func(c *smartbox.Custody) bool { return slices.Contains(d.Keys, c.Key) })
}

// sweep deletes the records of a kind that are gone.
func sweep[T any](w *writer, kind string, gone func(*T) bool) {
	if w.err != nil {
		return
	}
	b := w.tx.Bucket(w.g.bucket(kind))
	var keys [][]byte
	w.err = b.ForEach(func(k, v []byte) error {
		var t T
		if err := w.codec.Unmarshal(v, &t); err != nil {
			return fmt.Errorf("%w: %s %x does not decode: %w", bolt.ErrCorrupt, kind, k, err)
		}
		if gone(&t) {
			keys = append(keys, slices.Clone(k))
		}
		return nil
	})
	for _, k := range keys {
		if w.err == nil {
			w.err = b.Delete(k)
		}
	}
}
