package fleet

import (
	"sync"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

// Bounds of the cache.
const (
	snapBytes = 64 << 20
	snapLife  = 10 * time.Minute
)

// snapCache keeps snapshots that are under way. Each has the time in it at which it was said to be true, and so is
// another one when it is made again: without the cache a transfer that was cut would begin anew.
type snapCache struct {
	mu   sync.Mutex
	size int
	list map[smartbox.BoxID]snapEntry
}

type snapEntry struct {
	chunks []wire.Chunk
	erase  []smartbox.UserID
	size   int
	at     time.Time
}

func newSnapCache() *snapCache { return &snapCache{list: map[smartbox.BoxID]snapEntry{}} }

func (c *snapCache) get(id smartbox.BoxID, r smartbox.Revision, now time.Time) (snapEntry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.list[id]
	return e, ok && e.chunks[0].Revision == r && now.Sub(e.at) < snapLife
}

func (c *snapCache) put(id smartbox.BoxID, e snapEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(id)
	if e.size > snapBytes {
		return
	}
	for c.size+e.size > snapBytes {
		var oldest smartbox.BoxID
		for id, have := range c.list {
			if oldest == 0 || have.at.Before(c.list[oldest].at) {
				oldest = id
			}
		}
		c.drop(oldest)
	}
	c.list[id] = e
	c.size += e.size
}

func (c *snapCache) drop(id smartbox.BoxID) {
	if e, ok := c.list[id]; ok {
		c.size -= e.size
		delete(c.list, id)
	}
}
