package cache

import (
	"errors"
	"fmt"

	"smartbox"
	"smartbox/storage/index"
)

// DigestOf is the digest of a state: smartbox.SumState over the items as the codec writes them. Two boxes that know the
// same have the same digest, however they came there.
func DigestOf(codec Codec, s *smartbox.Snapshot) (smartbox.StateSum, error) {
	sum, err := smartbox.SumState(s, codec.Marshal)
	if err != nil {
		return sum, fmt.Errorf("cache: encoding revision %d.%d: %w", s.Revision.Epoch, s.Revision.Version, err)
	}
	return sum, nil
}

// Digest is the digest of the state in force; ErrEmpty before the first snapshot. See DigestOf. The first call reads
// everything, deltas after it only what they change.
func (c *Cache) Digest() (smartbox.StateSum, error) {
	c.mu.Lock()
	x, known := c.now.Load(), c.sum
	c.mu.Unlock()
	switch {
	case x == nil:
		return smartbox.StateSum{}, ErrEmpty
	case known != nil:
		return *known, nil
	}
	sum, err := DigestOf(c.o.Codec, x.Snapshot())
	if err != nil {
		return sum, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.Load() == x {
		c.sum = &sum
	}
	return sum, nil
}

// follow brings a known digest from the state before to that in force.
func (c *Cache) follow(d *index.Difference) {
	if c.sum == nil || d == nil {
		c.sum = nil
		return
	}
	sum := *c.sum
	err := errors.Join(
		smartbox.EachItem(&d.Out, c.counting(sum.Remove)),
		smartbox.EachItem(&d.In, c.counting(sum.Add)),
	)
	if c.sum = &sum; err != nil {
		c.sum = nil // the next Digest reads everything, and tells
	}
}

func (c *Cache) counting(count func(smartbox.ItemKind, []byte)) func(smartbox.ItemKind, any) error {
	return func(kind smartbox.ItemKind, item any) error {
		b, err := c.o.Codec.Marshal(item)
		if err == nil {
			count(kind, b)
		}
		return err
	}
}
