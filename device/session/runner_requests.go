package session

import (
	"context"
	"time"

	"smartbox"
)

// Submit hands an order in and waits for its answer: at once where it is refused, after its record where it is
// done. o.ID is given by the runner. The error is that of ctx, or ErrStopped.
func (r *Runner) Submit(ctx context.Context, o Order) (smartbox.Reason, error) {
	o.ID = r.orders.Add(1)
	answer := make(chan smartbox.Reason, 1)
	r.mu.Lock()
	r.waiting[o.ID] = answer
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.waiting, o.ID)
		r.mu.Unlock()
	}()
	select {
	case r.in <- o:
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-r.done:
		return 0, ErrStopped
	}
	select {
	case reason := <-answer:
		return reason, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-r.done:
		return 0, ErrStopped
	}
}

// Apply puts a view into force, or confirms the one in force. It does not wait; of several before the next turn
// of the loop the last one counts. It may be called before Run.
func (r *Runner) Apply(v smartbox.View, confirmed smartbox.Stamp) {
	r.mu.Lock()
	r.applied = &Applied{View: v, Confirmed: confirmed}
	r.mu.Unlock()
	signal(r.apply)
}

func (r *Runner) takeApplied() Input {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.applied
	r.applied = nil
	if a == nil {
		return Tick{}
	}
	return *a
}

// Refused puts on record that a snapshot was turned away.
func (r *Runner) Refused(ctx context.Context, rev smartbox.Revision, why smartbox.Reason) error {
	return r.send(ctx, Refused{Revision: rev, Reason: why})
}

// ClockSet tells that the wall clock was set; Clock.Now already says so.
func (r *Runner) ClockSet(ctx context.Context) error { return r.send(ctx, ClockSet{}) }

func (r *Runner) send(ctx context.Context, in Input) error {
	select {
	case r.in <- in:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-r.done:
		return ErrStopped
	}
}

// Status is what there is to see. The error is that of ctx, or ErrStopped.
func (r *Runner) Status(ctx context.Context) (st Status, err error) {
	err = r.call(ctx, func() { st = r.machine.Status() })
	return st, err
}

// Book is a copy of the book, for a checkpoint: all events up to its LastSeq are in it.
func (r *Runner) Book(ctx context.Context) (b *smartbox.Book, err error) {
	err = r.call(ctx, func() { b = r.machine.Book().Clone() })
	return b, err
}

// call runs f in the loop.
func (r *Runner) call(ctx context.Context, f func()) error {
	ended := make(chan struct{})
	select {
	case r.calls <- func() { f(); close(ended) }:
		<-ended
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-r.done:
		return ErrStopped
	}
}

// Pulse is how the runner is alive.
type Pulse struct {
	Loop   time.Duration // since the loop turned; about a second at most while it lives
	Append time.Duration // how long the append under way has taken so far; 0 = none
}

// Alive tells a watchdog how long the loop and the journal have been silent. It never blocks.
func (r *Runner) Alive() Pulse {
	return Pulse{Loop: time.Since(r.boot) - time.Duration(r.beat.Load()), Append: r.writer.stuck()}
}
