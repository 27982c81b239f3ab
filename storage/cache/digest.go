package cache

import (
	"fmt"

	"smartbox"
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

// Digest is the digest of the state in force; ErrEmpty before the first snapshot. See DigestOf.
func (c *Cache) Digest() (smartbox.StateSum, error) {
	s, err := c.Snapshot()
	if err != nil {
		return smartbox.StateSum{}, err
	}
	return DigestOf(c.o.Codec, s)
}
