package agent

import (
	"encoding/hex"
	"errors"
	"fmt"

	"smartbox"
	"smartbox/sync/wire"
)

// delta puts a delta in force if it builds on what is there. An older one is dropped, for it comes twice or late;
// anything else asks for what is missing.
func (a *Agent) delta(m *wire.Delta) {
	d, have := m.Delta, a.o.State.Revision()
	switch {
	case d.Revision.Epoch < have.Epoch:
		a.note(Dropped, fmt.Errorf("delta of epoch %d, which ended: in force is %d", d.Revision.Epoch, have.Epoch))
		return
	case d.Revision.Epoch > have.Epoch, d.Base.Version > have.Version:
		a.mail.wantHello()
		return
	case d.Revision.Version <= have.Version && !m.Confirms():
		a.mail.wantApplied() // the cloud did not hear it the first time
	case m.Confirms() && d.Revision.Version < have.Version:
		return
	case m.Confirms():
		a.confirm(d.IssuedAt)
	case d.Base != have:
		a.mail.wantHello()
		return
	default:
		if err := a.o.State.Apply(d); err != nil {
			a.refused(d.Revision, err)
			return
		}
		a.mail.wantApplied()
		a.confirm(d.IssuedAt)
	}
	a.erase(m.Erase)
}

// confirm notes until when the knowledge is known to be the newest; never later than now, as far as now is known.
func (a *Agent) confirm(at smartbox.Stamp) {
	if now := a.o.Clock.Moment(); now.Trust != smartbox.ClockUntrusted {
		at = min(at, now.Stamp())
	}
	if err := a.o.State.Confirm(at); err != nil {
		a.note(DiskFailed, err)
	}
}

// erase answers with receipts once nothing of these people is left; the cloud asks again where it gets none.
func (a *Agent) erase(users []smartbox.UserID) bool {
	if len(users) == 0 {
		return true
	}
	if err := a.o.State.Erase(users); err != nil {
		a.note(DiskFailed, fmt.Errorf("erasing: %w", err))
		return false
	}
	a.mail.receipt(users)
	return true
}

// refused says why a state did not come into force.
func (a *Agent) refused(r smartbox.Revision, err error) {
	var blame *RefusedError
	switch {
	case errors.Is(err, smartbox.ErrBase), errors.Is(err, ErrStaged):
		a.note(StateRefused, err)
		a.mail.wantHello()
	case errors.As(err, &blame):
		a.note(StateRefused, err)
		a.mail.refuse(r, blame.Reason)
	case errors.Is(err, smartbox.ErrSnapshot):
		a.note(StateRefused, err)
		a.mail.refuse(r, smartbox.SnapshotBroken)
	default:
		a.note(DiskFailed, err)
		a.mail.refuse(r, smartbox.RecordFailed)
		a.mail.put(func(l *letters) { l.again = true })
	}
}

// transfer is the snapshot that is under way. It is what State has staged, kept in memory.
type transfer struct {
	id    string
	rev   smartbox.Revision // zero after a restart, until the next chunk comes
	have  map[uint32]bool
	count uint32
}

// recover looks up how far a snapshot came before the restart.
func (t *transfer) recover(s State) error {
	id, have, err := s.Staged()
	if err != nil {
		return fmt.Errorf("staged snapshot: %w", err)
	}
	*t = transfer{id: id, have: make(map[uint32]bool, len(have))}
	for _, i := range have {
		t.have[uint32(i)] = true //nolint:gosec // at most wire.MaxChunks
	}
	return nil
}

// chunk keeps a part of a snapshot, and puts the whole in force when it was the last.
func (a *Agent) chunk(m *wire.Chunk) {
	have, t, id := a.o.State.Revision(), &a.transfer, hex.EncodeToString(m.Sum[:])
	switch {
	case m.Revision.Epoch < have.Epoch:
		a.note(Dropped, fmt.Errorf("snapshot of epoch %d, which ended: in force is %d", m.Revision.Epoch, have.Epoch))
		return
	case m.Revision.Epoch == have.Epoch && m.Revision.Version < have.Version:
		a.mail.wantApplied()
		return
	case id != t.id && older(m.Revision, t.rev):
		return // a part of one that another replaced meanwhile
	case id != t.id:
		*t = transfer{id: id, have: make(map[uint32]bool)}
	case t.have[m.Index] && t.count == m.Count:
		return
	}
	t.rev, t.count = m.Revision, m.Count
	if !t.have[m.Index] {
		if err := a.o.State.Stage(id, int(m.Index), int(m.Count), m.Data); err != nil {
			a.refused(m.Revision, err)
			return
		}
		t.have[m.Index] = true
		a.progress(t)
	}
	if len(t.have) < int(t.count) {
		return
	}
	err := a.o.State.Commit(id, m.Sum)
	*t = transfer{}
	a.progress(t)
	if err != nil {
		a.refused(m.Revision, err)
		return
	}
	a.mail.wantApplied()
}

func older(a, b smartbox.Revision) bool {
	return a.Epoch < b.Epoch || a.Epoch == b.Epoch && a.Version < b.Version
}

// progress tells the sender how far the snapshot is, for its next hello.
func (a *Agent) progress(t *transfer) {
	var s *wire.Staged
	if t.id != "" {
		s = new(wire.Staged)
		_, _ = hex.Decode(s.Sum[:], []byte(t.id)) // written by chunk
		for t.have[s.Next] {
			s.Next++
		}
	}
	a.staged.Store(s)
}
