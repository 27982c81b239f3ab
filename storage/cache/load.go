package cache

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"smartbox"
	"smartbox/storage/bolt"
)

// perTx is how many records of a full load go into one transaction: bbolt's cost grows faster than their number,
// and each transaction costs two flushes.
const perTx = 10_000

type record struct {
	kind  string
	key   []byte
	value []byte
}

// load writes a snapshot as a new generation, ascending by key. Until the last transaction nobody finds it.
func (e *entities) load(s *smartbox.Snapshot, load uint64) error {
	g := generation{Load: load, Revision: s.Revision, IssuedAt: s.IssuedAt}
	if old, ok := e.find(load); ok { // rebuilt in place: what stands there is of no use
		if err := e.forget(old); err != nil {
			return err
		}
	}
	batch := make([]record, 0, perTx)
	flush := func() error {
		if err := e.at("whole.load"); err != nil {
			return err
		}
		err := e.db.Update(func(tx *bolt.Tx) error { return putAll(tx, g, batch) })
		batch = batch[:0]
		return err
	}
	err := each(s, func(kind string, key []byte, v any) error {
		b, err := e.codec.Marshal(v)
		if err != nil {
			return err
		}
		if batch = append(batch, record{kind, key, b}); len(batch) < perTx {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		err = e.at("whole.loaded")
	}
	if err == nil {
		err = e.db.Update(func(tx *bolt.Tx) error { return e.set(tx, g) })
	}
	if err != nil {
		return fmt.Errorf("cache: loading revision %d.%d: %w", s.Revision.Epoch, s.Revision.Version, err)
	}
	e.all = append(e.all, g)
	return nil
}

// forget takes a generation out of the list and sweeps its records away.
func (e *entities) forget(g generation) error {
	err := e.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketGenerations).Delete(g.key()) })
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return e.read()
}

func putAll(tx *bolt.Tx, g generation, batch []record) error {
	var b *bolt.Bucket
	last := ""
	for _, r := range batch {
		if r.kind != last {
			b, last = tx.Bucket(g.bucket(r.kind)), r.kind
			if err := b.Sorted(); err != nil {
				return err
			}
		}
		if err := b.Put(r.key, r.value); err != nil {
			return err
		}
	}
	return nil
}

// id8 is the key of a record: ids order as their numbers do.
func id8[T any](id smartbox.ID[T]) []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

// each calls f with every record of a snapshot, kind by kind, ascending by key.
func each(s *smartbox.Snapshot, f func(kind string, key []byte, v any) error) error {
	if err := f(kindBox, id8(s.Box.ID), &s.Box); err != nil {
		return err
	}
	grants := make([]int32, len(s.Grants)) // by id, for a delta drops a grant by its id alone
	for i := range grants {
		grants[i] = int32(i)
	}
	slices.SortFunc(grants, func(a, b int32) int { return cmp.Compare(s.Grants[a].ID, s.Grants[b].ID) })
	return firstOf(
		func() error { return all(f, kindSlots, s.Slots, func(v *smartbox.Slot) []byte { return id8(v.ID) }) },
		func() error {
			return all(f, kindLocations, s.Locations, func(v *smartbox.Location) []byte { return id8(v.ID) })
		},
		func() error {
			return all(f, kindSchedules, s.Schedules, func(v *smartbox.Schedule) []byte { return id8(v.ID) })
		},
		func() error { return all(f, kindGroups, s.Groups, func(v *smartbox.Group) []byte { return id8(v.ID) }) },
		func() error { return all(f, kindKeys, s.Keys, func(v *smartbox.Key) []byte { return id8(v.ID) }) },
		func() error { return all(f, kindUsers, s.Users, func(v *smartbox.User) []byte { return id8(v.ID) }) },
		func() error {
			return all(f, kindCredentials, s.Credentials, func(v *smartbox.Credential) []byte { return v.Digest[:] })
		},
		func() error {
			for _, i := range grants {
				if err := f(kindGrants, id8(s.Grants[i].ID), &s.Grants[i]); err != nil {
					return err
				}
			}
			return nil
		},
		func() error {
			return all(f, kindBookings, s.Bookings, func(v *smartbox.Booking) []byte { return id8(v.ID) })
		},
		func() error {
			return all(f, kindCustody, s.Custody, func(v *smartbox.Custody) []byte { return id8(v.Key) })
		},
	)
}

func all[T any](f func(kind string, key []byte, v any) error, kind string, list []T, key func(*T) []byte) error {
	for i := range list {
		if err := f(kind, key(&list[i]), &list[i]); err != nil {
			return err
		}
	}
	return nil
}

// firstOf runs the steps until one fails.
func firstOf(steps ...func() error) error {
	for _, s := range steps {
		if err := s(); err != nil {
			return err
		}
	}
	return nil
}
