package directory

import (
	"context"
	"slices"

	"smartbox"
)

// change is one transaction under way: who makes it, when, and which boxes it has touched.
type change struct {
	s     *Service
	tx    Tx
	actor Actor
	now   smartbox.Stamp
	boxes map[smartbox.BoxID]uint64 // touched, with the version allocated to them; 0 = none yet
	tell  map[smartbox.BoxID]bool   // to be told of after the commit
}

// change runs fn in one transaction of the actor's organization and tells of the boxes that it touched.
func (s *Service) change(ctx context.Context, a Actor, fn func(c *change) error) error {
	var done *change
	err := s.o.Repo.Update(ctx, a.Org, func(tx Tx) error {
		done = &change{
			s: s, tx: tx, actor: a, now: s.now(),
			boxes: map[smartbox.BoxID]uint64{}, tell: map[smartbox.BoxID]bool{},
		}
		return fn(done)
	})
	if err != nil {
		return err
	}
	for _, box := range done.touched() {
		s.o.Changed(box)
	}
	return nil
}

// touched are the boxes to tell of, ascending.
func (c *change) touched() []smartbox.BoxID {
	list := make([]smartbox.BoxID, 0, len(c.tell))
	for box := range c.tell {
		list = append(list, box)
	}
	slices.Sort(list)
	return list
}

// audit writes down what was done.
func (c *change) audit(ctx context.Context, action, kind string, id uint64, reason string) error {
	return c.tx.Audit().Insert(ctx, &AuditEntry{
		ID: AuditID(newID()), Org: c.actor.Org, Meta: Meta{Created: c.now, Updated: c.now},
		At: c.now, Actor: c.actor.Name(), Action: action, Kind: kind, Thing: smartbox.ID[any](id).String(), Reason: reason,
	})
}
