package directory

import (
	"context"
	"fmt"
	"slices"

	"smartbox"
)

// Move is a change of status that somebody may order.
type Move string

// The moves.
const (
	MoveRegister   Move = "register"
	MoveSuspend    Move = "suspend"
	MoveRestore    Move = "restore"
	MoveBan        Move = "ban"
	MoveValidate   Move = "validate"
	MoveDeny       Move = "deny"
	MoveDeactivate Move = "deactivate"
	MoveRemove     Move = "remove"
	MoveArchive    Move = "archive"
	MoveExpunge    Move = "expunge"
)

// moveRow is one line of the status machine.
type moveRow struct {
	move  Move
	from  []smartbox.Status
	to    smartbox.Status
	need  Capability // "" = the system alone: nobody may order it
	gone  bool       // codes, badges and grants go with it
	erase bool       // every box has to confirm that it forgot the person
}

// moves is the status machine: what is not in this table is refused.
func moves() []moveRow {
	const (
		invited, validated, suspended = smartbox.StatusInvited, smartbox.StatusValidated, smartbox.StatusSuspended
		denied, banned, inactive      = smartbox.StatusDenied, smartbox.StatusBanned, smartbox.StatusInactive
		archived, removed             = smartbox.StatusArchived, smartbox.StatusRemoved
	)
	here := []smartbox.Status{invited, validated, suspended, denied, banned, inactive}
	return []moveRow{
		{move: MoveRegister, from: []smartbox.Status{invited}, to: validated},
		{move: MoveSuspend, from: []smartbox.Status{validated}, to: suspended, need: RemoveMembers},
		{move: MoveRestore, from: []smartbox.Status{suspended}, to: validated, need: RemoveMembers},
		{move: MoveBan, from: []smartbox.Status{validated}, to: banned, need: RemoveMembers},
		{move: MoveValidate, from: []smartbox.Status{suspended, denied, banned, inactive}, to: validated, need: RemoveMembers},
		{move: MoveDeny, from: []smartbox.Status{validated}, to: denied},
		{move: MoveDeactivate, from: []smartbox.Status{validated}, to: inactive},
		{move: MoveRemove, from: here, to: removed, need: RemoveMembers, gone: true},
		{move: MoveArchive, from: append(here, removed), to: archived, need: RemoveMembers, gone: true},
		{move: MoveExpunge, from: append(here, removed, archived), to: smartbox.StatusExpunged, need: RemoveMembers, gone: true, erase: true},
	}
}

// moveFrom finds the line for a move; a *RefusedError where there is none.
func moveFrom(status smartbox.Status, m Move) (moveRow, error) {
	for _, row := range moves() {
		if row.move != m {
			continue
		}
		if slices.Contains(row.from, status) {
			return row, nil
		}
		return row, &RefusedError{
			Reason: RefusedMove, Problem: fmt.Sprintf("a member who is %s cannot %s", status, m), Mend: fmt.Sprintf("it is for those who are %v", row.from),
		}
	}
	return moveRow{}, invalid(kindMember, "move", "is something unknown", "use suspend, restore, ban, validate, remove, archive or expunge")
}

// MoveMember makes a move of the status machine; version 0 = whatever the version. It is refused with a *RefusedError
// where there is no such move, where the member holds a key and the move would end her membership, and where nobody
// would be left to administer.
func (s *Service) MoveMember(ctx context.Context, a Actor, id smartbox.UserID, version int64, m Move, reason string) (out Member, err error) {
	err = s.change(ctx, a, func(c *change) error {
		old, err := get(ctx, c.tx, a, memberKind(), uint64(id))
		if err != nil {
			return err
		}
		if version != 0 && version != old.Version {
			return fmt.Errorf("%s %s: %w", kindMember, id, ErrStale)
		}
		out, err = c.move(ctx, old, m, reason)
		return err
	})
	return out, err
}

func (c *change) move(ctx context.Context, m Member, move Move, reason string) (Member, error) {
	row, err := moveFrom(m.Status, move)
	if err != nil {
		return m, err
	}
	if row.need == "" && !c.actor.System {
		return m, &ForbiddenError{Need: "the cloud itself: nobody orders it"}
	}
	if row.need != "" {
		if err := c.actor.need(row.need); err != nil {
			return m, err
		}
	}
	if m.Status == smartbox.StatusValidated && m.Role.Can(smartbox.CanServe) && !c.actor.System {
		if err := c.adminLeft(ctx, m.ID); err != nil {
			return m, err
		}
	}
	if row.gone {
		if err := c.leave(ctx, &m, row.erase); err != nil {
			return m, err
		}
	}
	m.Status, m.StatusAt, m.StatusBy, m.Updated = row.to, c.now, c.actor.Name(), c.now
	if err := c.tx.Members().Update(ctx, &m); err != nil {
		return m, err
	}
	if err := c.member(ctx, m); err != nil {
		return m, err
	}
	return m, c.audit(ctx, string(move), kindMember, uint64(m.ID), reason)
}

// leave takes along what a member has in the organization. She may not hold a key.
func (c *change) leave(ctx context.Context, m *Member, erase bool) error {
	held, err := c.tx.Log().Custody(ctx, CustodyFilter{Org: m.Org, Member: m.ID})
	if err != nil {
		return err
	}
	if n := len(held); n > 0 {
		return &RefusedError{Reason: RefusedHoldsKey, Problem: fmt.Sprintf("the member holds %d keys", n), Mend: "let them be returned first"}
	}
	owned := Query{Where: []Cond{Eq(FieldMember, m.ID)}}
	if err := clearOut(ctx, c.tx.Grants(), owned, func(g *Grant) uint64 { return uint64(g.ID) }); err != nil {
		return err
	}
	if err := clearOut(ctx, c.tx.Bookings(), owned, func(b *Booking) uint64 { return uint64(b.ID) }); err != nil {
		return err
	}
	if err := clearOut(ctx, c.tx.Credentials(), owned, func(r *Credential) uint64 { return uint64(r.ID) }); err != nil {
		return err
	}
	if err := clearOut(ctx, c.tx.Tokens(), owned, func(t *Token) uint64 { return uint64(t.ID) }); err != nil {
		return err
	}
	if !erase {
		return nil
	}
	m.Person, m.Profile = Person{}, 0
	c.erasing[m.ID.String()] = true
	if err := c.tx.State().AskErasure(ctx, m.ID, c.now); err != nil {
		return err
	}
	return c.recall(ctx, m.ID)
}

func clearOut[T any](ctx context.Context, set Set[T], q Query, id func(*T) uint64) error {
	list, err := set.Find(ctx, q)
	for i := range list {
		if err := set.Delete(ctx, id(&list[i])); err != nil {
			return err
		}
	}
	return err
}
