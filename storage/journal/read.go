package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"smartbox"
)

// Raw is an event as it is sent to the cloud.
type Raw struct {
	Seq     uint64
	Hash    Hash   // SHA-256(hash of the event before ‖ Payload)
	Payload []byte // codec bytes
}

// batchSize bounds what is copied out of the active segment at a time.
const batchSize = 256

// item is a record, or an error that stands for records that cannot be had.
type item struct {
	rec  record
	name segName
	err  error
}

// Read yields the events from sequence number from on, in order, up to the newest at the time; 0 begins with the oldest.
//
// An error stands for events that cannot be had: a *CorruptError names those lost, ErrGone those deleted after
// the cloud had them. The events after them follow, if the loop goes on. Events appended meanwhile may or may not be seen.
func (j *Journal) Read(from uint64) iter.Seq2[smartbox.Event, error] {
	return j.events(j.walk(context.Background(), from, false))
}

// Follow is Read that waits for further events until ctx ends, which ends the loop without an error.
// Closing the journal ends it with ErrClosed.
func (j *Journal) Follow(ctx context.Context, from uint64) iter.Seq2[smartbox.Event, error] {
	return j.events(j.walk(ctx, from, true))
}

// ReadRaw gives at most limit events from sequence number from on as they go to the cloud. Fewer are no sign of the end;
// none are. Where events are lost, the sequence numbers jump, and the hash after the jump builds on the last
// event before it that could be read when it was written.
func (j *Journal) ReadRaw(from uint64, limit int) ([]Raw, error) {
	var out []Raw
	for it := range j.walk(context.Background(), from, false) {
		var damaged *CorruptError
		switch {
		case errors.As(it.err, &damaged), errors.Is(it.err, ErrGone):
			continue
		case it.err != nil:
			return out, it.err
		case len(out) >= limit:
			return out, nil
		}
		out = append(out, Raw{Seq: it.rec.seq, Hash: it.rec.hash, Payload: bytes.Clone(it.rec.payload)})
		if len(out) == limit {
			break
		}
	}
	return out, nil
}

func (j *Journal) events(items iter.Seq[item]) iter.Seq2[smartbox.Event, error] {
	return decodeAll(items, j.o.Codec, func(name segName, d *CorruptError) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.note(name, []*CorruptError{d})
	})
}

func decodeAll(items iter.Seq[item], c Codec, note func(segName, *CorruptError)) iter.Seq2[smartbox.Event, error] {
	return func(yield func(smartbox.Event, error) bool) {
		for it := range items {
			e, err := smartbox.Event{}, it.err
			if err == nil {
				e, err = decode(c, it.name, it.rec)
				var damaged *CorruptError
				if errors.As(err, &damaged) && note != nil {
					note(it.name, damaged)
				}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// chunk is some items, and where to go on.
type chunk struct {
	items []item
	next  uint64
	end   bool            // nothing more for now
	wake  <-chan struct{} // closes at the next append; at the end, where asked for
}

// walk yields records and gaps from from on, a chunk at a time, with no lock held while it yields.
func (j *Journal) walk(ctx context.Context, from uint64, follow bool) iter.Seq[item] {
	return func(yield func(item) bool) {
		for at := from; ctx.Err() == nil; {
			c, err := j.chunk(at, follow)
			if err != nil {
				yield(item{err: err})
				return
			}
			for _, it := range c.items {
				if ctx.Err() != nil || !yield(it) {
					return
				}
			}
			at = c.next
			switch {
			case c.end && !follow:
				return
			case c.end:
				select {
				case <-c.wake:
				case <-ctx.Done():
				}
			}
		}
	}
}

// chunk gives what stands at from and after it.
func (j *Journal) chunk(from uint64, wait bool) (c chunk, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return chunk{}, ErrClosed
	}
	if first := j.first(); from < first {
		if from > 0 {
			c.items = append(c.items, item{err: fmt.Errorf("%w: events %d to %d", ErrGone, from, first-1)})
		}
		from = first
	}
	c.next = from
	if from >= j.next {
		if wait && j.wake == nil {
			j.wake = make(chan struct{})
		}
		c.end, c.wake = true, j.wake
		return c, nil
	}
	last := len(j.segs) - 1
	bounds := limits(j.segs)
	bounds[last] = j.next
	i := last
	for from < j.segs[i].first || from >= bounds[i] {
		i--
	}
	if i == last && j.active.live {
		c.next = min(j.next, from+batchSize)
		c.items = append(c.items, j.recent(from, c.next)...)
		return c, nil
	}
	s, err := j.load(j.segs[i], bounds[i])
	if s == nil || err != nil {
		return c, err
	}
	c.next = bounds[i]
	c.items = append(c.items, s.items(from)...)
	return c, nil
}

// load reads a segment without holding the lock, which it is called with. It gives nothing where the
// segment was deleted or renamed meanwhile: look again.
func (j *Journal) load(name segName, limit uint64) (*scan, error) {
	epoch := j.epoch
	j.mu.Unlock()
	s, err := loadSegment(j.fs, j.dir, name, limit, epoch)
	j.mu.Lock()
	if errors.Is(err, fs.ErrNotExist) {
		if !slices.Contains(j.segs, name) {
			return nil, nil //nolint:nilnil // see the doc comment
		}
		s, err = &scan{name: name, next: name.first}, nil
		s.lose(0, limit-name.first, "file is missing")
	}
	if err == nil {
		j.note(name, s.damage)
	}
	return s, err
}

// recent copies events out of the active segment.
func (j *Journal) recent(from, to uint64) []item {
	name := j.segs[len(j.segs)-1]
	var out []item
	for seq := from; seq < to; seq++ {
		off := int64(j.active.offsets[seq-j.active.head.first])
		r, ok := recordAt(j.active.buf[off:], j.epoch)
		if !ok || r.seq != seq {
			out = append(out, item{err: &CorruptError{Segment: name.file(), Offset: off, Seq: seq, Lost: 1, Cause: "memory is damaged"}})
			continue
		}
		r.off, r.payload = off, bytes.Clone(r.payload)
		out = append(out, item{rec: r, name: name})
	}
	return out
}

// items gives the records from from on and, in their places, the errors for those lost.
func (s *scan) items(from uint64) []item {
	var out []item
	damage := s.damage
	gap := func(before uint64) {
		for len(damage) > 0 && (damage[0].Seq < before || before == 0) {
			if d := damage[0]; d.Lost > 0 && d.Seq+d.Lost > from {
				out = append(out, item{err: d, name: s.name})
			}
			damage = damage[1:]
		}
	}
	for _, r := range s.records {
		if r.seq < from {
			continue
		}
		gap(r.seq)
		out = append(out, item{rec: r, name: s.name})
	}
	gap(0)
	return out
}
