package bolt

import (
	"bytes"
	"encoding/binary"

	"go.etcd.io/bbolt"
)

// sortedFill is how full pages are left when keys arrive in their order: nearly, for nothing comes between.
const sortedFill = 0.95

// Bucket holds records, ascending by the bytes of their keys. It ends with its transaction.
type Bucket struct {
	tx   *Tx
	name string
	b    *bbolt.Bucket // nil = not there

	sorted bool
	last   []byte // of a sorted bucket: no key in it is greater
}

// Get is the value of a key, nil where there is none. It belongs to the caller. A value that does not match its
// checksum gives ErrCorrupt.
func (b *Bucket) Get(key []byte) ([]byte, error) {
	if b.b == nil {
		return nil, nil
	}
	stored := b.b.Get(key)
	if stored == nil {
		return nil, nil
	}
	value, _, ok := unwrap(b.name, key, stored)
	if !ok {
		return nil, b.tx.corrupt(b.name, key)
	}
	return append(make([]byte, 0, len(value)), value...), nil
}

// Put stores a value in place of an older one.
func (b *Bucket) Put(key, value []byte) error {
	s, err := b.open()
	if err != nil {
		return err
	}
	if b.sorted && bytes.Compare(key, b.last) > 0 { // nothing to look for behind the last
		b.last = bytes.Clone(key)
	} else if old := b.b.Get(key); old != nil {
		_, crc, ok := unwrap(b.name, key, old)
		if !ok {
			return b.tx.corrupt(b.name, key)
		}
		s.take(crc)
	}
	crc := checksum(b.name, key, value)
	s.add(crc)
	return b.write(key, value, crc)
}

// Delete takes a record away. One that is not there is no error.
func (b *Bucket) Delete(key []byte) error {
	if b.b == nil || b.b.Get(key) == nil {
		return nil
	}
	s, err := b.open()
	if err != nil {
		return err
	}
	_, crc, ok := unwrap(b.name, key, b.b.Get(key))
	if !ok {
		return b.tx.corrupt(b.name, key)
	}
	s.take(crc)
	return b.b.Delete(key)
}

// ForEach calls f with every record, ascending, until it fails; the bytes are good during the call only. At the end
// it verifies that no record was missing; f must not change the bucket.
func (b *Bucket) ForEach(f func(key, value []byte) error) error {
	if b.b == nil {
		return nil
	}
	var have seal
	err := b.b.ForEach(func(key, stored []byte) error {
		value, crc, ok := unwrap(b.name, key, stored)
		if !ok {
			return b.tx.corrupt(b.name, key)
		}
		have.add(crc)
		return f(key, value)
	})
	if err != nil {
		return err
	}
	want := b.tx.seals[b.name]
	if want == nil {
		stored, err := b.tx.Bucket(head).Get([]byte(sealPrefix + b.name))
		if err != nil {
			return err
		}
		s, ok := parseSeal(stored)
		if !ok {
			return b.tx.corrupt(head, []byte(sealPrefix+b.name))
		}
		want = &s
	}
	if have != *want {
		return b.tx.corrupt(b.name, nil)
	}
	return nil
}

// From is ForEach from a key on, without the verification.
func (b *Bucket) From(key []byte, f func(key, value []byte) error) error {
	if b.b == nil {
		return nil
	}
	c := b.b.Cursor()
	for k, stored := c.Seek(key); k != nil; k, stored = c.Next() {
		value, _, ok := unwrap(b.name, k, stored)
		if !ok {
			return b.tx.corrupt(b.name, k)
		}
		if err := f(k, value); err != nil {
			return err
		}
	}
	return nil
}

// Sorted says that the keys of the Puts to come are ascending: pages are filled nearly whole.
func (b *Bucket) Sorted() error {
	if _, err := b.open(); err != nil {
		return err
	}
	b.b.FillPercent = sortedFill
	last, _ := b.b.Cursor().Last()
	b.sorted, b.last = true, bytes.Clone(last)
	return nil
}

// open makes the bucket where it is missing and gives its seal.
func (b *Bucket) open() (*seal, error) {
	if b.b == nil {
		made, err := b.tx.tx.CreateBucketIfNotExists([]byte(b.name))
		if err != nil {
			return nil, err
		}
		b.b = made
	}
	return b.tx.seal(b.name)
}

// store writes a record without sealing it.
func (b *Bucket) store(key, value []byte) error {
	if b.b == nil {
		made, err := b.tx.tx.CreateBucketIfNotExists([]byte(b.name))
		if err != nil {
			return err
		}
		b.b = made
	}
	return b.write(key, value, checksum(b.name, key, value))
}

func (b *Bucket) write(key, value []byte, crc uint32) error {
	stored := make([]byte, 0, len(value)+crcSize)
	return b.b.Put(key, binary.LittleEndian.AppendUint32(append(stored, value...), crc))
}

// remove takes away a record that is not sealed.
func (b *Bucket) remove(key []byte) error {
	if b.b == nil {
		return nil
	}
	return b.b.Delete(key)
}
