package journal

import (
	"errors"
	"fmt"
)

// dropSpare forgets a spare that was written to, or is too small.
func (j *Journal) dropSpare() {
	j.spare = 0
	_ = j.fs.Remove("spare.remove", j.path(spareFile)) // the next one is renamed over it
}

func (j *Journal) makeSpare() error { return j.makeSpareOf(j.o.SegmentBytes) }

// makeSpareOf makes the next segment's file in advance: zeroed, flushed, renamed. It is the reserve: an
// ordinary event is recorded only while there is one, so that there is always room for those that usesReserve names. Where
// the disk or the limit is full, acknowledged history makes room.
func (j *Journal) makeSpareOf(size int64) error {
	for {
		var err error
		if total := j.bytes() + size; j.o.MaxBytes > 0 && total > j.o.MaxBytes {
			err = fmt.Errorf("%w: the limit of %d bytes is reached", ErrFull, j.o.MaxBytes)
		} else {
			err = j.zeroed(size)
		}
		if err == nil {
			j.spare, j.full = size, false
			return nil
		}
		j.full = errors.Is(classify(err), ErrFull)
		if !j.full || !j.dropOldest() {
			return err
		}
	}
}

// zeroed makes a spare file. It reads nothing of the journal that changes.
func (j *Journal) zeroed(size int64) error {
	tmp := j.path(spareFile + tmpSuffix)
	if err := j.fs.Create("spare.create", tmp, size); err != nil {
		return err
	}
	return j.fs.Rename("spare.rename", tmp, j.path(spareFile))
}

// prepare has the next spare made while appends go on, so that none of them waits for zeros to reach the device. Whoever
// needs the spare awaits it, with the journal locked; the making itself takes no lock. Where there may be no room it leaves
// the matter to makeSpare, which can make some.
func (j *Journal) prepare() {
	size := j.o.SegmentBytes
	if j.spare != 0 || j.making != nil || (j.o.MaxBytes > 0 && j.bytes()+size > j.o.MaxBytes) {
		return
	}
	made := make(chan error, 1)
	j.making = made
	go func() { made <- j.zeroed(size) }()
}

// collect takes the spare that was being made, if it is there.
func (j *Journal) collect() {
	select {
	case err := <-j.making:
		j.made(err)
	default: // none is being made, or it takes longer
	}
}

// await is collect that waits.
func (j *Journal) await() {
	if j.making != nil {
		j.made(<-j.making)
	}
}

// made notes what became of a spare. Where it failed, the next append tries again and says why not.
func (j *Journal) made(err error) {
	if j.making = nil; err == nil {
		j.spare, j.full = j.o.SegmentBytes, false
	}
}

// readSpare is the size of the spare that an earlier run made, 0 where it is not whole and unused.
func (j *Journal) readSpare() int64 {
	b, err := j.fs.ReadFile("spare.read", j.path(spareFile), false)
	if err != nil || int64(len(b)) < j.o.SegmentBytes || len(b)%sector != 0 || !isZero(b) {
		return 0
	}
	return int64(len(b))
}
