package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/device"
)

// Clock tells the moment. Its Uptime must never go back.
type Clock interface {
	Now() smartbox.Moment
}

// RunnerConfig is what a runner is made from.
type RunnerConfig struct {
	Machine *Machine // the runner's own from here on
	Set     device.Set
	Journal Journal
	Clock   Clock
	// Watch are told of every effect before it is carried out, from the loop: they must not block, and must not
	// call the runner.
	Watch []func(Effect, smartbox.Moment)
	Log   zerolog.Logger
}

// ErrStopped says that the runner does not run any more.
var ErrStopped = errors.New("the box is shutting down")

// Bounds of the runner.
const (
	inputs     = 256              // that wait for the loop; a source that is ahead of it has to wait
	pulseLimit = 5 * time.Second  // for a lock's driver to give one pulse
	stopLimit  = 5 * time.Second  // for the journal and the workers at the end
	heartbeat  = time.Second      // the loop turns at least so often
	lastStart  = 30 * time.Second // between two starts of a source that fails
)

// Runner is the one loop that feeds a Machine from the devices and carries its effects out. Its methods are
// safe for concurrent use. Nothing in it blocks the loop: the journal, each lock, the display, the
// sounder and the lights have goroutines of their own.
type Runner struct {
	cfg     RunnerConfig
	machine *Machine
	writer  *writer
	out     outputs

	in      chan Input  // from outside
	answers chan Input  // from the workers
	calls   chan func() // to be run by the loop
	done    chan struct{}
	beat    atomic.Int64
	boot    time.Time
	orders  atomic.Uint64

	mu      sync.Mutex
	waiting map[uint64]chan smartbox.Reason
	applied *Applied
	apply   chan struct{}

	pulses sync.WaitGroup
	ctx    context.Context //nolint:containedctx // of the pulses, which end with Run
}

// NewRunner makes a runner; Run starts it.
func NewRunner(cfg RunnerConfig) *Runner {
	r := &Runner{
		cfg: cfg, machine: cfg.Machine, out: newOutputs(&cfg.Set, cfg.Log), boot: time.Now(),
		in: make(chan Input, inputs), answers: make(chan Input, inputs), calls: make(chan func()),
		done: make(chan struct{}), waiting: map[uint64]chan smartbox.Reason{}, apply: make(chan struct{}, 1),
	}
	r.writer = newWriter(cfg.Journal, r.reply, cfg.Log)
	return r
}

// Run runs the box until ctx ends: every lock off first, then the start on record, then the devices; and at
// the end the stop on record, and every lock off again. It may be called once.
func (r *Runner) Run(ctx context.Context) (err error) {
	r.secure(ctx)
	var workers, sources, journal sync.WaitGroup
	own := context.WithoutCancel(ctx)
	outCtx, stopOut := context.WithCancel(own)
	logCtx, stopLog := context.WithCancel(own)
	r.ctx = ctx
	journal.Go(func() { r.writer.run(logCtx) })
	r.out.start(outCtx, &workers)
	defer func() {
		close(r.done)
		stopLog()
		stopOut()
		if !wait(&journal) {
			err = errors.Join(err, errors.New("stop: the journal hangs; the last events may not be written"))
		}
		if !wait(&workers) || !wait(&sources) || !wait(&r.pulses) {
			err = errors.Join(err, errors.New("stop: a device hangs"))
		}
		r.secure(own)
	}()

	r.step(Tick{})
	for i, s := range r.cfg.Set.Sources {
		sources.Go(func() { r.source(ctx, i, s) })
	}
	timer := time.NewTimer(heartbeat)
	defer timer.Stop()
	for {
		r.beat.Store(int64(time.Since(r.boot)))
		timer.Reset(r.sleep())
		select {
		case in := <-r.answers:
			r.step(in)
		case in := <-r.in:
			r.step(in)
		case <-r.apply:
			r.step(r.takeApplied())
		case f := <-r.calls:
			f()
		case <-timer.C:
			r.step(Tick{})
		case <-ctx.Done():
			r.stop()
			return nil
		}
	}
}

// sleep is how long the loop may wait for an input.
func (r *Runner) sleep() time.Duration {
	at, ok := r.machine.Next()
	if !ok {
		return heartbeat
	}
	return min(heartbeat, max(0, at-r.cfg.Clock.Now().Uptime))
}

// stop takes what is still on its way into the machine, and lets it record the end.
func (r *Runner) stop() {
	r.step(Stop{})
	deadline := time.NewTimer(stopLimit)
	defer deadline.Stop()
	for r.machine.Unanswered() > 0 {
		select {
		case in := <-r.answers:
			r.step(in)
		case <-deadline.C:
			return
		}
	}
}

// step feeds the machine and carries its effects out, in their order.
func (r *Runner) step(in Input) {
	now := r.cfg.Clock.Now()
	for _, e := range r.machine.Step(now, in) {
		for _, w := range r.cfg.Watch {
			w(e, now)
		}
		r.carryOut(e)
	}
}

func (r *Runner) carryOut(e Effect) {
	switch e := e.(type) {
	case Record:
		r.writer.put(e)
	case Unlock:
		r.pulses.Go(func() { r.unlock(e.Slot) })
	case Show:
		if r.out.display != nil {
			r.out.display.put(struct{}{}, e.Lines)
		}
	case Sound:
		if r.out.sounder != nil {
			r.out.sounder.put(struct{}{}, e.Sound)
		}
	case Lamp:
		if r.out.lights != nil {
			r.out.lights.put(e.Slot, e.Light)
		}
	case Answered:
		r.mu.Lock()
		if c, ok := r.waiting[e.ID]; ok {
			delete(r.waiting, e.ID)
			c <- e.Reason
		}
		r.mu.Unlock()
	case Explained:
	}
}

// unlock gives one pulse and reports its end. A driver that hangs is given up, so that its coil does not keep
// the other slots waiting for ever.
func (r *Runner) unlock(slot smartbox.SlotID) {
	if r.cfg.Set.Locks == nil {
		r.reply(Unlocked{Slot: slot, Err: fmt.Errorf("slot %s: %w", slot, device.ErrNoSlot)})
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, pulseLimit)
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- r.cfg.Set.Locks.Unlock(ctx, slot) }()
	select {
	case err := <-result:
		r.reply(Unlocked{Slot: slot, Err: err})
	case <-ctx.Done():
		var err error
		select {
		case err = <-result: // it obeyed
		case <-time.After(time.Second):
			err = fmt.Errorf("slot %s: the lock's driver hangs: %w", slot, device.ErrDead)
			r.cfg.Log.Error().Stringer("slot", slot).Msg("the lock's driver hangs")
		}
		r.reply(Unlocked{Slot: slot, Err: err})
	}
}

// reply brings a worker's answer to the loop; after the end there is nobody to tell.
func (r *Runner) reply(in Input) {
	select {
	case r.answers <- in:
	case <-r.done:
	}
}

// source runs one source, and starts it again when it gives up.
func (r *Runner) source(ctx context.Context, i int, s device.Source) {
	pause := time.Second
	for ctx.Err() == nil {
		begun := time.Now()
		err := s.Run(ctx, func(e device.Event) {
			select {
			case r.in <- Sensed{e}:
			case <-ctx.Done():
			}
		})
		if ctx.Err() != nil {
			return
		}
		r.cfg.Log.Error().Err(err).Int("source", i).Msg("a source ended; it is started again")
		if time.Since(begun) > lastStart {
			pause = time.Second
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, lastStart)
	}
}

func (r *Runner) secure(ctx context.Context) {
	if r.cfg.Set.Locks == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pulseLimit)
	defer cancel()
	if err := r.cfg.Set.Locks.Secure(ctx); err != nil {
		r.cfg.Log.Error().Err(err).Msg("not every lock could be switched off")
	}
}

// wait reports whether the group ended in time.
func wait(wg *sync.WaitGroup) bool {
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	timer := time.NewTimer(stopLimit)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-timer.C:
		return false
	}
}
