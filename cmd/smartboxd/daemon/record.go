package daemon

import (
	"errors"
	"sync"
	"time"

	"smartbox"
	"smartbox/storage/journal"
)

// errNoRecord says that the journal could not be opened yet. The error that wraps it says why.
var errNoRecord = errors.New("the journal is not open")

// reopenEvery bounds how often a journal that could not be opened is tried again.
const reopenEvery = 5 * time.Second

// record is the journal as the session sees it: one that can be missing. A disk that is full or read-only at the
// start must not keep the returns shut (see DESIGN.md), so the journal is tried again at the appends.
type record struct {
	dir   string
	opts  journal.Options
	meter Meter

	mu    sync.Mutex // never held during a write, which may hang
	j     *journal.Journal
	err   error     // of the last Open, or of the last append
	tried time.Time // when it was opened last
	late  bool      // it was opened after the start: the session's book is not built on it
}

// openRecord opens the journal. The record can be used even where an error comes back; whether it should is for
// the caller to judge.
func openRecord(dir string, o journal.Options, m Meter) (*record, error) {
	r := &record{dir: dir, opts: o, meter: m, tried: time.Now()}
	r.j, r.err = journal.Open(dir, r.opts)
	return r, r.err
}

// Append makes the event durable. On an error it is not on record, or not known to be; the caller tries again. It is
// called from one goroutine at a time.
func (r *record) Append(e smartbox.Event) (uint64, error) {
	began := time.Now()
	seq, err := r.append(e)
	r.meter.Recorded(e, time.Since(began), err)
	return seq, err
}

func (r *record) append(e smartbox.Event) (uint64, error) {
	j, err := r.reopened()
	if err != nil {
		return 0, err
	}
	seq, err := j.Append(e)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
	return seq, err
}

// reopened gives the journal, and opens it first where that is due.
func (r *record) reopened() (*journal.Journal, error) {
	j, err := r.journal()
	r.mu.Lock()
	due := j == nil && time.Since(r.tried) >= reopenEvery
	r.mu.Unlock()
	if !due {
		return j, err
	}
	j, err = journal.Open(r.dir, r.opts)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.j, r.err, r.tried, r.late = j, err, time.Now(), err == nil
	if err != nil {
		return nil, errors.Join(errNoRecord, err)
	}
	return j, nil
}

// journal gives the journal, or why there is none.
func (r *record) journal() (*journal.Journal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.j == nil {
		return nil, errors.Join(errNoRecord, r.err)
	}
	return r.j, nil
}

// book is what the journal says has happened; nothing where there is none.
func (r *record) book() *smartbox.Book {
	j, err := r.journal()
	if err != nil {
		return smartbox.NewBook()
	}
	return j.Book()
}

// broken is why the journal takes no events, nil while it does. It does not wait for a write that hangs.
func (r *record) broken() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// damage is what is known to be damaged in the journal. It does not wait for a write that hangs.
func (r *record) damage() []*journal.CorruptError {
	j, err := r.journal()
	if err != nil {
		return nil
	}
	return j.Damage()
}

// lost is how many events the damage took at most.
func (r *record) lost() (n uint64) {
	for _, c := range r.damage() {
		n += c.Lost
	}
	return n
}

// openedLate reports whether the journal was opened after the start.
func (r *record) openedLate() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.late
}

func (r *record) takeLate() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = false
}

// close lets go of the journal.
func (r *record) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.j == nil {
		return nil
	}
	err := r.j.Close()
	r.j, r.err = nil, journal.ErrClosed
	return err
}
