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

	sums    map[smartbox.BoxID]*BoxState // boxes whose version this change has counted up, with the digest so far
	tell    map[smartbox.BoxID]bool      // to be told of after the commit
	codes   map[smartbox.BoxID]bool      // got credentials: whether guessing is still hard enough is looked at last
	erasing map[string]bool              // members whose tombstones want a receipt
	frames  map[smartbox.BoxID]*frame    // what has been read already
	places  map[smartbox.LocationID]smartbox.Location
}

// change runs fn in one transaction of the actor's organization and tells of the boxes that it touched.
func (s *Service) change(ctx context.Context, a Actor, fn func(c *change) error) error {
	var done *change
	err := s.o.Repo.Update(ctx, a.Org, func(tx Tx) error {
		done = &change{
			s: s, tx: tx, actor: a, now: s.now(),
			sums: map[smartbox.BoxID]*BoxState{}, tell: map[smartbox.BoxID]bool{}, codes: map[smartbox.BoxID]bool{},
			erasing: map[string]bool{}, frames: map[smartbox.BoxID]*frame{}, places: map[smartbox.LocationID]smartbox.Location{},
		}
		if err := fn(done); err != nil {
			return err
		}
		return done.finish(ctx)
	})
	if err != nil {
		return err
	}
	for _, box := range sorted(done.tell) {
		s.o.Changed(box)
	}
	return nil
}

// finish writes the digests, and refuses the change where a box would have too many codes to be safe from guessing.
func (c *change) finish(ctx context.Context) error {
	for _, box := range sorted(c.codes) {
		if err := c.codeSpace(ctx, box); err != nil {
			return err
		}
	}
	boxes := make([]smartbox.BoxID, 0, len(c.sums))
	for box := range c.sums {
		boxes = append(boxes, box)
	}
	slices.Sort(boxes)
	for _, box := range boxes {
		if err := c.tx.State().SetDigest(ctx, box, c.sums[box].Digest); err != nil {
			return err
		}
	}
	return nil
}

// forget drops what was read of the boxes' frames, for something that bears on them has changed.
func (c *change) forget() {
	clear(c.frames)
	clear(c.places)
}

// audit writes down what was done.
func (c *change) audit(ctx context.Context, action, kind string, id uint64, reason string) error {
	return c.tx.Audit().Insert(ctx, &AuditEntry{
		ID: AuditID(newID()), Org: c.actor.Org, Meta: Meta{Created: c.now, Updated: c.now},
		At: c.now, Actor: c.actor.Name(), Action: action, Kind: kind, Thing: smartbox.ID[any](id).String(), Reason: reason,
	})
}
