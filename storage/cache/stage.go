package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"smartbox"
	"smartbox/storage/bolt"
)

// Bounds of a staged snapshot.
const (
	MaxChunks = 4096
	MaxChunk  = 256 << 10 // bytes
)

const (
	bucketStage  = "staged"
	bucketChunks = "chunks"
)

// staged says what is arriving.
type staged struct {
	ID string `cbor:"1,keyasint,omitempty"`
	N  int    `cbor:"2,keyasint,omitempty"`
}

// Stage keeps chunk i of n, counted from 0, of the snapshot called id, durably. A chunk may come twice and in any
// order. Another id throws the chunks of the one before away.
func (c *Cache) Stage(id string, i, n int, chunk []byte) error {
	if id == "" || n < 1 || n > MaxChunks || i < 0 || i >= n || len(chunk) > MaxChunk {
		return fmt.Errorf("%w: chunk %d of %d with %d bytes: at most %d chunks of %d bytes", ErrStage, i, n, len(chunk), MaxChunks, MaxChunk)
	}
	return c.stage("stage.put", func(tx *bolt.Tx, s staged) error {
		if s.ID == id && s.N != n {
			return fmt.Errorf("%w: it was announced in %d chunks, now in %d", ErrStage, s.N, n)
		}
		if s.ID != id {
			b, err := c.o.Codec.Marshal(staged{ID: id, N: n})
			if err != nil {
				return err
			}
			if err := tx.Drop(bucketChunks); err != nil {
				return err
			}
			if err := tx.Bucket(bucketStage).Put([]byte(bucketStage), b); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketChunks).Put(binary.BigEndian.AppendUint32(nil, uint32(i)), chunk) //nolint:gosec // at most MaxChunks
	})
}

// stage runs f on the staged snapshot.
func (c *Cache) stage(label string, f func(*bolt.Tx, staged) error) error {
	<-c.ready
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.writable(); err != nil {
		return err
	}
	if c.whole == nil {
		return c.werr
	}
	if err := c.step(label); err != nil {
		return err
	}
	err := c.whole.db.Update(func(tx *bolt.Tx) error {
		s, err := c.staged(tx)
		if err != nil {
			return err
		}
		return f(tx, s)
	})
	if err != nil {
		return fmt.Errorf("cache: staging: %w", err)
	}
	return nil
}

func (c *Cache) staged(tx *bolt.Tx) (s staged, err error) {
	b, err := tx.Bucket(bucketStage).Get([]byte(bucketStage))
	if err != nil || b == nil {
		return s, err
	}
	return s, c.o.Codec.Unmarshal(b, &s)
}

// Staged are the numbers of the chunks of id that have arrived, ascending.
func (c *Cache) Staged(id string) (have []int, err error) {
	err = c.chunks(id, func(i int, _ []byte) { have = append(have, i) })
	return have, err
}

func (c *Cache) chunks(id string, f func(i int, chunk []byte)) error {
	<-c.ready
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	if c.whole == nil {
		return c.werr
	}
	return c.whole.db.View(func(tx *bolt.Tx) error {
		s, err := c.staged(tx)
		if err != nil || s.ID != id {
			return err
		}
		return tx.Bucket(bucketChunks).ForEach(func(k, v []byte) error {
			f(int(binary.BigEndian.Uint32(k)), v)
			return nil
		})
	})
}

// Commit checks the staged snapshot against its SHA-256, decodes it and puts it in force as Replace does. Where the
// digest does not match, the chunks are thrown away: ErrStage, ask for them again.
func (c *Cache) Commit(id string, sum [32]byte, opts ...ReplaceOption) error {
	var whole []byte
	n := 0
	if err := c.chunks(id, func(i int, b []byte) {
		if i == n {
			whole = append(whole, b...)
			n++
		}
	}); err != nil {
		return err
	}
	var s smartbox.Snapshot
	switch got := sha256.Sum256(whole); {
	case n == 0:
		return fmt.Errorf("%w: nothing of it has arrived", ErrStage)
	case got != sum && c.complete(id, n):
		return errors.Join(fmt.Errorf("%w: its digest is not the announced one: ask for all of it again", ErrStage), c.unstage())
	case got != sum:
		return fmt.Errorf("%w: chunk %d has not arrived", ErrStage, n)
	}
	if err := c.o.Codec.Unmarshal(whole, &s); err != nil {
		return fmt.Errorf("cache: staged snapshot does not decode: %w", err)
	}
	if err := c.Replace(&s, opts...); err != nil {
		return err
	}
	return c.unstage()
}

// complete reports whether n chunks are all of id.
func (c *Cache) complete(id string, n int) bool {
	all := false
	err := c.stage("stage.check", func(_ *bolt.Tx, s staged) error {
		all = s.ID == id && s.N == n
		return nil
	})
	return err == nil && all
}

func (c *Cache) unstage() error {
	return c.stage("stage.clear", func(tx *bolt.Tx, _ staged) error {
		if err := tx.Drop(bucketChunks); err != nil {
			return err
		}
		return tx.Bucket(bucketStage).Delete([]byte(bucketStage))
	})
}
