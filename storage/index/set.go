package index

import "encoding/binary"

// set of a delta's ids and the like.
type set[K comparable] map[K]struct{}

func setOf[K comparable](list []K) set[K] {
	s := make(set[K], len(list))
	for _, k := range list {
		s[k] = struct{}{}
	}
	return s
}

func (s set[K]) has(k K) bool {
	if len(s) == 0 {
		return false
	}
	_, ok := s[k]
	return ok
}

// add reports whether k is new.
func (s set[K]) add(k K) bool {
	n := len(s)
	s[k] = struct{}{}
	return len(s) > n
}

// sieve is a set that is asked about every row of a table: nearly all are told apart by one bit.
type sieve struct {
	bits [16]uint64
	set  set[uint64]
}

func newSieve() *sieve { return &sieve{set: make(set[uint64])} }

func (s *sieve) bit(k uint64) (word int, bit uint64) {
	h := k * 0x9e3779b97f4a7c15
	return int(h >> 60), 1 << (h >> 54 & 63)
}

func (s *sieve) add(k uint64) {
	word, bit := s.bit(k)
	s.bits[word] |= bit
	s.set.add(k)
}

func (s *sieve) has(k uint64) bool {
	word, bit := s.bit(k)
	return s.bits[word]&bit != 0 && s.set.has(k)
}

// rowsWith are the rows of a table whose field is in the sieve, ascending.
func (t *table) rowsWith(col int, wanted *sieve) (rows []int) {
	if len(wanted.set) == 0 {
		return nil
	}
	c := t.cols[col]
	for row, off := 0, c.off; row < t.rows; row, off = row+1, off+t.stride {
		if v := c.base + c.scale*(binary.LittleEndian.Uint64(t.data[off:])&c.mask); wanted.has(v) {
			rows = append(rows, row)
		}
	}
	return rows
}
