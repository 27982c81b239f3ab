package journal

import (
	"encoding/binary"
	"hash/crc32"

	"smartbox"
)

// The hint is a copy of the book that spares a restart the decoding of a nearly full segment. It is written without a
// flush, every hintEvery events and at Close: it may be old, torn or missing, and then the segment's own
// checkpoint serves. It is believed only where its checksum is right and the journal holds the very event
// that it was folded up to, by hash.
const (
	hintFile  = "book"
	hintMagic = "SBJBOOK1"
	hintBytes = 64
	hintEvery = 128
)

// saveHint writes the hint.
func (j *Journal) saveHint() {
	book, err := j.o.Codec.EncodeBook(j.book)
	if err != nil {
		return // the next segment's checkpoint fails with it, and tells
	}
	b := make([]byte, hintBytes+len(book))
	copy(b, hintMagic)
	binary.BigEndian.PutUint64(b[8:], j.epoch)
	binary.BigEndian.PutUint64(b[16:], j.next-1)
	binary.BigEndian.PutUint32(b[24:], uint32(len(book))) //nolint:gosec // a book has no 4 GiB
	copy(b[32:], j.head[:])
	copy(b[hintBytes:], book)
	binary.BigEndian.PutUint32(b[28:], crc32.Checksum(b, castagnoli))
	_ = j.fs.WriteCached("hint.write", j.path(hintFile), b) // only a help
}

// loadHint gives the book as of a record of the segment, if there is one, and how many records it covers.
func (j *Journal) loadHint(s *scan) (book *smartbox.Book, covers int) {
	b, err := j.fs.ReadFile("hint.read", j.path(hintFile), false)
	if err != nil || len(b) < hintBytes || string(b[:8]) != hintMagic || binary.BigEndian.Uint64(b[8:]) != j.epoch {
		return nil, 0
	}
	n := int64(binary.BigEndian.Uint32(b[24:]))
	if n > int64(len(b)-hintBytes) {
		return nil, 0
	}
	b = b[:hintBytes+n] // an older, longer one may stand behind it
	sum := binary.BigEndian.Uint32(b[28:])
	clear(b[28:32])
	if crc32.Checksum(b, castagnoli) != sum {
		return nil, 0
	}
	seq := binary.BigEndian.Uint64(b[16:])
	for i, r := range s.records {
		if r.seq != seq || r.hash != Hash(b[32:hintBytes]) {
			continue
		}
		if book, err = j.o.Codec.DecodeBook(b[hintBytes:]); err != nil {
			return nil, 0
		}
		return book.Clone(), i + 1
	}
	return nil, 0
}
