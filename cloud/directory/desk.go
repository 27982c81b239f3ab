package directory

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"smartbox"
)

// number is an id that counts.
type number int64

// String is the number.
func (n number) String() string { return strconv.FormatInt(int64(n), 10) }

// HoldLeases renews the replica's leases and takes free or expired ones until it has want. Between two calls the replica
// serves what the first one gave, and no longer than ttl.
func (s *Service) HoldLeases(ctx context.Context, holder string, want int, ttl time.Duration) (list []smartbox.BoxID, err error) {
	err = s.o.Repo.Update(ctx, 0, func(tx Tx) error {
		now := s.now()
		list, err = tx.Desk().Hold(ctx, holder, want, now, now+smartbox.Stamp(ttl.Milliseconds()))
		return err
	})
	return list, err
}

// ReleaseLeases gives them up, as at an orderly end.
func (s *Service) ReleaseLeases(ctx context.Context, holder string) error {
	return s.o.Repo.Update(ctx, 0, func(tx Tx) error { return tx.Desk().Release(ctx, holder) })
}

// Leases lists all that hold.
func (s *Service) Leases(ctx context.Context) (list []Lease, err error) {
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		list, err = tx.Desk().Leases(ctx, s.now())
		return err
	})
	return list, err
}

// Remember begins a request under an idempotency key. It reports true with the earlier record where there is one: with
// Status 0 it is still under way. Another request under the same key is a *ConflictError. Each token has keys of its
// own. Header and Body are stored sealed, for an answer may show a code.
func (s *Service) Remember(ctx context.Context, a Actor, key string, fingerprint []byte, ttl time.Duration) (was IdempotencyRecord, again bool, err error) {
	now := s.now()
	r := IdempotencyRecord{
		Org: a.Org, Key: a.Name() + " " + key, Fingerprint: fingerprint, Expires: now + smartbox.Stamp(ttl.Milliseconds()),
	}
	err = s.o.Repo.Update(ctx, a.Org, func(tx Tx) error {
		was, again, err = tx.Desk().Remember(ctx, r, now)
		return err
	})
	if err != nil || !again {
		return was, false, err
	}
	if !bytes.Equal(was.Fingerprint, fingerprint) {
		return IdempotencyRecord{}, false, &ConflictError{Kind: "request", Field: "Idempotency-Key"}
	}
	if was.Status == 0 {
		return was, true, nil
	}
	if was.Header, err = s.o.Sealer.Open(a.Org.String(), was.Header); err != nil {
		return was, true, err
	}
	was.Body, err = s.o.Sealer.Open(a.Org.String(), was.Body)
	return was, true, err
}

// Answer completes what Remember began: r is what it gave, with Status, Header and Body.
func (s *Service) Answer(ctx context.Context, a Actor, r IdempotencyRecord) (err error) {
	if r.Header, err = s.o.Sealer.Seal(a.Org.String(), r.Header); err != nil {
		return err
	}
	if r.Body, err = s.o.Sealer.Seal(a.Org.String(), r.Body); err != nil {
		return err
	}
	return s.o.Repo.Update(ctx, a.Org, func(tx Tx) error { return tx.Desk().Answer(ctx, r) })
}

// ForgetRequest gives up what Remember began, so that the request may be made again.
func (s *Service) ForgetRequest(ctx context.Context, a Actor, key string) error {
	return s.o.Repo.Update(ctx, a.Org, func(tx Tx) error {
		return tx.Desk().Forget(ctx, a.Org, a.Name()+" "+key, s.now())
	})
}

// Sweep deletes what is past: answers kept for repeated requests, and bookings that ended over a day ago.
func (s *Service) Sweep(ctx context.Context) error {
	orgs, err := s.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		err := s.change(ctx, SystemActor(o.ID), func(c *change) error {
			if err := c.tx.Desk().Forget(ctx, 0, "", c.now); err != nil {
				return err
			}
			day := smartbox.Stamp((24 * time.Hour).Milliseconds())
			past, err := c.tx.Bookings().Find(ctx, Query{Where: []Cond{Eq(FieldOrg, o.ID), {FieldUntil, OpLess, c.now - day}}})
			for i := range past {
				if err := remove(ctx, c, bookingKind(), &past[i]); err != nil {
					return err
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
