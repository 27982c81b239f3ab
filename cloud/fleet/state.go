package fleet

import (
	"context"
	"errors"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

// snapAgain is how long a box that refused a snapshot, or was left different by it, waits for the next.
const snapAgain = 10 * time.Minute

// tend brings a box what it lacks: state and commands. One state is under way at a time; what changes meanwhile goes
// along with the next, when the box has confirmed this one or Resend is over.
func (f *Fleet) tend(ctx context.Context, b *box) {
	err := f.tended(ctx, b)
	if err == nil || ctx.Err() != nil || errors.Is(err, directory.ErrNotFound) {
		return
	}
	f.o.Log.Warn().Err(err).Stringer("box", b.id).Msg("bring a box what it lacks; tried again at the next poll")
}

func (f *Fleet) tended(ctx context.Context, b *box) error {
	s, err := f.o.Directory.State(ctx, b.id)
	if err != nil {
		return err
	}
	if s.Identity.Revoked != 0 {
		if k, ok := f.o.Broker.(Kicker); ok {
			k.Kick(b.id)
		}
		b.online = false
		return nil
	}
	b.online = s.Online
	if !s.Online {
		b.sent = sending{} // it says hello when it comes
		return nil
	}
	if err := f.commands(ctx, b); err != nil {
		return err
	}
	if !b.said {
		b.known = smartbox.Revision{Epoch: s.AppliedEpoch, Version: s.AppliedVersion}
	}
	return f.advance(ctx, b, smartbox.Revision{Epoch: s.Epoch, Version: s.Version})
}

// advance sends the box from what it has to what it is to have.
func (f *Fleet) advance(ctx context.Context, b *box, want smartbox.Revision) error {
	now := f.o.Now()
	if b.sent.to != (smartbox.Revision{}) && now.Sub(b.sent.at) < f.o.Resend {
		return nil
	}
	if b.known == want && len(b.erase) == 0 && now.Sub(b.confirmed) < f.o.Confirm {
		return nil
	}
	if b.known == (smartbox.Revision{}) || b.known.Epoch != want.Epoch {
		return f.snapshot(ctx, b)
	}
	d, err := f.o.Directory.DeltaFor(ctx, b.id, b.known.Epoch, b.known.Version)
	switch {
	case errors.Is(err, directory.ErrNeedsSnapshot):
		return f.snapshot(ctx, b)
	case err != nil:
		return err
	}
	return f.delta(ctx, b, d)
}

func (f *Fleet) delta(ctx context.Context, b *box, d directory.StateDelta) error {
	m := &wire.Delta{Delta: d.Delta, Erase: merge(d.Erase, b.erase)}
	if m.Delta.IssuedAt == 0 {
		m.Delta.IssuedAt = smartbox.StampOf(f.o.Now())
	}
	rest := []smartbox.UserID(nil)
	if len(m.Erase) > wire.MaxErase {
		m.Erase, rest = m.Erase[:wire.MaxErase], m.Erase[wire.MaxErase:]
	}
	err := f.send(ctx, b.id, m)
	if errors.Is(err, wire.ErrMessage) {
		return f.snapshot(ctx, b) // longer than a message may be
	}
	if err != nil {
		return err
	}
	b.erase = rest
	if m.Confirms() {
		b.confirmed = f.o.Now()
		return nil
	}
	b.sent = sending{d.Revision, f.o.Now()}
	b.confirmed = b.sent.at
	return nil
}

func merge(a, b []smartbox.UserID) []smartbox.UserID {
	seen := make(map[smartbox.UserID]bool, len(a)+len(b))
	var out []smartbox.UserID
	for _, list := range [][]smartbox.UserID{a, b} {
		for _, u := range list {
			if !seen[u] {
				seen[u] = true
				out = append(out, u)
			}
		}
	}
	return out
}

// snapshot sends the whole state in chunks, from where the box has come with the same one.
func (f *Fleet) snapshot(ctx context.Context, b *box) error {
	chunks, erase, err := f.chunks(ctx, b.id)
	if err != nil {
		return err
	}
	if chunks[0].Revision == b.snapBad && f.o.Now().Before(b.snapAfter) {
		return nil
	}
	from := uint32(0)
	if b.staged != nil && b.staged.sum == chunks[0].Sum && b.staged.next < chunks[0].Count {
		from = b.staged.next
	}
	b.staged = nil
	for i := range chunks[from:] {
		if err := f.send(ctx, b.id, &chunks[int(from)+i]); err != nil {
			return err
		}
	}
	b.erase = erase
	b.sent = sending{chunks[0].Revision, f.o.Now()}
	b.confirmed = b.sent.at
	b.snapped = chunks[0].Revision
	return nil
}

// unhelped notes that a state did not do for the box what it should. If it came as a snapshot, there is nothing better.
func (f *Fleet) unhelped(b *box, r smartbox.Revision) {
	b.known = smartbox.Revision{}
	if r == b.snapped {
		b.snapBad, b.snapAfter = r, f.o.Now().Add(snapAgain)
	}
}

func (f *Fleet) chunks(ctx context.Context, id smartbox.BoxID) ([]wire.Chunk, []smartbox.UserID, error) {
	s, err := f.o.Directory.State(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	want := smartbox.Revision{Epoch: s.Epoch, Version: s.Version}
	if c, ok := f.snaps.get(id, want, f.o.Now()); ok {
		return c.chunks, c.erase, nil
	}
	snap, err := f.o.Directory.SnapshotFor(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if snap.IssuedAt == 0 {
		snap.IssuedAt = smartbox.StampOf(f.o.Now())
	}
	whole, err := wire.Marshal(snap.Snapshot)
	if err != nil {
		return nil, nil, err
	}
	chunks, err := wire.Split(snap.Revision, whole)
	if err != nil {
		return nil, nil, err
	}
	f.snaps.put(id, snapEntry{chunks: chunks, erase: snap.Erase, size: len(whole), at: f.o.Now()})
	return chunks, snap.Erase, nil
}
