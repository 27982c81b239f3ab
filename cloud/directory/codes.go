package directory

import (
	"context"
	"fmt"

	"smartbox"
)

// perCode is how many possible codes there have to be to each one that is given out: who guesses hits one time in so
// many.
const perCode = 1000

// backupDigits is the length of a backup code. It is longer than any access code, so that the two never meet.
const backupDigits = 10

// draws is how often a random code is drawn before it is said that there is none. With at most one code in 1,000 taken
// and two neighbours beside it, a free one turns up within a few.
const draws = 64

// room is how many codes of a length may be given out at a box.
func room(digits int) int64 {
	n := int64(1)
	for range digits {
		n *= 10
	}
	return n / perCode
}

// codeSpace refuses more codes at a box than guessing allows, where a code alone opens.
func (c *change) codeSpace(ctx context.Context, id smartbox.BoxID) error {
	box, err := c.tx.Boxes().Get(ctx, uint64(id))
	if err != nil || box.NeedPIN {
		return err
	}
	for digits := smartbox.MinCode; digits <= smartbox.MaxCode; digits++ {
		n, err := c.codesAt(ctx, id, digits)
		if err != nil {
			return err
		}
		if n > room(digits) {
			return &RefusedError{
				Reason:  RefusedCodeSpace,
				Problem: fmt.Sprintf("box %s would have %d codes of %d digits; %d are as many as guessing allows", id, n, digits, room(digits)),
				Mend:    "use longer codes, or demand badge and code at the box",
			}
		}
	}
	return nil
}

func (c *change) codesAt(ctx context.Context, box smartbox.BoxID, digits int) (int64, error) {
	return c.tx.Credentials().Count(ctx, Eq(FieldOrg, c.actor.Org), Eq(FieldKind, smartbox.AccessCode), Eq(FieldLength, digits), Eq(FieldBox, box))
}

// digits is how long a random code for a member has to be: what the organization says, or as short as every box that
// she is on has room for.
func (c *change) digits(ctx context.Context, id smartbox.UserID) (int, error) {
	org, err := c.tx.Organizations().Get(ctx, uint64(c.actor.Org))
	if err != nil {
		return 0, err
	}
	if n := org.Settings.CodeLength; n != 0 {
		return n, nil
	}
	boxes, err := c.tx.State().Holding(ctx, smartbox.ItemUser, id.String())
	if err != nil {
		return 0, err
	}
	digits := smartbox.MinCode
	for _, box := range boxes {
		for ; digits < smartbox.MaxCode; digits++ {
			n, err := c.codesAt(ctx, box, digits)
			if err != nil {
				return 0, err
			}
			if n < room(digits) {
				break
			}
		}
	}
	return digits, nil
}

// SetCode gives the member an access code in place of the one she had; an empty wish takes it away. A random code comes
// back once, in Shown.
func (s *Service) SetCode(ctx context.Context, a Actor, id smartbox.UserID, w CodeWish) (shown Shown, err error) {
	err = s.credential(ctx, a, id, "set-code", func(c *change) error {
		if err := c.dropCredentials(ctx, id, smartbox.AccessCode); err != nil {
			return err
		}
		shown, err = c.setCode(ctx, id, w)
		return err
	})
	if err != nil {
		return Shown{}, err
	}
	return shown, nil
}

// credential runs a change of a member's credentials.
func (s *Service) credential(ctx context.Context, a Actor, id smartbox.UserID, action string, fn func(c *change) error) error {
	if err := a.need(ManageMembers); err != nil {
		return err
	}
	return s.change(ctx, a, func(c *change) error {
		m, err := get(ctx, c.tx, a, memberKind(), uint64(id))
		if err != nil {
			return err
		}
		if gone(m.Status) {
			return notFound(kindMember, id)
		}
		if m.Role != smartbox.RoleBasic && a.Member != id {
			if err := a.need(AdministerRoles); err != nil {
				return err
			}
		}
		if err := c.mayManage(ctx, id); err != nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
		if err := c.member(ctx, m); err != nil {
			return err
		}
		return c.audit(ctx, action, kindMember, uint64(id), "")
	})
}

func (c *change) dropCredentials(ctx context.Context, id smartbox.UserID, kind smartbox.CredentialKind) error {
	return clearOut(ctx, c.tx.Credentials(), Query{Where: []Cond{Eq(FieldMember, id), Eq(FieldKind, kind)}},
		func(r *Credential) uint64 { return uint64(r.ID) })
}

func (c *change) setCode(ctx context.Context, id smartbox.UserID, w CodeWish) (Shown, error) {
	switch {
	case w.Random:
		digits, err := c.digits(ctx, id)
		if err != nil {
			return Shown{}, err
		}
		code, err := c.draw(ctx, digits)
		if err != nil {
			return Shown{}, err
		}
		return Shown{Code: code}, c.insertCode(ctx, id, code, smartbox.AccessCode)
	case w.Custom == "":
		return Shown{}, nil
	}
	code, err := smartbox.ParseCode(string(w.Custom))
	if err != nil {
		return Shown{}, invalid(kindMember, "code", "is no access code", "use 4 to 8 digits")
	}
	free, err := c.free(ctx, code)
	if err != nil {
		return Shown{}, err
	}
	if !free {
		return Shown{}, &ConflictError{Kind: kindMember, Field: "code"}
	}
	return Shown{Code: code}, c.insertCode(ctx, id, code, smartbox.AccessCode)
}

// draw finds a random code that nobody has, and that is nobody's code under duress nor has such a one.
func (c *change) draw(ctx context.Context, digits int) (smartbox.Code, error) {
	b := make([]byte, digits)
	for range draws {
		for i := range b {
			b[i] = byte('0' + below(10)) //nolint:gosec // a digit
		}
		code := smartbox.Code(b)
		free, err := c.free(ctx, code)
		if err != nil || free {
			return code, err
		}
	}
	return "", &RefusedError{
		Reason: RefusedCodeSpace, Problem: fmt.Sprintf("hardly any code of %d digits is free", digits), Mend: "use longer codes",
	}
}

// free reports whether neither the code nor a neighbour under duress, either way, is anybody's.
func (c *change) free(ctx context.Context, code smartbox.Code) (bool, error) {
	near := [][]byte{}
	for _, n := range []smartbox.Code{code, code.Duress(), code.Calm()} {
		near = append(near, c.s.lookup(c.actor.Org, n.Canonical()))
	}
	n, err := c.tx.Credentials().Count(ctx, Eq(FieldOrg, c.actor.Org), In(FieldLookup, near))
	return n == 0, err
}

func (c *change) insertCode(ctx context.Context, id smartbox.UserID, code smartbox.Code, kind smartbox.CredentialKind) error {
	_, err := c.insertCredential(ctx, Credential{Kind: kind, Member: id, Length: uint8(len(code))}, code.Canonical()) //nolint:gosec // at most 12
	return err
}

// BackupCodes gives the member n one-time codes of 10 digits in place of those she had.
func (s *Service) BackupCodes(ctx context.Context, a Actor, id smartbox.UserID, n int) (codes []smartbox.Code, err error) {
	if n < 0 || n > 20 {
		return nil, invalid(kindMember, "backup codes", "are not 0 to 20", "ask for fewer")
	}
	err = s.credential(ctx, a, id, "backup-codes", func(c *change) error {
		codes = nil
		if err := c.dropCredentials(ctx, id, smartbox.BackupCode); err != nil {
			return err
		}
		for range n {
			code, err := c.draw(ctx, backupDigits)
			if err != nil {
				return err
			}
			if err := c.insertCode(ctx, id, code, smartbox.BackupCode); err != nil {
				return err
			}
			codes = append(codes, code)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
