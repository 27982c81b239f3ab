package cache

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"smartbox"
	"smartbox/storage/bolt"
)

// wholeName is the database that holds every record of the snapshot, and chunks of one that is arriving.
const wholeName = "snapshot.db"

// bucketGenerations names the generations that are whole. The records of one stand in buckets "<number>/<kind>".
const bucketGenerations = "generations"

// The kinds of record.
const (
	kindBox         = "box"
	kindSlots       = "slots"
	kindLocations   = "locations"
	kindSchedules   = "schedules"
	kindGroups      = "groups"
	kindKeys        = "keys"
	kindUsers       = "users"
	kindCredentials = "credentials"
	kindGrants      = "grants"
	kindBookings    = "bookings"
	kindCustody     = "custody"
)

// generation is one whole snapshot in the database.
type generation struct {
	Load     uint64            `cbor:"1,keyasint,omitempty"` // its number, and which full load it came with
	Revision smartbox.Revision `cbor:"2,keyasint,omitempty"`
	IssuedAt smartbox.Stamp    `cbor:"3,keyasint,omitempty"`
}

// entities are the records, one by one: what is left when both flat copies are damaged.
type entities struct {
	db    *bolt.DB
	codec Codec
	at    func(string) error
	all   []generation // ascending by Load
}

func openEntities(dir string, o Options, at func(string) error, aside func(string, error)) (*entities, error) {
	path := filepath.Join(dir, wholeName)
	options := bolt.Options{Migrations: []bolt.Migration{func(*bolt.Tx) error { return nil }}}
	for {
		db, bad, why, err := bolt.OpenOrBegin(path, options)
		if bad != "" {
			aside(bad, why)
		}
		if err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
		e := &entities{db: db, codec: o.Codec, at: at}
		if err = e.read(); err == nil {
			return e, nil
		}
		if cerr := db.Close(); cerr != nil {
			return nil, fmt.Errorf("cache: %w", cerr)
		}
		if bad, cerr := bolt.Quarantine(path); cerr != nil {
			return nil, fmt.Errorf("cache: %w", cerr)
		} else {
			aside(bad, err)
		}
	}
}

// read finds the generations, and sweeps away what a load left that was cut short.
func (e *entities) read() error {
	e.all = nil
	var stale []string
	err := e.db.View(func(tx *bolt.Tx) error {
		err := tx.Bucket(bucketGenerations).ForEach(func(_, v []byte) error {
			var g generation
			if err := e.codec.Unmarshal(v, &g); err != nil {
				return fmt.Errorf("%s: %w: a generation does not decode: %w", e.db.Path(), bolt.ErrCorrupt, err)
			}
			e.all = append(e.all, g)
			return nil
		})
		if err != nil {
			return err
		}
		names, err := tx.Buckets()
		for _, name := range names {
			number, _, isRecord := strings.Cut(name, "/")
			if isRecord && !slices.ContainsFunc(e.all, func(g generation) bool { return number == g.number() }) {
				stale = append(stale, name)
			}
		}
		return err
	})
	if err != nil || len(stale) == 0 {
		return err
	}
	return e.db.Update(func(tx *bolt.Tx) error {
		for _, name := range stale {
			if err := tx.Drop(name); err != nil {
				return err
			}
		}
		return nil
	})
}

func (g generation) number() string         { return fmt.Sprint(g.Load) }
func (g generation) key() []byte            { return binary.BigEndian.AppendUint64(nil, g.Load) }
func (g generation) bucket(k string) string { return g.number() + "/" + k }

// find is the newest generation of a full load; false where there is none.
func (e *entities) find(load uint64) (generation, bool) {
	for _, g := range slices.Backward(e.all) {
		if g.Load == load {
			return g, true
		}
	}
	return generation{}, false
}

// set records a generation.
func (e *entities) set(tx *bolt.Tx, g generation) error {
	b, err := e.codec.Marshal(g)
	if err != nil {
		return fmt.Errorf("cache: encoding a generation: %w", err)
	}
	return tx.Bucket(bucketGenerations).Put(g.key(), b)
}

// keep drops all generations but one.
func (e *entities) keep(load uint64) error {
	if !slices.ContainsFunc(e.all, func(g generation) bool { return g.Load != load }) {
		return nil
	}
	if err := e.at("whole.keep"); err != nil {
		return err
	}
	err := e.db.Update(func(tx *bolt.Tx) error {
		for _, g := range e.all {
			if g.Load == load {
				continue
			}
			if err := tx.Bucket(bucketGenerations).Delete(g.key()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return e.read()
}

// snapshot reads a generation back.
func (e *entities) snapshot(g generation) (*smartbox.Snapshot, error) {
	s := &smartbox.Snapshot{Revision: g.Revision, IssuedAt: g.IssuedAt}
	err := e.db.View(func(tx *bolt.Tx) error {
		r := reader{codec: e.codec, tx: tx, g: g}
		boxes := list[smartbox.Box](&r, kindBox)
		if r.err == nil && len(boxes) != 1 {
			return fmt.Errorf("%s: %w: generation %d has no box", e.db.Path(), bolt.ErrCorrupt, g.Load)
		}
		if r.err == nil {
			s.Box = boxes[0]
		}
		s.Slots = list[smartbox.Slot](&r, kindSlots)
		s.Locations = list[smartbox.Location](&r, kindLocations)
		s.Schedules = list[smartbox.Schedule](&r, kindSchedules)
		s.Groups = list[smartbox.Group](&r, kindGroups)
		s.Keys = list[smartbox.Key](&r, kindKeys)
		s.Users = list[smartbox.User](&r, kindUsers)
		s.Credentials = list[smartbox.Credential](&r, kindCredentials)
		s.Grants = list[smartbox.Grant](&r, kindGrants)
		s.Bookings = list[smartbox.Booking](&r, kindBookings)
		s.Custody = list[smartbox.Custody](&r, kindCustody)
		return r.err
	})
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	slices.SortFunc(s.Grants, func(a, b smartbox.Grant) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.ID, b.ID))
	})
	return s, nil
}

// reader reads lists until the first error.
type reader struct {
	codec Codec
	tx    *bolt.Tx
	g     generation
	err   error
}

func list[T any](r *reader, kind string) (all []T) {
	if r.err != nil {
		return nil
	}
	r.err = r.tx.Bucket(r.g.bucket(kind)).ForEach(func(k, v []byte) error {
		var t T
		if err := r.codec.Unmarshal(v, &t); err != nil {
			return fmt.Errorf("%w: %s %x does not decode: %w", bolt.ErrCorrupt, kind, k, err)
		}
		all = append(all, t)
		return nil
	})
	return all
}
