package journal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
)

const ackMagic = "SBJACKED"

// ackMark is what the file of acknowledgements holds, in two slots of a sector that are written in turn:
// a write cut short leaves the other one.
type ackMark struct {
	epoch uint64
	count uint64 // of marks written; the higher one holds
	acked uint64
}

func (m ackMark) encode() []byte {
	b := make([]byte, sector)
	copy(b, ackMagic)
	binary.BigEndian.PutUint64(b[8:], m.epoch)
	binary.BigEndian.PutUint64(b[16:], m.count)
	binary.BigEndian.PutUint64(b[24:], m.acked)
	binary.BigEndian.PutUint32(b[sector-4:], crc32.Checksum(b[:sector-4], castagnoli))
	return b
}

func decodeAck(b []byte) (ackMark, bool) {
	if len(b) < sector || string(b[:8]) != ackMagic ||
		crc32.Checksum(b[:sector-4], castagnoli) != binary.BigEndian.Uint32(b[sector-4:]) {
		return ackMark{}, false
	}
	return ackMark{
		epoch: binary.BigEndian.Uint64(b[8:]),
		count: binary.BigEndian.Uint64(b[16:]),
		acked: binary.BigEndian.Uint64(b[24:]),
	}, true
}

// readAck gives the newest mark, the zero one where there is none. Losing the newest is harmless: the
// cloud gets events again that it has. It is reported as damage nevertheless.
func readAck(fsys FS, dir string) (m ackMark, damage []*CorruptError) {
	b, err := fsys.ReadFile("ack.read", filepath.Join(dir, ackFile), false)
	if err != nil {
		return ackMark{}, []*CorruptError{{Segment: ackFile, Cause: "file cannot be read: " + err.Error()}}
	}
	for off := 0; off < 2*sector; off += sector {
		part := b[min(off, len(b)):min(off+sector, len(b))]
		switch one, ok := decodeAck(part); {
		case ok && one.count >= m.count:
			m = one
		case !ok && (len(part) < sector || !isZero(part)):
			damage = append(damage, &CorruptError{Segment: ackFile, Offset: int64(off), Cause: "mark fails its checksum"})
		}
	}
	return m, damage
}

// Ack records that the cloud has every event up to upTo, durably, and deletes acknowledged history
// beyond the retention limits. Only the cloud's own word may be passed, never a broker's. An older
// acknowledgement than the newest is no error and changes nothing. It fails with ErrAhead for an event
// that was never recorded, and with the errors of Append where the disk fails.
func (j *Journal) Ack(upTo uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.closed:
		return ErrClosed
	case upTo >= j.next:
		return fmt.Errorf("%w: up to %d, but the last event is %d", ErrAhead, upTo, j.next-1)
	case upTo <= j.acked:
		return nil
	}
	if err := j.writeAck(upTo); err != nil {
		return fmt.Errorf("%w: acknowledge up to event %d: %w", classify(err), upTo, err)
	}
	j.acked = upTo
	j.retain()
	return nil
}

// writeAck writes the next mark. The first failure ends trust in the file; the next mark goes to a new one.
func (j *Journal) writeAck(upTo uint64) error {
	j.ackCount++
	m := ackMark{epoch: j.epoch, count: j.ackCount, acked: upTo}
	if j.ackFile == nil {
		return j.makeAck(m)
	}
	err := j.ackFile.WriteSync("ack.write", m.encode(), int64(m.count%2)*sector)
	if err != nil {
		j.dropAck()
	}
	return err
}

func (j *Journal) dropAck() {
	if j.ackFile != nil {
		_ = j.ackFile.Close() // nothing in it is trusted any more
		j.ackFile = nil
	}
}

// makeAck makes the file anew with one mark.
func (j *Journal) makeAck(m ackMark) error {
	final := filepath.Join(j.dir, ackFile)
	tmp := final + tmpSuffix
	if err := j.fs.Create("ack.create", tmp, 2*sector); err != nil {
		return err
	}
	f, err := j.fs.Open("ack.open", tmp)
	if err != nil {
		return err
	}
	err = f.WriteSync("ack.write", m.encode(), int64(m.count%2)*sector)
	if err == nil {
		err = j.fs.Rename("ack.rename", tmp, final)
	}
	if err == nil {
		err = j.fs.SyncDir("ack.dirsync", j.dir)
	}
	if err != nil {
		_ = f.Close() // the first error says it
		return err
	}
	j.ackFile = f
	return nil
}
