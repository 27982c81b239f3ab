package directory

import (
	"context"
	"crypto/rand"
	"fmt"

	"smartbox"
)

// epochBits keep an epoch exact in a JavaScript number.
const epochBits = 48

// newEpoch is random: a database that was restored must not meet an epoch that was in use before.
func newEpoch() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[2:]) // never fails (crypto/rand)
	var n uint64
	for _, v := range b {
		n = n<<8 | uint64(v)
	}
	return n | 1<<(epochBits-1)
}

// newState gives a new box its key and epoch.
func (c *change) newState(ctx context.Context, b *Box) error {
	var key smartbox.BoxKey
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	sealed, err := c.s.o.Sealer.Seal(b.ID.String(), key[:])
	if err != nil {
		return err
	}
	return c.tx.State().Insert(ctx, &BoxState{Box: b.ID, Org: b.Org, Epoch: newEpoch(), Key: sealed})
}

func (s *Service) openBoxKey(st BoxState) (key smartbox.BoxKey, err error) {
	b, err := s.o.Sealer.Open(st.Box.String(), st.Key)
	if err != nil || copy(key[:], b) != len(key) {
		return key, fmt.Errorf("key of box %s cannot be opened; is the cloud's key the one that it was sealed with? %w", st.Box, err)
	}
	return key, nil
}

// BoxKey is the key under which the box's credentials are digested. It goes to the box and to nobody else.
func (s *Service) BoxKey(ctx context.Context, box smartbox.BoxID) (smartbox.BoxKey, error) {
	st, err := s.State(ctx, box)
	if err != nil {
		return smartbox.BoxKey{}, err
	}
	return s.openBoxKey(st)
}

// State is what is known about a box's running, for programs that serve every organization.
func (s *Service) State(ctx context.Context, box smartbox.BoxID) (st BoxState, err error) {
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		st, err = tx.State().Get(ctx, box)
		return err
	})
	return st, err
}

// BoxState is State for an actor; another organization's box is not found. It is without the box's key.
func (s *Service) BoxState(ctx context.Context, a Actor, box smartbox.BoxID) (BoxState, error) {
	if err := a.need(SeeKeys); err != nil {
		return BoxState{}, err
	}
	st, err := s.State(ctx, box)
	if err == nil && st.Org != a.Org {
		err = notFound(kindBox, box)
	}
	if err != nil {
		return BoxState{}, err
	}
	st.Key = nil
	return st, nil
}

// BoxByFingerprint finds the box whose certificate has this fingerprint, revoked or not; ErrNotFound.
func (s *Service) BoxByFingerprint(ctx context.Context, fingerprint string) (st BoxState, err error) {
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		st, err = tx.State().ByFingerprint(ctx, fingerprint)
		return err
	})
	return st, err
}

// state changes a box's state on the cloud's own behalf.
func (s *Service) state(ctx context.Context, box smartbox.BoxID, fn func(c *change, st *BoxState) error) error {
	st, err := s.State(ctx, box)
	if err != nil {
		return err
	}
	return s.change(ctx, SystemActor(st.Org), func(c *change) error {
		st, err := c.tx.State().Get(ctx, box)
		if err != nil {
			return err
		}
		if err := fn(c, &st); err != nil {
			return err
		}
		return c.tx.State().Update(ctx, &st)
	})
}

// MakeClaim gives the box a claim by the digest of its code (SHA-256), in place of the one before.
func (s *Service) MakeClaim(ctx context.Context, a Actor, box smartbox.BoxID, digest []byte, expires smartbox.Stamp) error {
	if err := a.need(ManageBoxes); err != nil {
		return err
	}
	return s.change(ctx, a, func(c *change) error {
		if _, err := get(ctx, c.tx, a, boxKind(), uint64(box)); err != nil {
			return err
		}
		if err := c.tx.Desk().PutClaim(ctx, Claim{Box: box, Org: a.Org, Digest: digest, Expires: expires}); err != nil {
			return err
		}
		return c.audit(ctx, "claim-code", kindBox, uint64(box), "")
	})
}

// TakeClaim uses a claim up and gives its box; ErrNotFound for one that is wrong, used or late.
func (s *Service) TakeClaim(ctx context.Context, digest []byte) (box smartbox.BoxID, err error) {
	err = s.o.Repo.Update(ctx, 0, func(tx Tx) error {
		c, err := tx.Desk().TakeClaim(ctx, digest, s.now())
		box = c.Box
		return err
	})
	return box, err
}

// Enrolled notes the certificate that a box was given, in place of the one before, and gives the box's key.
func (s *Service) Enrolled(ctx context.Context, box smartbox.BoxID, id Identity) (key smartbox.BoxKey, err error) {
	err = s.state(ctx, box, func(c *change, st *BoxState) error {
		st.Identity = id
		if key, err = s.openBoxKey(*st); err != nil {
			return err
		}
		return c.audit(ctx, "enrol", kindBox, uint64(box), "certificate "+id.Serial)
	})
	return key, err
}

// Revoke makes the box's certificate worthless.
func (s *Service) Revoke(ctx context.Context, a Actor, box smartbox.BoxID, reason string) error {
	if err := a.need(ManageBoxes); err != nil {
		return err
	}
	return s.change(ctx, a, func(c *change) error {
		if _, err := get(ctx, c.tx, a, boxKind(), uint64(box)); err != nil {
			return err
		}
		st, err := c.tx.State().Get(ctx, box)
		if err != nil {
			return err
		}
		if st.Identity.Revoked == 0 {
			st.Identity.Revoked = c.now
		}
		if err := c.tx.State().Update(ctx, &st); err != nil {
			return err
		}
		c.tell[box] = true
		return c.audit(ctx, "revoke", kindBox, uint64(box), reason)
	})
}

// Seen is what a box said of itself.
type Seen struct {
	Online     bool
	Connection string
	Firmware   string // "" = not said
}

// BoxSeen notes a birth, a death or a hello. The death of another connection than the last born is ignored: a broker may
// tell of it late.
func (s *Service) BoxSeen(ctx context.Context, box smartbox.BoxID, seen Seen) error {
	return s.state(ctx, box, func(c *change, st *BoxState) error {
		if !seen.Online && st.Connection != seen.Connection {
			return nil
		}
		st.Online, st.Connection, st.SeenAt = seen.Online, seen.Connection, c.now
		if seen.Firmware != "" {
			st.Firmware = seen.Firmware
		}
		return nil
	})
}
