package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"smartbox"
)

// Open opens the journal in dir, or makes one. It cuts an unfinished write off, sets damaged segments
// aside and rebuilds the book from the last checkpoint and the events after it; what it found damaged
// stands in State. It fails with ErrNewer, ErrReadOnly, ErrLocked, or ErrFull where not even the first
// segment finds room; damage alone does not make it fail.
func Open(dir string, o Options) (*Journal, error) {
	if o.Codec == nil {
		return nil, errors.New("open journal: no codec given")
	}
	o = o.withDefaults()
	j := &Journal{dir: dir, o: o, fs: o.FS, sizes: map[uint64]int64{}}
	err := j.open()
	if err == nil {
		return j, nil
	}
	if class := classify(err); !errors.Is(class, ErrUncertain) && !errors.Is(err, class) {
		err = fmt.Errorf("%w: %w", class, err)
	}
	return nil, errors.Join(fmt.Errorf("open journal %s: %w", dir, err), j.Close())
}

func (j *Journal) open() error {
	if err := j.fs.MkdirAll("open.mkdir", j.dir); err != nil {
		return err
	}
	var err error
	if j.lock, err = j.fs.Lock("open.lock", j.path(lockFile)); err != nil {
		return err
	}
	l, err := list(j.fs, j.dir)
	if err != nil {
		return err
	}
	if l.spare {
		j.spare = j.readSpare()
	}
	spare := j.spare
	var mark ackMark
	if l.acks {
		mark, j.damage = readAck(j.fs, j.dir)
	}
	j.segs, j.ackCount, j.acked = l.segs, mark.count, mark.acked
	if len(l.segs) == 0 {
		err = j.begin(mark, l.acks)
	} else {
		err = j.resume(mark, l.acks)
	}
	if err != nil {
		return err
	}
	if err := j.lookAgain(); err != nil {
		return err
	}
	j.tell()
	j.await()
	if l.spare && spare == 0 && j.spare == 0 {
		j.dropSpare() // it was written to, or is not whole
	}
	for _, n := range l.tmp {
		_ = j.fs.Remove("open.tidy", j.path(n)) // an unfinished file that nobody reads; the next try overwrites it
	}
	if j.active.file == nil { // damaged or not trusted: what was acknowledged is safe, the rest tries again later
		j.broken = j.rotate()
	}
	if j.await(); j.spare == 0 {
		_ = j.makeSpare() // the next append tries again and says why not
	}
	return nil
}

// begin makes the first segment. A journal that acknowledged events and has no segment was lost: what
// follows is another history.
func (j *Journal) begin(mark ackMark, hadAcks bool) error {
	j.next, j.book, j.acked = 1, smartbox.NewBook(), 0
	j.epoch = mark.epoch
	if mark.acked > 0 || (hadAcks && mark.epoch == 0) {
		j.damage = append(j.damage, &CorruptError{
			Segment: "*", Seq: 1, Lost: max(1, mark.acked), Cause: "all segments are missing; a new history begins",
		})
		j.epoch = 0
	}
	for j.epoch == 0 {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			return err
		}
		j.epoch = binary.BigEndian.Uint64(b[:])
	}
	j.head = Genesis(j.epoch)
	if err := j.writeAck(0); err != nil {
		return err
	}
	return j.rotate()
}

// resume reads the last segment and makes it the active one.
func (j *Journal) resume(mark ackMark, hadAcks bool) error {
	last := j.segs[len(j.segs)-1]
	j.index, j.epoch = last.index, mark.epoch
	if j.epoch == 0 {
		j.epoch = j.epochOfHeaders()
	}
	s, err := loadSegment(j.fs, j.dir, last, 0, j.epoch)
	if err != nil {
		return err
	}
	if !s.bad && s.head.epoch != j.epoch {
		j.damage = append(j.damage, &CorruptError{Segment: ackFile, Cause: "it belongs to another history"})
		j.epoch, j.acked, hadAcks = s.head.epoch, 0, false
	}
	j.next, j.head = s.next, s.last
	if err := j.refold(s); err != nil {
		return err
	}
	if n := len(s.records); n > 0 && s.records[n-1].boot == j.o.Boot && s.linked {
		r := s.records[n-1]
		r.payload = bytes.Clone(r.payload)
		j.doubt = &r
	}
	j.acked = min(max(j.acked, j.first()-1), j.next-1)
	if hadAcks && len(j.damage) == 0 {
		if f, err := j.fs.Open("ack.open", j.path(ackFile)); err == nil {
			j.ackFile = f
		}
	}
	if len(s.damage) > 0 || last.bad {
		j.note(last, s.damage)
		return nil
	}
	j.activate(s)
	return nil
}

// lookAgain notes what is damaged in the segments that were set aside before, so that a restart does not forget it.
func (j *Journal) lookAgain() error {
	bounds := limits(j.segs)
	for i, name := range slices.Clone(j.segs) {
		if !name.bad || i == len(j.segs)-1 { // the last one was looked at
			continue
		}
		s, err := loadSegment(j.fs, j.dir, name, bounds[i], j.epoch)
		if err != nil {
			return err
		}
		j.note(name, s.damage)
	}
	return nil
}

// epochOfHeaders asks the segments which history they belong to.
func (j *Journal) epochOfHeaders() uint64 {
	for _, v := range slices.Backward(j.segs) {
		b, err := j.fs.ReadFile("segment.read", j.path(v.file()), false)
		if err != nil {
			continue
		}
		if h, err := decodeHeader(b); err == nil {
			return h.epoch
		}
	}
	return 0
}

// activate makes a sound last segment the one that is appended to. What it holds is flushed first: an
// earlier process may have been killed between its write and its flush.
func (j *Journal) activate(s *scan) {
	j.active = active{live: true, head: s.head, buf: s.bytes, tail: s.tail}
	j.active.offsets = make([]uint32, len(s.records), len(s.bytes)/sector)
	for i, r := range s.records {
		j.active.offsets[i] = uint32(r.off) //nolint:gosec // within a segment
	}
	f, err := j.fs.Open("segment.open", j.path(s.name.file()))
	if err != nil {
		j.active.carry, j.broken = true, err
		return
	}
	err = f.Sync("open.sync")
	if rest := s.bytes[s.tail:]; err == nil && s.torn {
		rest = rest[:min(len(rest), maxRecord)]
		clear(rest)
		err = f.WriteSync("open.cut", rest, s.tail)
	}
	if err != nil {
		_ = f.Close() // nothing in it is trusted any more
		j.active.carry, j.broken = true, err
		return
	}
	j.active.file = f
}

// refold rebuilds the book from the newest checkpoint that reads back and the events after it.
func (j *Journal) refold(last *scan) error {
	if book, covers := j.loadHint(last); book != nil {
		j.book = book
		j.foldIn(last, covers)
		return nil
	}
	scans := []*scan{last}
	bounds := limits(j.segs)
	for i := len(j.segs) - 1; ; i-- {
		s := scans[0]
		if book, err := j.o.Codec.DecodeBook(s.head.book); !s.bad && err == nil {
			j.book = book.Clone() // has every map, which a decoded one may lack
			break
		}
		if i == 0 {
			j.book = smartbox.NewBook()
			if s.name.first > 1 {
				j.damage = append(j.damage, &CorruptError{
					Segment: s.name.file(), Seq: 1, Lost: s.name.first - 1, Cause: "no checkpoint reads back: custody is known from later events only",
				})
			}
			break
		}
		earlier, err := loadSegment(j.fs, j.dir, j.segs[i-1], bounds[i-1], j.epoch)
		if err != nil {
			return err
		}
		j.note(j.segs[i-1], earlier.damage)
		scans = append([]*scan{earlier}, scans...)
	}
	for _, s := range scans {
		j.foldIn(s, 0)
	}
	return nil
}

// foldIn applies a segment's events to the book, but for the first so many.
func (j *Journal) foldIn(s *scan, skip int) {
	for _, r := range s.records[skip:] {
		e, err := decode(j.o.Codec, s.name, r)
		if damaged, ok := errors.AsType[*CorruptError](err); ok {
			j.damage = append(j.damage, damaged)
			continue
		}
		j.book.Apply(e)
	}
}

// decode reads a record's event and holds it against the record.
func decode(c Codec, name segName, r record) (smartbox.Event, error) {
	e, err := c.DecodeEvent(r.payload)
	switch {
	case err != nil:
		return smartbox.Event{}, &CorruptError{Segment: name.file(), Offset: r.off, Seq: r.seq, Lost: 1, Cause: "event cannot be decoded: " + err.Error()}
	case e.Seq != r.seq || e.Boot != r.boot:
		return smartbox.Event{}, &CorruptError{Segment: name.file(), Offset: r.off, Seq: r.seq, Lost: 1, Cause: "event names another sequence number or boot than its record"}
	}
	return e, nil
}

func (j *Journal) path(name string) string { return filepath.Join(j.dir, name) }
