package cache

import (
	"context"
	"errors"
	"time"

	"smartbox"
	"smartbox/storage/index"
)

// work is the cache's one goroutine: it verifies the records behind a start from a flat copy, and keeps the copies
// of the whole from lagging too far behind.
func (c *Cache) work(ctx context.Context) {
	defer close(c.done)
	c.verify()
	close(c.ready)
	var due <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
			if c.settle() {
				due = nil
			} else if due == nil {
				due = time.After(c.o.Idle)
			}
		case <-due:
			due = nil
			c.tidy()
		}
	}
}

// poke wakes the worker; one call is as good as many.
func (c *Cache) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// verify opens the records, which reads and checks every one of them, and rebuilds them where they are damaged or
// lead nowhere.
func (c *Cache) verify() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.werr = c.openWhole()
	x := c.now.Load()
	if c.werr != nil || x == nil {
		return
	}
	g, ok := c.whole.find(c.log.head.Load)
	if ok {
		_, ok = c.log.from(g.Revision)
	}
	if !ok {
		c.werr = c.whole.load(x.Snapshot(), c.log.head.Load)
	}
	if c.werr == nil {
		c.werr = c.whole.keep(c.log.head.Load)
	}
	if c.werr == nil && (c.behind > 0 || !c.hasFlat(x)) {
		c.poke()
	}
}

// manyChanged is how many rows of changes the index may carry before they are packed: a half of what it takes.
const manyChanged = 2048

// settle guards the last commit, and brings the copies up to date where they lag too far or there is no flat one.
func (c *Cache) settle() (upToDate bool) {
	c.mu.Lock()
	if err := c.log.settle(); err != nil {
		c.aside("", err)
	}
	x := c.now.Load()
	done := x == nil || c.behind == 0 && c.hasFlat(x)
	wait := !done && c.behind < c.o.Lag && x.Changed() < manyChanged && c.flats != [2]smartbox.Revision{}
	c.mu.Unlock()
	switch {
	case done:
		return true
	case wait:
		return false
	default:
		return c.refresh() == nil
	}
}

func (c *Cache) tidy() {
	if c.refresh() != nil {
		c.poke()
	}
}

// refresh packs the index while deltas may go on coming in, lays those over it, and brings the copies up to date.
func (c *Cache) refresh() error {
	x := c.now.Load()
	if x == nil {
		return nil
	}
	packed, err := x.Packed()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && packed != x {
		err = c.rebase(x, packed)
	}
	if err == nil {
		err = c.checkpoint(packed)
	}
	if err != nil {
		c.aside("", err)
	}
	return err
}

// rebase serves what is in force from packed, which is x.
func (c *Cache) rebase(x, packed *index.Index) error {
	now := c.now.Load()
	deltas, ok := c.log.from(x.Revision())
	if !ok {
		return nil // another snapshot is in force by now
	}
	n, err := c.replay(packed, deltas)
	if err != nil || n.Revision() != now.Revision() {
		return err
	}
	c.now.Store(n)
	c.swaps.tell(n, c.Confirmed()) // so that nobody holds on to the old tables
	return nil
}

// hasFlat reports whether a flat copy holds the revision.
func (c *Cache) hasFlat(x *index.Index) bool {
	return c.flats[0] == x.Revision() || c.flats[1] == x.Revision()
}

// checkpoint brings the copies of the whole to the revision in force and forgets the deltas that none of them lacks. A
// packed index that is at hand spares packing it anew; it may lack the last deltas.
func (c *Cache) checkpoint(packed *index.Index) error {
	x := c.now.Load()
	if x == nil {
		return nil
	}
	if packed != nil {
		if _, ok := c.log.from(packed.Revision()); !ok {
			packed = nil
		}
	}
	var errs []error
	need := []smartbox.Revision{x.Revision()}
	if c.whole != nil {
		g, ok := c.whole.find(c.log.head.Load)
		deltas, leads := c.log.from(g.Revision)
		switch {
		case ok && leads:
			errs = append(errs, c.whole.catchUp(g, deltas))
		default:
			err := c.whole.load(x.Snapshot(), c.log.head.Load)
			errs = append(errs, err)
		}
		g, _ = c.whole.find(c.log.head.Load)
		need = append(need, g.Revision)
	}
	if c.hasFlat(x) {
		packed = x
	} else {
		var err error
		if packed == nil {
			packed, err = x.Packed()
		}
		if err == nil && !c.hasFlat(packed) {
			if err = c.writeFlat(packed, c.log.head); err == nil {
				c.flats[c.serial%2] = packed.Revision()
			}
		}
		errs = append(errs, err)
	}
	for _, r := range c.flats {
		if r != (smartbox.Revision{}) {
			need = append(need, r)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	late, _ := c.log.from(packed.Revision())
	c.behind = len(late)
	return c.log.trim(need)
}
