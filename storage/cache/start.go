package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"smartbox"
	"smartbox/storage/index"
)

// Open opens the cache in dir, which is made where it is missing, and serves the revision that was in force: from
// the newest good flat copy, else from the records. What is damaged is set aside and told in Opened; where nothing
// good is left the cache begins empty. Errors: ErrForeign, ErrKey, and those of storage/bolt.
func Open(dir string, o Options) (*Cache, error) {
	if o.Codec == nil {
		return nil, errors.New("cache: options name no codec")
	}
	if o.Zones == nil {
		o.Zones = time.LoadLocation
	}
	if o.Lag == 0 {
		o.Lag = DefaultLag
	}
	if o.Idle == 0 {
		o.Idle = DefaultIdle
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	c := &Cache{
		o: o, dir: dir, ready: make(chan struct{}), wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if err := c.start(); err != nil {
		if c.log != nil {
			err = errors.Join(err, c.log.db.Close())
		}
		if c.whole != nil {
			err = errors.Join(err, c.whole.db.Close())
		}
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	go c.work(ctx)
	return c, nil
}

// start finds what to serve.
func (c *Cache) start() (err error) {
	for _, name := range flatNames() {
		if err := os.Remove(filepath.Join(c.dir, name+".new")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cache: %w", err)
		}
	}
	if c.log, err = openLog(c.dir, c.o, c.step, c.aside); err != nil {
		return err
	}
	if err := c.checkHead(); err != nil {
		return err
	}
	x, err := c.fromFlat()
	if err != nil {
		return err
	}
	if x == nil {
		if x, err = c.fromWhole(); err != nil {
			return err
		}
	}
	if x == nil {
		c.opened.From = "empty"
		return c.forgetHead()
	}
	if err := c.mine(x.Box().ID); err != nil {
		return err
	}
	c.now.Store(x)
	c.kept = c.log.head.Confirmed
	return nil
}

// checkHead refuses a store that is not ours.
func (c *Cache) checkHead() error {
	if !c.log.known {
		return nil
	}
	if c.log.head.Key != c.o.Key.Digest(keyCheck) {
		return ErrKey
	}
	c.confirmed.Store(int64(c.log.head.Confirmed))
	return c.mine(c.log.head.Box)
}

func (c *Cache) mine(box smartbox.BoxID) error {
	if c.o.Box != 0 && box != c.o.Box {
		return fmt.Errorf("%w: it is of box %s, this is %s", ErrForeign, box, c.o.Box)
	}
	return nil
}

// fromFlat loads the newest good copy that leads to the revision in force.
func (c *Cache) fromFlat() (*index.Index, error) {
	heads, err := c.heads()
	if err != nil {
		return nil, err
	}
	if !c.log.known {
		return c.adoptFlat(heads)
	}
	for i := range heads {
		h := &heads[i]
		deltas, ok := c.log.from(h.revision)
		if h.load != c.log.head.Load || !ok {
			continue // of before, or of a load that was cut short
		}
		x, err := c.loadFlat(h)
		if err != nil {
			return nil, err
		}
		if x == nil {
			continue
		}
		n, err := c.replay(x, deltas)
		if err != nil {
			c.aside("", fmt.Errorf("cache: %s: %w", h.name, err))
			continue
		}
		if c.now.Load() == nil && c.opened.From == "" {
			c.opened.From, c.opened.Replayed, c.behind = h.name, len(deltas), len(deltas)
		}
		c.flats[flatPlace(h.name)] = h.revision
		c.noteOther(heads[i+1:])
		return n, nil
	}
	return nil, nil
}

// noteOther remembers the older copy, so that the deltas that it lacks are kept.
func (c *Cache) noteOther(rest []copyHead) {
	for _, h := range rest {
		if _, ok := c.log.from(h.revision); ok && h.load == c.log.head.Load {
			c.flats[flatPlace(h.name)] = h.revision
		}
	}
}

// adoptFlat serves the newest copy when the logbook was lost: it may lack the last deltas, and the revision that
// the box reports tells the cloud so.
func (c *Cache) adoptFlat(heads []copyHead) (*index.Index, error) {
	for i := range heads {
		h := &heads[i]
		x, err := c.loadFlat(h)
		if err != nil {
			return nil, err
		}
		if x == nil {
			continue
		}
		c.opened.From = h.name
		c.flats[flatPlace(h.name)] = h.revision
		c.confirmed.Store(int64(h.confirmed))
		return x, c.log.replace(c.headOf(x, h.load))
	}
	return nil, nil
}

// loadFlat reads a copy; nil where it was damaged, or is of no use to this program.
func (c *Cache) loadFlat(h *copyHead) (*index.Index, error) {
	x, err := c.readFlat(h)
	switch {
	case errors.Is(err, errFlat):
		return nil, c.setAside(h.name, err)
	case errors.Is(err, index.ErrKey) && !c.log.known:
		return nil, ErrKey
	case err != nil:
		c.aside("", err)
		return nil, nil
	}
	return x, nil
}

// replay applies deltas to an index.
func (c *Cache) replay(x *index.Index, deltas []smartbox.Delta) (*index.Index, error) {
	for i := range deltas {
		n, err := x.With(deltas[i])
		if err != nil {
			return nil, err
		}
		x = n
	}
	return x, nil
}

// fromWhole builds the index from the records.
func (c *Cache) fromWhole() (*index.Index, error) {
	if err := c.openWhole(); err != nil {
		return nil, err
	}
	for {
		g, ok := c.whole.find(c.log.head.Load)
		if !c.log.known && len(c.whole.all) > 0 {
			g, ok = c.whole.all[len(c.whole.all)-1], true
		}
		if !ok {
			return nil, nil
		}
		x, deltas, err := c.build(g)
		if err == nil {
			c.opened.From, c.opened.Replayed, c.behind = "bolt", deltas, deltas
			if !c.log.known {
				return x, c.log.replace(c.headOf(x, g.Load))
			}
			return x, nil
		}
		if errors.Is(err, smartbox.ErrBase) {
			c.aside("", err)
			return nil, nil
		}
		if err := c.replaceWhole(err); err != nil {
			return nil, err
		}
	}
}

// build makes the index of a generation and brings it to the revision in force.
func (c *Cache) build(g generation) (x *index.Index, replayed int, err error) {
	s, err := c.whole.snapshot(g)
	if err != nil {
		return nil, 0, err
	}
	if x, err = index.Build(s, c.o.Key, c.o.Zones); err != nil || !c.log.known {
		return x, 0, err
	}
	deltas, ok := c.log.from(g.Revision)
	if !ok {
		return nil, 0, fmt.Errorf("cache: %s: %w: nothing leads from %d.%d to the revision in force", wholeName, smartbox.ErrBase,
			g.Revision.Epoch, g.Revision.Version)
	}
	x, err = c.replay(x, deltas)
	return x, len(deltas), err
}

// replaceWhole sets the records aside and begins anew.
func (c *Cache) replaceWhole(why error) error {
	if err := c.whole.db.Close(); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	c.whole = nil
	if err := c.setAside(wholeName, why); err != nil {
		return err
	}
	return c.openWhole()
}

func (c *Cache) openWhole() (err error) {
	if c.whole == nil {
		c.whole, err = openEntities(c.dir, c.o, c.step, c.aside)
	}
	return err
}

// forgetHead begins empty: where a revision was in force and nothing that holds it is left, all that is older is set
// aside, for the box never goes back by itself.
func (c *Cache) forgetHead() error {
	if !c.log.known || c.log.head.Revision == (smartbox.Revision{}) {
		return nil
	}
	c.confirmed.Store(0)
	why := fmt.Errorf("cache: no copy of revision %d.%d is left: fetch a snapshot", c.log.head.Revision.Epoch, c.log.head.Revision.Version)
	c.aside("", why)
	for _, name := range flatNames() {
		if _, err := os.Stat(filepath.Join(c.dir, name)); err != nil {
			continue
		}
		if err := c.setAside(name, nil); err != nil {
			return err
		}
	}
	if c.whole != nil && len(c.whole.all) > 0 {
		if err := c.replaceWhole(nil); err != nil {
			return err
		}
	}
	h := c.log.head
	h.Revision, h.Confirmed, h.Load = smartbox.Revision{}, 0, h.Load+1
	return c.log.replace(h)
}

func (c *Cache) headOf(x *index.Index, load uint64) head {
	return head{
		Revision: x.Revision(), Box: x.Box().ID, Key: c.o.Key.Digest(keyCheck), Confirmed: c.Confirmed(), Load: load,
	}
}
