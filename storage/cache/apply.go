package cache

import (
	"errors"
	"fmt"

	"smartbox"
	"smartbox/storage/index"
)

// ReplaceOption changes what Replace accepts.
type ReplaceOption func(*replacing)

type replacing struct{ force bool }

// Force lets an older revision of the same epoch replace a newer one.
func Force() ReplaceOption { return func(r *replacing) { r.force = true } }

// Replace puts a whole snapshot in force once it is durable; until then, and where it fails, the old one stays in
// force. Readers never wait. Errors: Validate's, ErrForeign, ErrOlder, and those of storage/bolt.
func (c *Cache) Replace(s *smartbox.Snapshot, opts ...ReplaceOption) error {
	var r replacing
	for _, o := range opts {
		o(&r)
	}
	if err := c.mine(s.Box.ID); err != nil {
		return err
	}
	x, err := index.Build(s, c.o.Key, c.o.Zones)
	if err != nil {
		return err
	}
	<-c.ready
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.writable(); err != nil {
		return err
	}
	if old := c.now.Load(); old != nil {
		have, want := old.Revision(), x.Revision()
		if have.Epoch == want.Epoch && want.Version < have.Version && !r.force {
			return fmt.Errorf("%w: it is %d.%d, in force is %d.%d", ErrOlder, want.Epoch, want.Version, have.Epoch, have.Version)
		}
		if old.Same(x) {
			return nil
		}
	}
	return c.replace(s, x)
}

// replace makes s durable in all places; the logbook's commit is the point from which it is in force.
func (c *Cache) replace(s *smartbox.Snapshot, x *index.Index) error {
	if c.whole == nil {
		return c.werr
	}
	load := c.log.head.Load + 1
	if err := c.whole.load(s, load); err != nil {
		return err
	}
	h := c.headOf(x, load)
	if old := c.now.Load(); old == nil || old.Revision().Epoch != x.Revision().Epoch {
		h.Confirmed = 0
	}
	flatErr := c.writeFlat(x, h)
	if err := c.log.replace(h); err != nil {
		return err
	}
	c.flats = [2]smartbox.Revision{}
	if flatErr == nil {
		c.flats[c.serial%2] = x.Revision()
	}
	c.behind, c.kept = 0, h.Confirmed
	c.confirmed.Store(int64(h.Confirmed))
	c.now.Store(x)
	c.sum = nil
	c.swaps.tell(x, h.Confirmed)
	c.poke()
	if err := c.whole.keep(load); err != nil {
		c.aside("", err) // the next start sweeps it
	}
	if flatErr != nil {
		c.aside("", flatErr) // the next checkpoint writes it
	}
	return nil
}

// Apply puts a delta in force once it is durable: one small commit, and work that follows the size of the delta, not that
// of the snapshot, as long as the delta is small. A delta whose revision is in force already, or
// older, changes nothing; one that builds on another revision fails with smartbox.ErrBase, one that contradicts
// what is there with smartbox.ErrSnapshot.
func (c *Cache) Apply(d smartbox.Delta) error {
	if d.Put.Box != nil {
		if err := c.mine(d.Put.Box.ID); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.writable(); err != nil {
		return err
	}
	x := c.now.Load()
	if x == nil {
		return fmt.Errorf("%w: the box has no snapshot yet", smartbox.ErrBase)
	}
	have := x.Revision()
	if d.Revision.Epoch == have.Epoch && d.Revision.Version <= have.Version {
		return nil
	}
	n, diff, err := x.Change(d)
	if err != nil {
		return err
	}
	if err := c.log.add(c.headOf(n, c.log.head.Load), &d); err != nil {
		return err
	}
	c.kept = c.Confirmed()
	c.behind++
	c.now.Store(n)
	c.follow(diff)
	c.swaps.tell(n, c.Confirmed())
	c.poke()
	return nil
}

// writable makes sure that the logbook takes a commit. One whose last commit failed is opened anew, and what that
// commit did comes into force if it was durable after all.
func (c *Cache) writable() error {
	if c.closed {
		return ErrClosed
	}
	if c.log.db.Err() == nil {
		return nil
	}
	err := c.log.db.Close()
	l, oerr := openLog(c.dir, c.o, c.step, c.aside)
	if oerr != nil {
		return errors.Join(oerr, err)
	}
	c.log = l
	x := c.now.Load()
	if x == nil || l.known && l.head.Revision == x.Revision() {
		return nil
	}
	if !l.known {
		return l.replace(c.headOf(x, l.head.Load))
	}
	deltas, ok := l.from(x.Revision())
	if !ok {
		return fmt.Errorf("cache: %s: the revision in force is not the one on disk: start the box again", l.db.Path())
	}
	n, err := c.replay(x, deltas)
	if err != nil {
		return err
	}
	c.behind += len(deltas)
	c.now.Store(n)
	c.sum = nil
	c.swaps.tell(n, c.Confirmed())
	return nil
}
