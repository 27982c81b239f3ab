package cache

import (
	"crypto/sha256"
	"fmt"

	"smartbox"
)

// DigestOf is the digest of a state: the SHA-256 of the snapshot as the codec writes it, without IssuedAt and
// Custody, for a delta carries neither of them into the state. Two boxes of one revision have the same digest,
// however they came there. s must be normalized.
func DigestOf(codec Codec, s *smartbox.Snapshot) ([32]byte, error) {
	bare := *s
	bare.IssuedAt, bare.Custody = 0, nil
	b, err := codec.Marshal(&bare)
	if err != nil {
		return [32]byte{}, fmt.Errorf("cache: encoding revision %d.%d: %w", s.Revision.Epoch, s.Revision.Version, err)
	}
	return sha256.Sum256(b), nil
}

// Digest is the digest of the state in force; ErrEmpty before the first snapshot. See DigestOf.
func (c *Cache) Digest() ([32]byte, error) {
	s, err := c.Snapshot()
	if err != nil {
		return [32]byte{}, err
	}
	return DigestOf(c.o.Codec, s)
}
