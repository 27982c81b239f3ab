package journal

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"smartbox"
)

// Journal is an open event log. It is safe for concurrent use; appends are made one at a time.
type Journal struct {
	dir string
	o   Options
	fs  FS

	mu       sync.Mutex
	closed   bool
	lock     io.Closer
	wake     chan struct{} // closed at the next append, where somebody waits; nil otherwise
	epoch    uint64
	segs     []segName        // ascending by index; the last one is the active one
	sizes    map[uint64]int64 // of files, by index, as far as asked for
	index    uint64           // of the newest segment ever begun
	next     uint64           // sequence number of the next event
	head     Hash             // of the last readable event
	book     *smartbox.Book
	doubt    *record // last record at open, when this very run wrote it: an append of the same event finds it
	active   active
	spare    int64      // size of the spare file; 0 = there is none
	making   chan error // gives what became of the spare that is being made; nil = none is
	full     bool       // there is no room for a spare
	acked    uint64
	ackCount uint64
	ackFile  File // nil = to be made anew
	damage   []*CorruptError
	broken   error

	told atomic.Pointer[[]*CorruptError] // damage, for those who must not wait for mu; never changed once stored
}

// active is the segment that is appended to, with a copy of its bytes: readers of recent events never
// touch the disk, and what is acknowledged survives a disk that forgets.
type active struct {
	file    File // nil = not trusted: the next append begins a new segment
	live    bool // buf and offs hold the last segment
	carry   bool // a flush failed: the next segment repeats this one
	head    header
	buf     []byte
	offsets []uint32 // of records, the first that of event head.first
	tail    int64
}

// State is how a journal stands.
type State struct {
	Epoch    uint64          // of this history; a journal that was lost and made anew has another one
	First    uint64          // oldest event kept; equals Next when there is none
	Next     uint64          // what the next event gets
	Acked    uint64          // newest event that the cloud has
	Head     Hash            // of the chain, after event Next-1
	Bytes    int64           // of all segments and the reserve
	Segments int             // files that hold events
	Full     bool            // only the reserve is left
	Damage   []*CorruptError // found since Open
	Broken   error           // what the last append failed with; nil once one worked again
}

// State says how the journal stands.
func (j *Journal) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.collect()
	return State{
		Epoch: j.epoch, First: j.first(), Next: j.next, Acked: j.acked, Head: j.head,
		Bytes: j.bytes(), Segments: len(j.segs), Full: j.full, Damage: slices.Clone(j.damage), Broken: j.broken,
	}
}

// Damage is what State calls so, and does not wait for an append that hangs. The list is the caller's to read only.
func (j *Journal) Damage() []*CorruptError {
	if d := j.told.Load(); d != nil {
		return *d
	}
	return nil
}

func (j *Journal) tell() {
	damage := slices.Clone(j.damage)
	j.told.Store(&damage)
}

func (j *Journal) first() uint64 {
	if len(j.segs) == 0 {
		return j.next
	}
	return j.segs[0].first
}

// Book is a copy of the book as folded from every event so far.
func (j *Journal) Book() *smartbox.Book {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.book.Clone()
}

// Close lets go of the files and ends every Follow. There is nothing to flush. Closing again is no error.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.await()
	if j.book != nil {
		j.saveHint()
	}
	j.closed = true
	j.awaken()
	var err error
	for _, c := range []io.Closer{j.active.file, j.ackFile, j.lock} {
		if c != nil {
			err = errors.Join(err, c.Close())
		}
	}
	if err != nil {
		return fmt.Errorf("close journal %s: %w", j.dir, err)
	}
	return nil
}

func (j *Journal) awaken() {
	if j.wake != nil {
		close(j.wake)
		j.wake = nil
	}
}

// note keeps damage once, and sets the segment aside under a name that says so.
func (j *Journal) note(name segName, damage []*CorruptError) {
	for _, d := range damage {
		if !slices.ContainsFunc(j.damage, func(k *CorruptError) bool {
			return k.Offset == d.Offset && k.Seq == d.Seq && sameSegment(k.Segment, d.Segment)
		}) {
			j.damage = append(j.damage, d)
		}
	}
	if len(damage) > 0 {
		j.quarantine(name)
		j.tell()
	}
}
