package journal

import (
	"bytes"
	"errors"
)

// scan is what a segment's bytes say.
type scan struct {
	name    segName
	bytes   []byte // of the file
	head    header // of a damaged one, what the file's name and its neighbours tell
	bad     bool   // the header is damaged, its checkpoint with it
	records []record
	damage  []*CorruptError
	next    uint64 // after the last event that stood here, readable or not
	last    Hash   // of the last readable record, head.prev where there is none
	linked  bool   // last is the hash of event next-1, not of an earlier one
	tail    int64  // where the next record goes
	torn    bool   // behind tail stands what was never acknowledged
}

const (
	causeHeader = "header fails its checksum"
	causeRecord = "record fails its checksum or the hash chain"
	causeShort  = "file is shorter than it was made"
	causeStray  = "bytes stand where none were written"
)

// longestSegment bounds how many events a segment of unknown size can have held.
const longestSegment = 64 << 20

// scanSegment reads the segment called name. Records from limit on belong to a later segment and are
// void; limit 0 means that this is the last segment. epoch is used where the header is damaged; 0 = not known.
// The error is ErrNewer or nil; damage is no error.
func scanSegment(b []byte, name segName, limit, epoch uint64) (*scan, error) {
	s := &scan{name: name, bytes: b, next: name.first, tail: sector}
	head, err := decodeHeader(b)
	switch {
	case errors.Is(err, ErrNewer):
		return nil, err
	case err == nil && head.first == name.first && head.index == name.index:
		s.head, s.tail, s.last, s.linked = head, head.size, head.prev, true
	default:
		s.bad = true
		s.head = header{epoch: epoch, index: name.index, first: name.first}
		s.damage = append(s.damage, &CorruptError{Segment: name.file(), Cause: causeHeader})
		if name.first == 1 {
			s.last, s.linked = Genesis(epoch), true
		}
	}
	s.records = make([]record, 0, len(b)/sector)
	for limit == 0 || s.next < limit {
		if r, ok := s.follows(b); ok {
			s.take(r)
			continue
		}
		r, ok := s.find(b, limit)
		if !ok {
			s.end(b, limit)
			break
		}
		if r.seq > s.next {
			s.lose(s.tail, r.seq-s.next, causeRecord)
		}
		s.take(r)
	}
	return s, nil
}

// follows reads the record that must stand at the tail: the next one, linked to the one before.
func (s *scan) follows(b []byte) (record, bool) {
	if s.tail >= int64(len(b)) {
		return record{}, false
	}
	r, ok := recordAt(b[s.tail:], s.head.epoch)
	if !ok || r.seq != s.next || (s.linked && r.hash != s.last.Next(r.payload)) {
		return record{}, false
	}
	r.off = s.tail
	return r, true
}

func (s *scan) take(r record) {
	s.records = append(s.records, r)
	s.next, s.last, s.linked, s.tail = r.seq+1, r.hash, true, r.off+r.size
}

func (s *scan) lose(off int64, n uint64, cause string) {
	s.damage = append(s.damage, &CorruptError{Segment: s.name.file(), Offset: off, Seq: s.next, Lost: n, Cause: cause})
	s.next += n
	s.linked = s.linked && n == 0
}

// find looks behind damage for a later record. Each one lost took a sector at least, which bounds its number.
func (s *scan) find(b []byte, limit uint64) (record, bool) {
	for off := s.tail; off < int64(len(b)); off += sector {
		r, ok := recordAt(b[off:], s.head.epoch)
		if !ok || r.seq < s.next || (limit != 0 && r.seq >= limit) {
			continue
		}
		if r.seq-s.next > uint64((off-s.tail)/sector) { //nolint:gosec // off starts at tail
			continue
		}
		if r.seq == s.next && s.linked && r.hash != s.last.Next(r.payload) {
			continue // edited
		}
		r.off = off
		return r, true
	}
	return record{}, false
}

// end judges what stands at the tail where no whole record follows.
//
// In the last segment an unfinished write is told from damage by what such a write can leave: a sector
// is zero until it is written, it is written once and whole, and one write is under way at a time. So a
// record of which a sector is still zero was never acknowledged: it is torn. All else is damage.
func (s *scan) end(b []byte, limit uint64) {
	if limit != 0 {
		s.lose(s.tail, limit-s.next, causeRecord)
		return
	}
	var run, used int64 // sectors in use from the tail on without a hole; up to the last one in use
	for off := s.tail; off < int64(len(b)); off += sector {
		if whole := off+sector <= int64(len(b)); whole && isZero(b[off:off+sector]) {
			continue // a sector cut short proves nothing, whatever is left of it
		}
		n := (off - s.tail) / sector
		if run == n {
			run++
		}
		used = n + 1
	}
	tail := s.tail
	short := s.missing(b)
	switch want, ok := s.wanted(b); {
	case tail+run*sector >= int64(len(b)) && short > 0: // in use up to where the file was cut off
		s.lose(tail, uint64(run+short), causeShort)
		return
	case run > 0 && (!ok || run >= want):
		s.lose(tail, uint64(run), causeRecord)
	case used > maxRecord/sector:
		s.lose(tail, 0, causeStray)
	case used > 0:
		s.torn = true
	}
	if short > 0 {
		s.lose(tail, 0, causeShort)
	}
}

// wanted is how many sectors the record at the tail says that it has.
func (s *scan) wanted(b []byte) (sectors int64, ok bool) {
	if s.tail >= int64(len(b)) {
		return 0, false
	}
	size, ok := recordSize(b[s.tail:])
	return size / sector, ok
}

// missing is how many sectors were cut off the file.
func (s *scan) missing(b []byte) int64 {
	size := s.head.file
	if s.bad {
		size = longestSegment
		if int64(len(b)) > s.tail && int64(len(b))%sector == 0 && isZero(b[len(b)-sector:]) {
			return 0 // it ends in sectors never used
		}
	}
	return max(0, roundUp(size-int64(len(b)))/sector)
}

func isZero(b []byte) bool {
	var none [sector]byte
	for len(b) > sector {
		if !bytes.Equal(b[:sector], none[:]) {
			return false
		}
		b = b[sector:]
	}
	return bytes.Equal(b, none[:len(b)])
}
