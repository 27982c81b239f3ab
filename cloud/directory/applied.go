package directory

import (
	"context"
	"fmt"

	"smartbox"
)

// Applied notes what a box has in force, and the people that it has forgotten. It reports false where the digest is not
// that of the state at this version: then an alarm stands, and the box needs a snapshot. A digest of an older version
// cannot be compared and passes; the next one will tell.
func (s *Service) Applied(ctx context.Context, box smartbox.BoxID, at smartbox.Revision, digest smartbox.StateSum, forgotten []smartbox.UserID) (same bool, err error) {
	err = s.state(ctx, box, func(c *change, st *BoxState) error {
		same = true
		for _, id := range forgotten {
			if err := c.tx.State().Forgotten(ctx, id, box, c.now); err != nil {
				return err
			}
		}
		if at.Epoch == st.Epoch && at.Version == st.Version && digest != st.Digest {
			same = false
			return c.alarm(ctx, box, AlarmStateDiffers, fmt.Sprintf("at revision %d.%d", at.Epoch, at.Version))
		}
		if at.Epoch == st.Epoch && at.Version > st.Version {
			same = false // a version from the future: this database was restored and its epochs were not renewed
			return c.alarm(ctx, box, AlarmStateDiffers, fmt.Sprintf("box is at version %d, the cloud at %d", at.Version, st.Version))
		}
		st.AppliedEpoch, st.AppliedVersion, st.AppliedDigest, st.AppliedAt = at.Epoch, at.Version, digest, c.now
		if at.Epoch != st.Epoch || at.Version <= st.Floor {
			return nil
		}
		st.Floor = at.Version
		return c.tx.State().Bury(ctx, box, at.Version)
	})
	return same, err
}

// BoxesBehind lists boxes whose state in force is not the desired one, ascending, after the given one.
func (s *Service) BoxesBehind(ctx context.Context, after smartbox.BoxID, limit int) (list []smartbox.BoxID, err error) {
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		list, err = tx.State().Behind(ctx, after, limit)
		return err
	})
	return list, err
}

// NewEpochs begins a new epoch for every box and gives their number. It has to be done after a restore: versions that
// were given out after the backup was made will be given out again, and must not be taken for the same.
func NewEpochs(ctx context.Context, repo Repo) (n int, err error) {
	err = repo.Update(ctx, 0, func(tx Tx) error {
		all, err := tx.State().All(ctx)
		for _, st := range all {
			if err := tx.State().SetEpoch(ctx, st.Box, newEpoch()); err != nil {
				return err
			}
		}
		n = len(all)
		return err
	})
	return n, err
}

// NewEpochs is the function of that name, with the boxes told of.
func (s *Service) NewEpochs(ctx context.Context) (int, error) {
	n, err := NewEpochs(ctx, s.o.Repo)
	if err != nil {
		return 0, err
	}
	boxes, err := s.BoxesBehind(ctx, 0, n)
	for _, box := range boxes {
		s.o.Changed(box)
	}
	return n, err
}

// Erasures lists the boxes that know or knew a member, and which of them have forgotten her.
func (s *Service) Erasures(ctx context.Context, a Actor, member smartbox.UserID) (list []Erasure, err error) {
	if _, err := s.Members.Get(ctx, a, member); err != nil {
		return nil, err
	}
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		list, err = tx.State().Erasures(ctx, member, 0)
		return err
	})
	return list, err
}

func (c *change) alarm(ctx context.Context, box smartbox.BoxID, k AlarmKind, detail string) error {
	return c.tx.Alarms().Insert(ctx, &Alarm{
		ID: AlarmID(newID()), Org: c.actor.Org, Meta: Meta{Created: c.now, Updated: c.now},
		Box: box, Kind: k, At: c.now, Detail: detail,
	})
}

// RaiseAlarm notes an alarm that the fleet noticed.
func (s *Service) RaiseAlarm(ctx context.Context, box smartbox.BoxID, k AlarmKind, detail string) error {
	st, err := s.State(ctx, box)
	if err != nil {
		return err
	}
	return s.change(ctx, SystemActor(st.Org), func(c *change) error { return c.alarm(ctx, box, k, detail) })
}
