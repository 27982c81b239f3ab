package daemon

import (
	"context"
	"errors"

	"smartbox"
	"smartbox/storage/cache"
	"smartbox/storage/journal"
	"smartbox/sync/agent"
	"smartbox/sync/wire"
)

// cloudState is the store as the agent takes it in. What is refused is on record as an event, as with files.
type cloudState struct{ d *Daemon }

func (s cloudState) Revision() smartbox.Revision {
	if v := s.d.cache.View(); v != nil {
		return v.Revision()
	}
	return smartbox.Revision{}
}

func (s cloudState) Digest() (smartbox.Revision, smartbox.StateSum, error) {
	for {
		before := s.Revision()
		sum, err := s.d.cache.Digest()
		switch {
		case errors.Is(err, cache.ErrEmpty):
			return smartbox.Revision{}, smartbox.StateSum{}, nil
		case err != nil:
			return smartbox.Revision{}, smartbox.StateSum{}, err
		case before == s.Revision(): // nothing came into force in between
			return before, sum, nil
		}
	}
}

func (s cloudState) Apply(d smartbox.Delta) error { return s.told(d.Revision, s.d.cache.Apply(d)) }

func (s cloudState) Confirm(at smartbox.Stamp) error {
	if err := s.d.cache.Confirm(at); !errors.Is(err, cache.ErrEmpty) {
		return err
	}
	return nil
}

func (s cloudState) Stage(id string, i, n int, chunk []byte) error {
	return s.told(smartbox.Revision{}, s.d.cache.Stage(id, i, n, chunk))
}

func (s cloudState) Staged() (string, []int, error) { return s.d.cache.Staging() }

func (s cloudState) Commit(id string, sum [32]byte) error {
	return s.told(smartbox.Revision{}, s.d.cache.Commit(id, sum))
}

func (s cloudState) Erase(users []smartbox.UserID) error { return s.d.cache.Forget(users) }

// told says what a refusal means to the cloud.
func (s cloudState) told(r smartbox.Revision, err error) error {
	var reason smartbox.Reason
	switch {
	case err == nil:
		return nil
	case errors.Is(err, cache.ErrStage):
		return errors.Join(agent.ErrStaged, err)
	case errors.Is(err, cache.ErrForeign):
		reason = smartbox.SnapshotForeign
	case errors.Is(err, cache.ErrOlder):
		reason = smartbox.SnapshotOld
	case errors.Is(err, smartbox.ErrSnapshot), errors.Is(err, wire.ErrForm):
		reason = smartbox.SnapshotBroken
	default:
		return err // a missing base, or the disk
	}
	if run := s.d.runner.Load(); run != nil {
		ctx, cancel := context.WithTimeout(s.d.closing, loopLimit)
		defer cancel()
		err = errors.Join(err, run.Refused(ctx, r, reason))
	}
	return &agent.RefusedError{Reason: reason, Err: err}
}

// cloudJournal is the journal as the agent takes it in.
type cloudJournal struct{ j *journal.Journal }

func (c cloudJournal) Cursor() agent.Cursor {
	s := c.j.State()
	return agent.Cursor{Epoch: s.Epoch, First: s.First, Next: s.Next, Acked: s.Acked}
}

func (c cloudJournal) Read(from uint64, limit int) ([]agent.Entry, error) {
	raw, err := c.j.ReadRaw(from, limit)
	all := make([]agent.Entry, 0, len(raw))
	for _, e := range raw {
		all = append(all, agent.Entry{Seq: e.Seq, Hash: e.Hash, Payload: e.Payload})
	}
	return all, err
}

func (c cloudJournal) Ack(upTo uint64) error { return c.j.Ack(upTo) }

func (c cloudJournal) Wake(seq uint64) <-chan struct{} { return c.j.Wake(seq) }
