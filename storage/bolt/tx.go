package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"go.etcd.io/bbolt"
)

// head is the bucket of the package's own records; no other bucket can have an empty first byte.
const (
	head       = "\x00head"
	versionKey = "version"
	sealPrefix = "seal/"

	crcSize = 4
)

// Tx is a transaction. It ends with the function that it was given to.
type Tx struct {
	path  string
	tx    *bbolt.Tx
	seals map[string]*seal // of the buckets changed so far
}

// seal is what a bucket must add up to.
type seal struct{ count, sum uint64 }

func newTx(path string, b *bbolt.Tx) *Tx {
	return &Tx{path: path, tx: b, seals: make(map[string]*seal)}
}

// add counts a record in, take out. Multiplying spreads the 32 bits of a checksum.
func (s *seal) add(crc uint32)  { s.count++; s.sum += uint64(crc) * 0x9e3779b97f4a7c15 }
func (s *seal) take(crc uint32) { s.count--; s.sum -= uint64(crc) * 0x9e3779b97f4a7c15 }

func (s *seal) bytes() []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, s.count), s.sum)
}

func parseSeal(b []byte) (seal, bool) {
	if len(b) != 16 {
		return seal{}, false
	}
	return seal{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}, true
}

// checksum covers the value and where it belongs.
func checksum(bucket string, key, value []byte) uint32 {
	t := crc32.MakeTable(crc32.Castagnoli)
	crc := crc32.Update(0, t, []byte(bucket))
	crc = crc32.Update(crc, t, []byte{0, byte(len(key)), byte(len(key) >> 8)}) //nolint:gosec // the low 16 bits; bbolt's keys are at most 32 KiB
	return crc32.Update(crc32.Update(crc, t, key), t, value)
}

// unwrap parts a stored value from its checksum, which it verifies.
func unwrap(bucket string, key, stored []byte) (value []byte, crc uint32, ok bool) {
	if len(stored) < crcSize {
		return nil, 0, false
	}
	value = stored[:len(stored)-crcSize]
	crc = binary.LittleEndian.Uint32(stored[len(value):])
	return slices.Clip(value), crc, crc == checksum(bucket, key, value)
}

func (tx *Tx) corrupt(bucket string, key []byte) error {
	return fmt.Errorf("%s: %w: bucket %q, key %x: the value does not match its checksum", tx.path, ErrCorrupt, bucket, key)
}

// Bucket is the bucket of a name, which must not be empty or begin with a zero byte. A transaction that writes
// makes it where it is missing; in one that only reads a missing bucket is empty.
func (tx *Tx) Bucket(name string) *Bucket {
	return &Bucket{tx: tx, name: name, b: tx.tx.Bucket([]byte(name))}
}

// Drop takes a bucket away with all that is in it. One that is not there is no error.
func (tx *Tx) Drop(name string) error {
	delete(tx.seals, name)
	if tx.tx.Bucket([]byte(name)) == nil {
		return nil
	}
	if err := tx.tx.DeleteBucket([]byte(name)); err != nil {
		return err
	}
	return tx.Bucket(head).remove([]byte(sealPrefix + name))
}

// Buckets are the names of all buckets, ascending.
func (tx *Tx) Buckets() (names []string, err error) {
	err = tx.tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		if string(name) != head {
			names = append(names, string(name))
		}
		return nil
	})
	return names, err
}

// flush writes the seals of the buckets that were changed.
func (tx *Tx) flush() error {
	for name, s := range tx.seals {
		if err := tx.Bucket(head).store([]byte(sealPrefix+name), s.bytes()); err != nil {
			return err
		}
	}
	return nil
}

// seal of a bucket, to be changed.
func (tx *Tx) seal(name string) (*seal, error) {
	if s := tx.seals[name]; s != nil {
		return s, nil
	}
	b, err := tx.Bucket(head).Get([]byte(sealPrefix + name))
	if err != nil {
		return nil, err
	}
	s := &seal{}
	if b != nil {
		parsed, ok := parseSeal(b)
		if !ok {
			return nil, tx.corrupt(head, []byte(sealPrefix+name))
		}
		*s = parsed
	}
	tx.seals[name] = s
	return s, nil
}

func (tx *Tx) version() (uint64, error) {
	b, err := tx.Bucket(head).Get([]byte(versionKey))
	if err != nil {
		return 0, err
	}
	if len(b) != 8 {
		return 0, fmt.Errorf("%s: %w: it does not say its version", tx.path, ErrCorrupt)
	}
	return binary.LittleEndian.Uint64(b), nil
}

func (tx *Tx) setVersion(v uint64) error {
	return tx.Bucket(head).store([]byte(versionKey), binary.LittleEndian.AppendUint64(nil, v))
}
