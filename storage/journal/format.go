package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"smartbox"
)

// The format, byte by byte, stands in DESIGN.md. All numbers are big-endian.
const (
	sector          = 512 // every record begins on a sector of its own: what is acknowledged is never written again
	headerBytes     = 96
	recordBytes     = 56
	maxRecord       = 8 * sector
	minRoom         = 4 * maxRecord // that a new segment must have for records
	minSegmentBytes = sector + minRoom
	version         = 1

	headerMagic = "SBJOURNL"
)

// MaxPayload is how long an encoded event can be, in bytes.
const MaxPayload = maxRecord - recordBytes

// Hash is a link of the chain of events.
type Hash = smartbox.ChainHash

// Genesis is the hash before the first event of an epoch.
func Genesis(epoch uint64) Hash { return smartbox.ChainStart(epoch) }

// header is the beginning of a segment.
type header struct {
	epoch uint64
	index uint64 // counts segments made, so that a later one wins
	first uint64 // sequence number of the first record
	boot  uint64 // that made the segment
	prev  Hash   // of event first-1
	book  []byte // encoded checkpoint: the book after event first-1
	size  int64  // whole sectors that the header takes
	file  int64  // bytes of the file when it was made
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode gives the header in whole sectors.
func (h header) encode() []byte {
	b := make([]byte, roundUp(int64(headerBytes+len(h.book))))
	copy(b, headerMagic)
	binary.BigEndian.PutUint16(b[8:], version)
	binary.BigEndian.PutUint32(b[12:], uint32(len(b))) //nolint:gosec // a book has no 4 GiB
	binary.BigEndian.PutUint64(b[16:], h.epoch)
	binary.BigEndian.PutUint64(b[24:], h.index)
	binary.BigEndian.PutUint64(b[32:], h.first)
	binary.BigEndian.PutUint64(b[40:], h.boot)
	copy(b[48:], h.prev[:])
	binary.BigEndian.PutUint32(b[80:], uint32(len(h.book)))   //nolint:gosec // see above
	binary.BigEndian.PutUint32(b[84:], uint32(h.file/sector)) //nolint:gosec // a segment has no 2 TiB
	copy(b[headerBytes:], h.book)
	binary.BigEndian.PutUint32(b[88:], crc32.Checksum(b, castagnoli))
	return b
}

// errBadHeader says that a segment's header is not what was written.
var errBadHeader = errors.New("header fails its checksum")

// decodeHeader reads a segment's header. It fails with ErrNewer where a whole header names a later
// version: magic, length and checksum stand where they stand in every version, so that a flipped bit
// is not taken for a newer release.
func decodeHeader(b []byte) (header, error) {
	if len(b) < sector || string(b[:8]) != headerMagic {
		return header{}, errBadHeader
	}
	size := int64(binary.BigEndian.Uint32(b[12:]))
	if size < sector || size%sector != 0 || size > int64(len(b)) {
		return header{}, errBadHeader
	}
	var none [4]byte
	sum := crc32.Update(crc32.Checksum(b[:88], castagnoli), castagnoli, none[:])
	if crc32.Update(sum, castagnoli, b[92:size]) != binary.BigEndian.Uint32(b[88:]) {
		return header{}, errBadHeader
	}
	if v := binary.BigEndian.Uint16(b[8:]); v != version {
		return header{}, fmt.Errorf("%w: version %d, this release reads %d", ErrNewer, v, version)
	}
	n := int64(binary.BigEndian.Uint32(b[80:]))
	if n > size-headerBytes {
		return header{}, errBadHeader
	}
	h := header{
		epoch: binary.BigEndian.Uint64(b[16:]),
		index: binary.BigEndian.Uint64(b[24:]),
		first: binary.BigEndian.Uint64(b[32:]),
		boot:  binary.BigEndian.Uint64(b[40:]),
		book:  b[headerBytes : headerBytes+n],
		size:  size,
		file:  int64(binary.BigEndian.Uint32(b[84:])) * sector,
	}
	copy(h.prev[:], b[48:])
	return h, nil
}

// record is one event as it stands in a segment.
type record struct {
	seq     uint64
	boot    uint64
	hash    Hash
	payload []byte
	off     int64 // in the segment
	size    int64 // whole sectors
}

// put writes the record to the front of b, whole sectors, padding included, and gives their length.
func (r record) put(b []byte, epoch uint64) int64 {
	size := roundUp(int64(recordBytes + len(r.payload)))
	b = b[:size]
	clear(b)
	n := uint16(len(r.payload)) //nolint:gosec // at most MaxPayload
	binary.BigEndian.PutUint16(b, n)
	binary.BigEndian.PutUint16(b[2:], ^n)
	binary.BigEndian.PutUint64(b[8:], r.seq)
	binary.BigEndian.PutUint64(b[16:], r.boot)
	copy(b[24:], r.hash[:])
	copy(b[recordBytes:], r.payload)
	binary.BigEndian.PutUint32(b[4:], recordSum(b, epoch))
	return size
}

// recordSize reads how many bytes the record at the front of b takes, in whole sectors. The length
// stands there twice, once inverted, so that a flipped bit does not make a whole record look like an
// unfinished one.
func recordSize(b []byte) (size int64, ok bool) {
	if len(b) < recordBytes {
		return 0, false
	}
	n := binary.BigEndian.Uint16(b)
	if n != ^binary.BigEndian.Uint16(b[2:]) || n > MaxPayload {
		return 0, false
	}
	return roundUp(recordBytes + int64(n)), true
}

// recordAt reads the record at the front of b. The payload is a part of b.
func recordAt(b []byte, epoch uint64) (record, bool) {
	size, ok := recordSize(b)
	if !ok || size > int64(len(b)) || recordSum(b[:size], epoch) != binary.BigEndian.Uint32(b[4:]) {
		return record{}, false
	}
	n := int64(binary.BigEndian.Uint16(b))
	r := record{
		seq:     binary.BigEndian.Uint64(b[8:]),
		boot:    binary.BigEndian.Uint64(b[16:]),
		payload: b[recordBytes : recordBytes+n],
		size:    size,
	}
	copy(r.hash[:], b[24:])
	return r, true
}

// recordSum covers the epoch and all of the record's sectors but the sum itself: a record of another
// history is no record here, and a flip in the padding is seen.
func recordSum(b []byte, epoch uint64) uint32 {
	var e [8]byte
	binary.BigEndian.PutUint64(e[:], epoch)
	sum := crc32.Update(crc32.Checksum(e[:], castagnoli), castagnoli, b[:4])
	return crc32.Update(sum, castagnoli, b[8:])
}

func roundUp(n int64) int64 { return (n + sector - 1) / sector * sector }
