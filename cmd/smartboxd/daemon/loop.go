package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
)

// Bounds of what counts as alive.
const (
	loopLimit   = 5 * time.Second // it turns once a second
	appendLimit = time.Minute     // longer than any card takes; the box follows its policy after five seconds
)

// oneTurn runs the decision loop until ctx ends, or until the journal could be opened after all: then the next turn
// begins with the book that it gives.
func (d *Daemon) oneTurn(ctx context.Context) (again bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.record.takeLate() // the book that follows is built on it
	r := session.NewRunner(session.RunnerConfig{
		Machine: session.New(session.Config{
			Boot: d.boot, Slots: d.set.Slots, Book: d.record.book(), Times: d.deps.Times,
		}),
		Set: d.watched(), Journal: d.record, Clock: d.clock, Log: d.log,
		Watch: append([]func(session.Effect, smartbox.Moment){d.count}, d.deps.Watch...),
	})
	d.runner.Store(r)
	if d.cache != nil {
		defer d.cache.OnSwap(r.Apply)()
	}
	var helpers sync.WaitGroup
	helpers.Go(func() {
		if _, err := r.Status(ctx); err == nil {
			d.awaitSources(ctx)
			d.readyOnce.Do(func() { close(d.ready) })
		}
	})
	helpers.Go(func() {
		if again = d.awaitLate(ctx, r); again {
			cancel()
		}
	})
	err = r.Run(ctx)
	cancel()
	helpers.Wait()
	return again, err
}

// awaitSources waits until every source that can tell listens: a key pressed before is lost. One whose bus hangs is
// not waited for, for the box serves without it.
func (d *Daemon) awaitSources(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, loopLimit)
	defer cancel()
	for _, s := range d.set.Sources {
		if l, ok := s.(device.Listener); ok {
			select {
			case <-l.Listening():
			case <-ctx.Done():
				return
			}
		}
	}
}

// awaitLate waits until the journal was opened late, all that was held back is written, and nobody is at the panel.
func (d *Daemon) awaitLate(ctx context.Context, r *session.Runner) bool {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-t.C:
		}
		if !d.record.openedLate() {
			continue
		}
		if st, err := r.Status(ctx); err == nil && st.Recording && !st.Busy {
			return true
		}
	}
}

// prove says what has been silent for too long: the decision loop, or the journal.
func (d *Daemon) prove() error {
	p := d.runner.Load().Alive()
	if p.Loop > loopLimit {
		return fmt.Errorf("the decision loop has not turned for %v", p.Loop)
	}
	if p.Append > appendLimit {
		return fmt.Errorf("the journal has not answered for %v", p.Append)
	}
	return nil
}

var errNotRunning = errors.New("the box does not run")

// state asks the decision loop how it stands.
func (d *Daemon) state(ctx context.Context) (session.Status, error) {
	r := d.runner.Load()
	if r == nil {
		return session.Status{}, errNotRunning
	}
	return r.Status(ctx)
}

// stateSoon is state for a gauge, which cannot wait and has no context.
func (d *Daemon) stateSoon() session.Status {
	ctx, cancel := context.WithTimeout(d.closing, time.Second)
	defer cancel()
	st, _ := d.state(ctx) // none where it does not answer
	return st
}

// count is told of every effect by the loop.
func (d *Daemon) count(e session.Effect, _ smartbox.Moment) {
	if x, ok := e.(session.Explained); ok {
		d.meter.Decided(x.Decision)
	}
}

// watched is the box's set with an ear on its sources and its locks.
func (d *Daemon) watched() device.Set {
	set := *d.set
	set.Sources = make([]device.Source, len(d.set.Sources))
	for i, s := range d.set.Sources {
		set.Sources[i] = heard{s, d}
	}
	if d.set.Locks != nil {
		set.Locks = counted{d.set.Locks, d.meter}
	}
	return set
}

type heard struct {
	device.Source
	d *Daemon
}

func (h heard) Run(ctx context.Context, emit func(device.Event)) error {
	return h.Source.Run(ctx, func(e device.Event) {
		h.d.meter.Sensed(e)
		h.d.button.hear(e)
		if x, ok := e.(device.Health); ok {
			h.d.health.note(x)
		}
		emit(e)
	})
}

type counted struct {
	device.Locks
	meter Meter
}

func (c counted) Unlock(ctx context.Context, slot smartbox.SlotID) error {
	err := c.Locks.Unlock(ctx, slot)
	c.meter.Unlocked(err)
	return err
}
