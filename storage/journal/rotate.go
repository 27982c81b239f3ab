package journal

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// rotate begins a new segment in the spare file: header, rename, directory flush. Only then is it the active one; a step
// that fails leaves at worst an empty segment behind, which the next one makes void.
func (j *Journal) rotate() error {
	a := &j.active
	carry := a.live && a.carry
	j.index++
	h := header{epoch: j.epoch, index: j.index, first: j.next, boot: j.o.Boot, prev: j.head}
	if carry {
		h.first, h.prev, h.book = a.head.first, a.head.prev, a.head.book
	} else {
		var err error
		if h.book, err = j.o.Codec.EncodeBook(j.book); err != nil {
			return fmt.Errorf("encode checkpoint: %w", err)
		}
	}
	begin := h.encode()
	if carry {
		begin = append(begin, a.buf[a.head.size:a.tail]...)
	}
	if err := j.spareFor(int64(len(begin)) + minRoom); err != nil {
		return err
	}
	h.file = j.spare
	h.size = int64(len(h.encode()))
	copy(begin, h.encode())
	f, err := j.beginSpare(begin, segName{index: h.index, first: h.first})
	if err != nil {
		return err
	}
	offsets := a.offsets
	if !carry {
		offsets = nil
	}
	if a.file != nil {
		_ = a.file.Close() // all in it is durable
	}
	j.segs = append(j.segs, segName{index: h.index, first: h.first})
	j.sizes[h.index] = h.file
	buf := make([]byte, h.file)
	copy(buf, begin)
	if h.book != nil {
		h.book = buf[headerBytes : headerBytes+len(h.book)]
	}
	j.active = active{file: f, live: true, head: h, buf: buf, offsets: offsets, tail: int64(len(begin))}
	j.retain()
	return nil
}

// beginSpare writes the beginning of a segment to the spare file and gives it its name.
func (j *Journal) beginSpare(begin []byte, name segName) (File, error) {
	f, err := j.fs.Open("segment.open", j.path(spareFile))
	if err != nil {
		j.dropSpare()
		return nil, err
	}
	err = f.WriteSync("segment.write", begin, 0)
	if err == nil {
		err = j.fs.Rename("segment.rename", j.path(spareFile), j.path(name.file()))
	}
	if err == nil {
		j.spare = 0
		err = j.fs.SyncDir("segment.dirsync", j.dir)
	}
	if err != nil {
		_ = f.Close() // the first error says it
		if j.spare != 0 {
			j.dropSpare()
		}
		return nil, err
	}
	return f, nil
}

// spareFor sees to a spare of at least need bytes.
func (j *Journal) spareFor(need int64) error {
	j.await()
	if j.spare >= need {
		return nil
	}
	if j.spare != 0 {
		j.dropSpare()
	}
	return j.makeSpareOf(max(need, j.o.SegmentBytes))
}

// retain deletes the oldest acknowledged segments beyond the limits. It stops at the first error; the next call goes on.
func (j *Journal) retain() {
	for {
		n := j.deletable()
		var kept int64
		for _, s := range j.segs[:n] {
			kept += j.size(s)
		}
		if (n <= j.o.RetainSegments && kept <= j.o.RetainBytes) || !j.dropOldest() {
			return
		}
	}
}

// deletable is how many of the oldest segments hold acknowledged events only. The active segment and the
// one before it, whose checkpoint stands in for a damaged one, stay.
func (j *Journal) deletable() int {
	n := 0
	for i, limit := range limits(j.segs[:max(0, len(j.segs)-1)]) {
		if limit == 0 || limit > j.acked+1 {
			break
		}
		n = i + 1
	}
	return n
}

// dropOldest deletes the oldest segment if that is allowed. The directory is flushed each time, so that
// history shrinks from its beginning only, whenever the power fails.
func (j *Journal) dropOldest() bool {
	if j.deletable() == 0 {
		return false
	}
	if err := j.fs.Remove("retain.remove", j.path(j.segs[0].file())); err != nil {
		return false
	}
	delete(j.sizes, j.segs[0].index)
	j.segs = slices.Clone(j.segs[1:])
	return j.fs.SyncDir("retain.dirsync", j.dir) == nil
}

// bytes is the size of all segments and the spare.
func (j *Journal) bytes() int64 {
	total := j.spare
	for _, s := range j.segs {
		total += j.size(s)
	}
	return total
}

func (j *Journal) size(s segName) int64 {
	n, ok := j.sizes[s.index]
	if !ok {
		var err error
		if n, err = j.fs.Size("segment.size", j.path(s.file())); err != nil {
			return 0 // gone or unreadable: it takes no room that could be counted
		}
		j.sizes[s.index] = n
	}
	return n
}

// quarantine renames a damaged segment to .bad. What is whole in it is still read from there; it is
// never appended to. If the name cannot be changed, the next reader finds the damage again.
func (j *Journal) quarantine(name segName) {
	i := slices.Index(j.segs, name)
	if i < 0 || name.bad {
		return
	}
	to := name
	to.bad = true
	if err := j.fs.Rename("quarantine.rename", j.path(name.file()), j.path(to.file())); err != nil {
		return
	}
	j.segs[i] = to
	for k, d := range j.damage {
		if d.Segment == name.file() {
			moved := *d // others may hold the old one
			moved.Segment = to.file()
			j.damage[k] = &moved
		}
	}
}

// sameSegment compares file names, quarantined or not.
func sameSegment(a, b string) bool {
	return strings.TrimSuffix(a, filepath.Ext(a)) == strings.TrimSuffix(b, filepath.Ext(b))
}
