package journal

import (
	"bytes"
	"errors"
	"fmt"

	"smartbox"
)

// Append records the event and returns when it is on the device: one write, one flush. It sets Seq and
// Boot and gives the sequence number.
//
// ErrFull, ErrReadOnly and ErrTooLarge mean that nothing was recorded. ErrUncertain means that the disk failed half way;
// the caller appends the same event again, as often as it likes, and it is on record once. A write that
// fails is tried once more in a new segment before an error is returned.
func (j *Journal) Append(e smartbox.Event) (seq uint64, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return 0, ErrClosed
	}
	e.Boot = j.o.Boot
	if seq, ok := j.known(e); ok {
		return seq, nil
	}
	e.Seq = j.next
	payload, err := j.o.Codec.EncodeEvent(nil, e)
	if err != nil {
		return 0, fmt.Errorf("append event %d (%s): encode: %w", e.Seq, e.Kind, err)
	}
	if len(payload) > MaxPayload {
		return 0, fmt.Errorf("%w: %d bytes encoded, at most %d", ErrTooLarge, len(payload), MaxPayload)
	}
	r := record{seq: e.Seq, boot: e.Boot, hash: j.head.Next(payload), payload: payload}
	class, err := j.write(r, usesReserve(e.Kind))
	if err != nil {
		j.broken = err
		return 0, fmt.Errorf("%w: append event %d (%s): %w", class, e.Seq, e.Kind, err)
	}
	j.book.Apply(e)
	j.broken = nil
	if e.Seq%hintEvery == 0 {
		j.saveHint()
	}
	j.awaken()
	return e.Seq, nil
}

// known finds the event that was written last before the journal was opened again in the same run: its append
// may have failed with an unknown outcome, and the reopened file told that it is on record after all.
func (j *Journal) known(e smartbox.Event) (seq uint64, ok bool) {
	if j.doubt == nil {
		return 0, false
	}
	e.Seq = j.doubt.seq
	payload, err := j.o.Codec.EncodeEvent(nil, e)
	return e.Seq, err == nil && bytes.Equal(payload, j.doubt.payload)
}

// write makes the record durable, in this segment or in the next. On an error it says which of the
// sentinels holds.
func (j *Journal) write(r record, reserve bool) (class, err error) {
	j.collect()
	if a := &j.active; a.tail > int64(len(a.buf))/2 {
		j.await() // the half that is left belongs to those that use the reserve
	}
	if j.spare == 0 && j.making == nil {
		if err := j.makeSpare(); err != nil && !reserve && errors.Is(classify(err), ErrFull) {
			return ErrFull, err
		}
	}
	size := roundUp(int64(recordBytes + len(r.payload)))
	var failed error
	begun := false
	for range 4 { // here, and once more in a new segment that may first have to repeat this one and be full
		a := &j.active
		if a.file == nil || a.tail+size > int64(len(a.buf)) {
			if err := j.rotate(); err != nil {
				if failed != nil {
					return ErrUncertain, errors.Join(failed, err)
				}
				return classify(err), err
			}
			begun = true
			continue
		}
		r.put(a.buf[a.tail:], j.epoch)
		err := a.file.WriteSync("append.write", a.buf[a.tail:a.tail+size], a.tail)
		if err == nil {
			a.offsets = append(a.offsets, uint32(a.tail)) //nolint:gosec // within a segment
			a.tail += size
			j.next, j.head = r.seq+1, r.hash
			if begun {
				j.prepare()
			}
			return nil, nil
		}
		failed = errors.Join(failed, err)
		j.distrust()
	}
	return ErrUncertain, failed
}

// distrust ends the use of the active file after a failed write. What was acknowledged is read back from the
// device; where that fails, the next segment repeats it from memory.
func (j *Journal) distrust() {
	a := &j.active
	_ = a.file.Close() // nothing in it is trusted any more
	a.file = nil
	clear(a.buf[a.tail:])
	name := j.segs[len(j.segs)-1].file()
	b, err := j.fs.ReadFile("verify.read", j.path(name), true)
	a.carry = err != nil || int64(len(b)) < a.tail || !bytes.Equal(b[:a.tail], a.buf[:a.tail])
}

// usesReserve reports whether an event of this kind is recorded even when only the reserve is left:
// returns, what ends an exchange that has begun, and what must not be forgotten for safety.
func usesReserve(k smartbox.EventKind) bool {
	switch k { //nolint:exhaustive // the rest can wait for room
	case smartbox.DropoffAuthorised, smartbox.DropoffReturned, smartbox.DropoffNotReturned,
		smartbox.PickupTaken, smartbox.PickupNotTaken, smartbox.HandedOver,
		smartbox.SlotOpened, smartbox.SlotClosed, smartbox.UnlockFailed,
		smartbox.DuressRaised, smartbox.PanelLocked, smartbox.BackupUsed, smartbox.UserDenied,
		smartbox.DoorForced, smartbox.KeyMissing, smartbox.KeyWrong, smartbox.DiscrepancyFound, smartbox.TamperOpened,
		smartbox.ReleaseBegun, smartbox.ReleaseSlot, smartbox.ReleaseEnded,
		smartbox.RecordBroken, smartbox.RecordMended, smartbox.Started, smartbox.Stopped:
		return true
	default:
		return false
	}
}
