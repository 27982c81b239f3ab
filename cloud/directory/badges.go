package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"smartbox"
)

func (s *Service) lookup(org OrgID, canonical string) []byte {
	return s.o.Sealer.Lookup(org.String(), canonical)
}

// open reads a credential's canonical text.
func (s *Service) open(r Credential) (string, error) {
	b, err := s.o.Sealer.Open(r.Org.String(), r.Sealed)
	if err != nil {
		return "", fmt.Errorf("credential %s cannot be opened; is the cloud's key the one that it was sealed with? %w", r.ID, err)
	}
	return string(b), nil
}

// insertCredential seals a canonical text and stores it under the organization's next number.
func (c *change) insertCredential(ctx context.Context, r Credential, canonical string) (Credential, error) {
	n, err := c.tx.Desk().Next(ctx, c.actor.Org, "credentials", 1)
	if err != nil {
		return r, err
	}
	r.ID, r.Org, r.Meta = CredentialID(newID()), c.actor.Org, Meta{Created: c.now, Updated: c.now}
	r.Number = uint32(n) //nolint:gosec // nobody gives out four thousand million codes
	if r.Sealed, err = c.s.o.Sealer.Seal(r.Org.String(), []byte(canonical)); err != nil {
		return r, err
	}
	r.Lookup = c.s.lookup(r.Org, canonical)
	err = c.tx.Credentials().Insert(ctx, &r)
	if taken, ok := errors.AsType[*ConflictError](err); ok && taken.Field == "lookup" {
		taken.Kind, taken.Field = kindMember, r.Kind.String()
		if r.Key != 0 {
			taken.Kind = kindKey
		}
	}
	return r, err
}

func (c *change) addBadge(ctx context.Context, id smartbox.UserID, b smartbox.Badge, active bool) (Credential, error) {
	b, err := smartbox.ParseBadge(string(b))
	if err != nil {
		return Credential{}, invalid(kindMember, "badge", "is no badge", "write the technology and the number, such as uid:04A224B2C35D80 or w26:8-12345")
	}
	return c.insertCredential(ctx, Credential{Kind: smartbox.UserBadge, Member: id, Active: active, Tech: technology(b)}, b.Canonical())
}

func technology(b smartbox.Badge) string {
	tech, _, _ := strings.Cut(b.Canonical(), ":")
	return tech
}

// AddBadge gives the member a badge. Where it is not active, and the member's switches do not let badges in without
// activation, it works once it was activated with the access code.
func (s *Service) AddBadge(ctx context.Context, a Actor, id smartbox.UserID, b smartbox.Badge, active bool) (r Credential, err error) {
	err = s.credential(ctx, a, id, "add-badge", func(c *change) error {
		r, err = c.addBadge(ctx, id, b, active)
		return err
	})
	return r, err
}

// SetFob gives the key a fob in place of the one it had; an empty one takes it away.
func (s *Service) SetFob(ctx context.Context, a Actor, id smartbox.KeyID, fob smartbox.Badge) (r Credential, err error) {
	if err := a.need(ManageKeys); err != nil {
		return r, err
	}
	err = s.change(ctx, a, func(c *change) error {
		key, err := get(ctx, c.tx, a, keyKind(), uint64(id))
		if err != nil {
			return err
		}
		err = clearOut(ctx, c.tx.Credentials(), Query{Where: []Cond{Eq(FieldKey, id)}}, func(r *Credential) uint64 { return uint64(r.ID) })
		if err != nil {
			return err
		}
		if fob != "" {
			b, err := smartbox.ParseBadge(string(fob))
			if err != nil {
				return invalid(kindKey, "fob", "is no badge", "write the technology and the number, such as ibutton:0184D5F2010000C3")
			}
			if r, err = c.insertCredential(ctx, Credential{Kind: smartbox.KeyFob, Key: id, Active: true, Tech: technology(b)}, b.Canonical()); err != nil {
				return err
			}
		}
		if key.Box != 0 {
			if err := c.reframe(ctx, key.Box); err != nil {
				return err
			}
		}
		return c.audit(ctx, "set-fob", kindKey, uint64(id), "")
	})
	return r, err
}

// ActivateBadge lets a badge work.
func (s *Service) ActivateBadge(ctx context.Context, a Actor, id CredentialID) (r Credential, err error) {
	err = s.oneCredential(ctx, a, id, "activate-badge", func(c *change, old Credential) error {
		if old.Kind != smartbox.UserBadge {
			return invalid(kindCredential, "id", "is no badge", "use the id of a badge")
		}
		r = old
		r.Active, r.Updated = true, c.now
		return c.tx.Credentials().Update(ctx, &r)
	})
	return r, err
}

// RemoveCredential takes a member's code or badge away, or a key's fob.
func (s *Service) RemoveCredential(ctx context.Context, a Actor, id CredentialID) error {
	return s.oneCredential(ctx, a, id, "remove-credential", func(c *change, _ Credential) error {
		return c.tx.Credentials().Delete(ctx, uint64(id))
	})
}

func (s *Service) oneCredential(ctx context.Context, a Actor, id CredentialID, action string, fn func(c *change, old Credential) error) error {
	r, err := s.Credentials.Get(ctx, a, id)
	if err != nil {
		return err
	}
	if r.Key != 0 {
		_, err := s.SetFob(ctx, a, r.Key, "")
		return err
	}
	return s.credential(ctx, a, r.Member, action, func(c *change) error {
		now, err := get(ctx, c.tx, a, credentialKind(), uint64(id))
		if err != nil {
			return err
		}
		return fn(c, now)
	})
}
