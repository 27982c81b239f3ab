// Package cache keeps the box's snapshot on disk and the index of it in memory. It gives the one View in force,
// swaps it atomically, and brings it back after a restart or a power cut; see DESIGN.md.
package cache

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"smartbox"
	"smartbox/storage/index"
)

// Codec turns records into bytes and back. It must be deterministic: equal values give equal bytes.
type Codec interface {
	Marshal(v any) ([]byte, error)
	Unmarshal(data []byte, v any) error
}

// Defaults of the options.
const (
	DefaultLag  = 64               // deltas
	DefaultIdle = 10 * time.Minute // since the first of them
)

// Options of a cache.
type Options struct {
	Codec Codec             // of the records; required
	Key   smartbox.BoxKey   // under which the credentials are digested
	Zones smartbox.ZoneFunc // nil = time.LoadLocation
	Box   smartbox.BoxID    // when set, a snapshot of another box is refused
	Lag   int               // how many deltas the copies of the whole may lag behind; 0 = DefaultLag
	Idle  time.Duration     // and for how long; 0 = DefaultIdle

	// at is told of every durable step before it is made, so that a test can cut the power there.
	at func(label string) error
}

// Errors of the cache; smartbox.ErrBase is what a delta gets that does not follow.
var (
	// ErrForeign says that a snapshot is another box's.
	ErrForeign = errors.New("cache: snapshot belongs to another box: send this box its own, or empty its store to enrol it anew")
	// ErrOlder says that a snapshot is not newer than what is in force; Force replaces it all the same.
	ErrOlder = errors.New("cache: snapshot is older than the one in force")
	// ErrKey says that the store was written under another box key, which would make every code unknown.
	ErrKey = errors.New("cache: store was written under another box key: bring the key back, or empty the store and fetch a snapshot")
	// ErrStage says that the chunks of a staged snapshot are not whole, or are not what was announced.
	ErrStage = errors.New("cache: staged snapshot is not whole")
	// ErrEmpty says that there is no snapshot yet.
	ErrEmpty = errors.New("cache: no snapshot yet")
	// ErrClosed says that the cache was closed.
	ErrClosed = errors.New("cache: closed")
)

// Opened says what Open found.
type Opened struct {
	From        string   // what serves now: "flat-a", "flat-b", "bolt" or "empty"
	Replayed    int      // deltas applied on top of it
	Quarantined []string // files that were damaged and set aside
	Notes       []error  // what was wrong with them, and with copies that were passed over
}

// Cache is the persisted snapshot. Its methods are safe for any number of goroutines; View and Confirmed never wait.
type Cache struct {
	o   Options
	dir string

	now       atomic.Pointer[index.Index]
	confirmed atomic.Int64

	mu     sync.Mutex // of those who write; guards all below
	opened Opened
	log    *logbook
	whole  *entities            // nil until it is verified, see ready
	werr   error                // why there is no whole
	serial uint64               // of the newest flat copy
	flats  [2]smartbox.Revision // what the flat copies hold that are of use
	behind int                  // deltas that the copies of the whole do not have
	kept   smartbox.Stamp
	sum    *smartbox.StateSum // of the state in force; nil until somebody asks
	closed bool

	swaps  swaps
	ready  chan struct{} // closed when the entities are verified, or given up
	wake   chan struct{} // the first delta behind, or one too many
	cancel context.CancelFunc
	done   chan struct{}
}

// Opened says where the view that Open served first came from, and what was set aside since.
func (c *Cache) Opened() Opened {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.opened
	o.Quarantined, o.Notes = append([]string(nil), o.Quarantined...), append([]error(nil), o.Notes...)
	return o
}

// View is the revision in force; nil before the first snapshot.
func (c *Cache) View() smartbox.View {
	if x := c.now.Load(); x != nil {
		return x
	}
	return nil
}

// Confirmed is when the cloud last said that the revision in force is its newest; 0 = never.
func (c *Cache) Confirmed() smartbox.Stamp { return smartbox.Stamp(c.confirmed.Load()) }

// keepEvery is how far Confirm may run ahead of the disk: a confirmation comes often, and one that is lost makes the
// knowledge older than it is, which is the safe side.
const keepEvery = smartbox.Stamp(time.Hour / time.Millisecond)

// Confirm records that the cloud said at that time that the revision in force is its newest. An older time than the
// last changes nothing. It is written down once an hour, and by Close.
func (c *Cache) Confirm(at smartbox.Stamp) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.now.Load()
	switch {
	case c.closed:
		return ErrClosed
	case x == nil:
		return ErrEmpty
	case at <= c.Confirmed():
		return nil
	}
	c.confirmed.Store(int64(at))
	c.swaps.tell(x, at)
	if at-c.kept < keepEvery {
		return nil
	}
	return c.keepConfirmed()
}

func (c *Cache) keepConfirmed() error {
	if c.Confirmed() == c.kept {
		return nil
	}
	if err := c.log.confirm(c.Confirmed()); err != nil {
		return err
	}
	c.kept = c.Confirmed()
	return nil
}

// Snapshot reads everything back; ErrEmpty before the first snapshot.
func (c *Cache) Snapshot() (*smartbox.Snapshot, error) {
	x := c.now.Load()
	if x == nil {
		return nil, ErrEmpty
	}
	return x.Snapshot(), nil
}

// OnSwap has f called after every swap and every confirmation, in their order, and once at once where there is a
// view already. f must not call methods of the cache that write. The function that it returns ends that.
func (c *Cache) OnSwap(f func(v smartbox.View, confirmed smartbox.Stamp)) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x := c.now.Load(); x != nil {
		f(x, c.Confirmed())
	}
	return c.swaps.add(f)
}

// Close brings the copies of the whole up to date and closes the files. Closing twice is no error.
func (c *Cache) Close() error {
	c.cancel()
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	err := errors.Join(c.checkpoint(nil), c.keepConfirmed(), c.log.settle(), c.log.db.Close())
	if c.whole != nil {
		err = errors.Join(err, c.whole.db.Close())
	}
	return err
}

func (c *Cache) step(label string) error {
	if c.o.at == nil {
		return nil
	}
	return c.o.at(label)
}

// aside notes a file that was set aside.
func (c *Cache) aside(name string, why error) {
	if name != "" {
		c.opened.Quarantined = append(c.opened.Quarantined, name)
	}
	if why != nil {
		c.opened.Notes = append(c.opened.Notes, why)
	}
}
