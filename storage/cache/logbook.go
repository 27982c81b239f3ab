package cache

import (
	"encoding/binary"
	"fmt"
	"path/filepath"

	"smartbox"
	"smartbox/storage/bolt"
)

// logName is the small database that says which revision is in force.
const logName = "log.db"

const (
	bucketHead   = "head"
	bucketDeltas = "deltas"
)

// keyCheck is digested to tell whether the store was written under the same box key.
const keyCheck = "smartbox cache key check"

// head says what is in force.
type head struct {
	Revision  smartbox.Revision `cbor:"1,keyasint,omitempty"`
	Box       smartbox.BoxID    `cbor:"2,keyasint,omitempty"`
	Key       smartbox.Digest   `cbor:"3,keyasint,omitempty"` // of keyCheck
	Confirmed smartbox.Stamp    `cbor:"4,keyasint,omitempty"`
	Load      uint64            `cbor:"5,keyasint,omitempty"` // counts full loads: a copy of another load is not of this history
}

// logbook holds the head, and the deltas that the copies of the whole may not have yet. A delta is in force once it
// stands here. It is small, so that a start reads and verifies all of it before the first decision.
type logbook struct {
	db     *bolt.DB
	codec  Codec
	at     func(string) error
	head   head
	deltas []smartbox.Delta
	next   uint64 // number of the next delta
	known  bool   // there is a head
}

// openLog opens the logbook; one that is damaged is set aside and begun anew.
func openLog(dir string, o Options, at func(string) error, aside func(string, error)) (*logbook, error) {
	path := filepath.Join(dir, logName)
	options := bolt.Options{Migrations: []bolt.Migration{func(*bolt.Tx) error { return nil }}}
	for {
		db, bad, why, err := bolt.OpenOrBegin(path, options)
		if bad != "" {
			aside(bad, why)
		}
		if err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
		l := &logbook{db: db, codec: o.Codec, at: at}
		if err = l.read(); err == nil {
			return l, nil
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

func (l *logbook) read() error {
	return l.db.View(func(tx *bolt.Tx) error {
		b, err := tx.Bucket(bucketHead).Get([]byte(bucketHead))
		if err != nil {
			return err
		}
		if l.known = b != nil; l.known {
			if err := l.codec.Unmarshal(b, &l.head); err != nil {
				return fmt.Errorf("cache: %s: the head does not decode: %w", l.db.Path(), err)
			}
		}
		return tx.Bucket(bucketDeltas).ForEach(func(k, v []byte) error {
			var d smartbox.Delta
			if err := l.codec.Unmarshal(v, &d); err != nil || len(k) != 8 {
				return fmt.Errorf("cache: %s: delta %x does not decode: %w", l.db.Path(), k, err)
			}
			l.deltas, l.next = append(l.deltas, d), binary.BigEndian.Uint64(k)+1
			return nil
		})
	})
}

// write commits a new head with what f does beside it.
func (l *logbook) write(label string, h head, f func(*bolt.Tx) error) error {
	if err := l.at(label); err != nil {
		return err
	}
	b, err := l.codec.Marshal(h)
	if err != nil {
		return fmt.Errorf("cache: encoding the head: %w", err)
	}
	err = l.db.Update(func(tx *bolt.Tx) error {
		if err := tx.Bucket(bucketHead).Put([]byte(bucketHead), b); err != nil {
			return err
		}
		return f(tx)
	})
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	l.head, l.known = h, true
	return nil
}

// replace puts a whole revision in force, which the copies have.
func (l *logbook) replace(h head) error {
	err := l.write("log.replace", h, func(tx *bolt.Tx) error { return tx.Drop(bucketDeltas) })
	if err == nil {
		l.deltas = nil
	}
	return err
}

// add puts a delta in force.
func (l *logbook) add(h head, d *smartbox.Delta) error {
	b, err := l.codec.Marshal(d)
	if err != nil {
		return fmt.Errorf("cache: encoding a delta: %w", err)
	}
	err = l.write("log.delta", h, func(tx *bolt.Tx) error {
		return tx.Bucket(bucketDeltas).Put(binary.BigEndian.AppendUint64(nil, l.next), b)
	})
	if err == nil {
		l.next++
		l.deltas = append(l.deltas, *d)
	}
	return err
}

// trim forgets the deltas that lead to the earliest of the revisions.
func (l *logbook) trim(need []smartbox.Revision) error {
	keep := len(l.deltas)
	for _, r := range need {
		if deltas, ok := l.from(r); ok {
			keep = min(keep, len(l.deltas)-len(deltas))
		}
	}
	if keep == 0 {
		return nil
	}
	first := l.next - uint64(len(l.deltas))
	err := l.write("log.trim", l.head, func(tx *bolt.Tx) error {
		for i := range keep {
			if err := tx.Bucket(bucketDeltas).Delete(binary.BigEndian.AppendUint64(nil, first+uint64(i))); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		l.deltas = append([]smartbox.Delta(nil), l.deltas[keep:]...)
	}
	return err
}

func (l *logbook) confirm(at smartbox.Stamp) error {
	h := l.head
	h.Confirmed = at
	return l.write("log.confirm", h, func(*bolt.Tx) error { return nil })
}

// settle guards the newest commit against the loss of one meta page.
func (l *logbook) settle() error {
	if err := l.at("log.settle"); err != nil {
		return err
	}
	return l.db.Settle()
}

// from are the deltas that lead from a revision to the one in force; false where they do not.
func (l *logbook) from(r smartbox.Revision) ([]smartbox.Delta, bool) {
	if r == l.head.Revision {
		return nil, true
	}
	for i := range l.deltas {
		if l.deltas[i].Base == r {
			return l.deltas[i:], true
		}
	}
	return nil, false
}
