package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"

	"smartbox"
)

// Report is what Verify found.
type Report struct {
	Epoch    uint64 // of the history
	Segments int    // files that hold events
	Events   uint64 // that are whole
	First    uint64 // oldest event kept, 0 when there is none
	Last     uint64 // newest event, readable or not
	Acked    uint64 // newest event that the cloud has
	Head     Hash   // of the chain, after the newest readable event
	Bytes    int64  // of all segments
	Torn     bool   // an unfinished write stands at the end; the next Open cuts it off
	Damage   []*CorruptError
}

// OK reports whether nothing is damaged.
func (r Report) OK() bool { return len(r.Damage) == 0 }

// Verify reads every byte of the journal in dir and checks sums, sequence numbers, the hash chain
// across segments and that each event can be decoded. It writes nothing and takes no lock, so that it
// can run beside the daemon. Damage is in the report, not in the error; the error says that the
// journal could not be read at all.
func Verify(dir string, c Codec) (Report, error) { return verify(OS(), dir, c) }

func verify(fsys FS, dir string, c Codec) (Report, error) {
	l, err := list(fsys, dir)
	if err != nil {
		return Report{}, fmt.Errorf("verify journal %s: %w", dir, err)
	}
	var mark ackMark
	r := Report{}
	if l.acks {
		mark, r.Damage = readAck(fsys, dir)
	}
	r.Epoch, r.Acked = mark.epoch, mark.acked
	if len(l.segs) > 0 {
		r.First = l.segs[0].first
	}
	var before *scan
	for s, err := range scans(fsys, dir, l.segs, mark.epoch) {
		if err != nil {
			return r, fmt.Errorf("verify journal %s: %w", dir, err)
		}
		r.add(s, before, c)
		before = s
	}
	return r, nil
}

// add counts one segment in.
func (r *Report) add(s, before *scan, c Codec) {
	r.Segments++
	r.Bytes += int64(len(s.bytes))
	r.Torn = s.torn
	r.Damage = append(r.Damage, s.damage...)
	if !s.bad && s.bytes != nil {
		r.Epoch = s.head.epoch
		if _, err := c.DecodeBook(s.head.book); err != nil {
			r.Damage = append(r.Damage, &CorruptError{Segment: s.name.file(), Offset: headerBytes, Cause: "checkpoint cannot be decoded: " + err.Error()})
		}
		if before != nil && before.linked && before.next == s.name.first && before.last != s.head.prev {
			r.Damage = append(r.Damage, &CorruptError{Segment: s.name.file(), Offset: 48, Cause: "hash chain does not go on from the segment before"})
		}
	}
	for _, rec := range s.records {
		var damaged *CorruptError
		if _, err := decode(c, s.name, rec); errors.As(err, &damaged) {
			r.Damage = append(r.Damage, damaged)
			continue
		}
		r.Events++
		r.Head = rec.hash
	}
	if s.next > 0 {
		r.Last = s.next - 1
	}
}

// scans reads the segments one after the other. Those deleted meanwhile are left out.
func scans(fsys FS, dir string, segs []segName, epoch uint64) iter.Seq2[*scan, error] {
	return func(yield func(*scan, error) bool) {
		for i, limit := range limits(segs) {
			s, err := loadSegment(fsys, dir, segs[i], limit, epoch)
			if err == nil && limit == 0 && len(s.damage) > 0 {
				s, err = loadSegment(fsys, dir, segs[i], limit, epoch) // it may have been read while it was written
			}
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// walkDir yields what stands in dir without opening the journal for writing.
func walkDir(fsys FS, dir string, from uint64) iter.Seq[item] {
	return func(yield func(item) bool) {
		l, err := list(fsys, dir)
		if err != nil {
			yield(item{err: err})
			return
		}
		var mark ackMark
		if l.acks {
			mark, _ = readAck(fsys, dir) // its damage is Verify's to tell
		}
		for s, err := range scans(fsys, dir, l.segs, mark.epoch) {
			if err != nil {
				yield(item{err: err})
				return
			}
			for _, it := range s.items(from) {
				if !yield(it) {
					return
				}
			}
		}
	}
}

// ReadDir yields the events of the journal in dir as Read does, without opening it for writing: for a tool
// that runs beside the daemon, or on a disk taken out of a box.
func ReadDir(dir string, c Codec, from uint64) iter.Seq2[smartbox.Event, error] {
	return decodeAll(walkDir(OS(), dir, from), c, nil)
}

// Export writes the events from..to (0 = the newest) of the journal in dir, without opening it for
// writing. See Journal.Export.
func Export(dir string, c Codec, w io.Writer, from, to uint64, f Format) error {
	if _, err := OS().Size("export.size", filepath.Clean(dir)); err != nil {
		return fmt.Errorf("export journal: %w", err)
	}
	return export(walkDir(OS(), dir, from), c, w, to, f)
}
