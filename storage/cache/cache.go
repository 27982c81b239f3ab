// Package cache keeps the box's snapshot on disk and the index of it in memory. It gives the one View in force,
// swaps it atomically, and brings it back after a restart or a power cut; see DESIGN.md.
package cache

import (
	"errors"

	"smartbox"
)

// Codec turns records into bytes and back. It must be deterministic: equal values give equal bytes.
type Codec interface {
	Marshal(v any) ([]byte, error)
	Unmarshal(data []byte, v any) error
}

// Options of a cache.
type Options struct {
	Codec Codec             // of the records; required
	Key   smartbox.BoxKey   // under which the credentials are digested
	Zones smartbox.ZoneFunc // nil = time.LoadLocation
	Box   smartbox.BoxID    // when set, a snapshot of another box is refused
}

// Errors of the cache; ErrBase is smartbox's own.
var (
	// ErrForeign says that a snapshot is another box's.
	ErrForeign = errors.New("cache: snapshot belongs to another box")
	// ErrOlder says that a snapshot is not newer than what is in force; Force replaces it all the same.
	ErrOlder = errors.New("cache: snapshot is older than the one in force")
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
	Replayed    int      // deltas applied on top of a flat copy
	Quarantined []string // files that were damaged and set aside
	Notes       []error  // what was wrong with each of them
}

// Cache is the persisted snapshot. Its methods are safe for any number of goroutines; View and Confirmed never wait.
type Cache struct{}

// Open opens the cache in dir, which is made where it is missing.
func Open(dir string, o Options) (*Cache, error) { return &Cache{}, nil }

// Opened says where the view that Open serves came from, and what was set aside.
func (c *Cache) Opened() Opened { return Opened{From: "empty"} }

// View is the revision in force; nil before the first snapshot.
func (c *Cache) View() smartbox.View { return nil }

// Confirmed is when the cloud last said that the revision in force is its newest; 0 = never.
func (c *Cache) Confirmed() smartbox.Stamp { return 0 }

// ReplaceOption changes what Replace accepts.
type ReplaceOption func(*replacing)

type replacing struct{ force bool }

// Force lets an older revision of the same epoch replace a newer one.
func Force() ReplaceOption { return func(r *replacing) { r.force = true } }

// Replace puts a whole snapshot in force once it is durable.
func (c *Cache) Replace(s *smartbox.Snapshot, opts ...ReplaceOption) error { return nil }

// Apply puts a delta in force once it is durable. A delta whose revision is in force already, or older, changes
// nothing; one that builds on another revision fails with smartbox.ErrBase.
func (c *Cache) Apply(d smartbox.Delta) error { return nil }

// Confirm records that the cloud said at that time that the revision in force is its newest.
func (c *Cache) Confirm(at smartbox.Stamp) error { return nil }

// Stage keeps chunk i of n of the snapshot called id, durably. Another id throws the chunks of the one before away.
func (c *Cache) Stage(id string, i, n int, chunk []byte) error { return nil }

// Staged are the chunks of id that have arrived, ascending.
func (c *Cache) Staged(id string) ([]int, error) { return nil, nil }

// Commit checks the staged snapshot against its SHA-256, decodes it and puts it in force.
func (c *Cache) Commit(id string, sum [32]byte, opts ...ReplaceOption) error { return nil }

// Snapshot reads everything back; ErrEmpty before the first snapshot.
func (c *Cache) Snapshot() (*smartbox.Snapshot, error) { return nil, ErrEmpty }

// Digest is the digest of the state in force; ErrEmpty before the first snapshot. See DigestOf.
func (c *Cache) Digest() ([32]byte, error) { return [32]byte{}, ErrEmpty }

// OnSwap has f called after every swap and every confirmation, in their order, and once at once where there is a
// view already. f must not call the cache's writing methods. The function that it returns ends that.
func (c *Cache) OnSwap(f func(v smartbox.View, confirmed smartbox.Stamp)) (stop func()) {
	return func() {}
}

// Close writes the flat copy where it is stale, and closes the files.
func (c *Cache) Close() error { return nil }
