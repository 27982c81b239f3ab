package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"smartbox"
	"smartbox/storage/bolt"
)

// ErrKnown says that a person is part of the revision in force, so that nothing of her can be forgotten.
var ErrKnown = errors.New("cache: person is part of the revision in force: drop her by a delta first")

// Forget returns nil once no record of the cache holds anything of these people: not the copies of older revisions, the
// deltas that lead from them, a snapshot that was arriving, or files that were set aside as damaged. Pages that the
// databases have freed, and blocks that a flash card has, are overwritten when they are used again.
func (c *Cache) Forget(users []smartbox.UserID) error {
	<-c.ready
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.writable(); err != nil {
		return err
	}
	if c.whole == nil {
		return c.werr
	}
	if x := c.now.Load(); x != nil {
		for _, u := range users {
			if _, ok := x.User(u); ok {
				return fmt.Errorf("%w: %s", ErrKnown, u)
			}
		}
		if err := c.renew(); err != nil {
			return fmt.Errorf("cache: forgetting: %w", err)
		}
	}
	err := c.whole.db.Update(func(tx *bolt.Tx) error {
		if err := tx.Drop(bucketChunks); err != nil {
			return err
		}
		return tx.Bucket(bucketStage).Delete([]byte(bucketStage))
	})
	if err != nil {
		return fmt.Errorf("cache: forgetting: %w", err)
	}
	return c.burn()
}

// renew writes the revision in force over every copy of an older one.
func (c *Cache) renew() error {
	for range c.flats { // each write goes to the older of the two
		x := c.now.Load()
		if c.flats[0] == x.Revision() && c.flats[1] == x.Revision() {
			break
		}
		packed, err := x.Packed()
		if err == nil {
			err = c.writeFlat(packed, c.log.head)
		}
		if err != nil {
			return err
		}
		c.flats[c.serial%2] = packed.Revision()
		c.now.CompareAndSwap(x, packed)
	}
	return c.checkpoint(nil)
}

// burn deletes what was set aside: it was of no use but for looking into.
func (c *Cache) burn() error {
	all, err := filepath.Glob(filepath.Join(c.dir, "*.bad-*"))
	for _, path := range all {
		err = errors.Join(err, os.Remove(path))
	}
	if err == nil {
		c.opened.Quarantined = slices.DeleteFunc(c.opened.Quarantined, func(name string) bool {
			_, gone := os.Lstat(name)
			return errors.Is(gone, os.ErrNotExist)
		})
	}
	return err
}

// Staging tells which snapshot is arriving, and the numbers of its chunks that are there, ascending; "" for none.
func (c *Cache) Staging() (id string, have []int, err error) {
	err = c.stage("stage.look", func(_ *bolt.Tx, s staged) error {
		id = s.ID
		return nil
	})
	if err != nil || id == "" {
		return "", nil, err
	}
	have, err = c.Staged(id)
	return id, have, err
}
