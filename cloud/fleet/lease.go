package fleet

import (
	"context"
	"fmt"
	"time"

	"smartbox"
)

// foreignFor is how long a box that another replica has is not asked for again.
const foreignFor = 5 * time.Second

// hold renews this replica's leases and takes free ones. asked is when the wish arose: a round that began later has
// answered it.
func (f *Fleet) hold(ctx context.Context, asked time.Time) error {
	f.holding.Lock()
	defer f.holding.Unlock()
	if !f.round.IsZero() && f.round.After(asked) {
		return nil
	}
	began := f.o.Now()
	list, err := f.o.Directory.HoldLeases(ctx, f.o.Holder, f.o.Most, f.o.Lease)
	if err != nil {
		return fmt.Errorf("hold leases: %w", err)
	}
	f.round = began
	f.m.held.Set(float64(len(list)))
	held := make(map[smartbox.BoxID]bool, len(list))
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range list {
		held[id] = true
		if b := f.box(id); !b.held {
			b.held, b.fresh, b.wake = true, true, true
			f.schedule(b)
		}
	}
	for id, b := range f.boxes {
		if !held[id] {
			b.held = false
			if !b.busy {
				delete(f.boxes, id)
			}
		}
	}
	return nil
}

func (f *Fleet) renew(ctx context.Context) {
	err := f.hold(ctx, f.o.Now())
	if err == nil || ctx.Err() != nil {
		return
	}
	f.o.Log.Error().Err(err).Msg("leases on boxes")
	f.holding.Lock()
	late := f.o.Now().Sub(f.round) > f.o.Lease
	f.holding.Unlock()
	if late { // others may have them: stop serving
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, b := range f.boxes {
			b.held = false
		}
	}
}

// serves reports whether this replica has the box. A box that is new to the directory is asked for at once, for it says
// hello once.
func (f *Fleet) serves(ctx context.Context, b *box, asked time.Time) bool {
	if f.isHeld(b) {
		return true
	}
	if asked.IsZero() || f.o.Now().Before(b.foreign) {
		return false
	}
	if err := f.hold(ctx, asked); err != nil {
		f.o.Log.Error().Err(err).Msg("leases on boxes")
		return false
	}
	f.mu.Lock()
	held := b.held
	if held && b.fresh {
		b.desk, b.fresh = desk{}, false
	}
	f.mu.Unlock()
	if held {
		return true
	}
	b.foreign = f.o.Now().Add(foreignFor)
	return false
}

func (f *Fleet) isHeld(b *box) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return b.held
}
