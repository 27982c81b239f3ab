package agent

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	jitter "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

// Agent keeps a box in touch with its cloud.
type Agent struct {
	o       Options
	mail    *mail
	every   atomic.Int64  // nanoseconds between telemetry
	online  atomic.Bool   // connected and subscribed
	renewed chan struct{} // a new certificate: connect anew
	counts  counts

	transfer transfer // of the goroutine that commits
	staged   atomic.Pointer[wire.Staged]

	life    context.Context //nolint:containedctx // of Run: commands outlive the connection that they came by
	work    sync.WaitGroup  // commands being carried out
	slots   chan struct{}   // one for each of them
	running sync.Map        // ids of them
}

// New makes an agent. The error names the option that is missing and the mend.
func New(o Options) (*Agent, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	a := &Agent{o: o, mail: newMail(), renewed: make(chan struct{}, 1), slots: make(chan struct{}, mostAtOnce)}
	a.every.Store(int64(telemetryAt))
	return a, nil
}

// Run keeps the line up until ctx ends: it connects, and connects again without end, waiting longer each time up to a
// minute, with jitter. It returns when everything that it began has ended; the error is ctx's.
func (a *Agent) Run(ctx context.Context) error {
	a.life = ctx
	var side sync.WaitGroup
	if a.o.Credentials != nil {
		side.Go(func() { a.renew(ctx) })
	}
	defer side.Wait()
	defer a.work.Wait()
	if err := a.transfer.recover(a.o.State); err != nil {
		a.note(DiskFailed, err)
	}
	a.progress(&a.transfer)
	var b backoff
	for ctx.Err() == nil {
		lasted, err := a.connection(ctx)
		if ctx.Err() != nil {
			break
		}
		a.note(Disconnected, err)
		if b.twin(lasted, err) {
			a.note(TwinSuspected, errors.New("the broker took the connection away several times in a row: "+
				"look whether another box has this one's certificate"))
		}
		sleep(ctx, b.next(lasted))
	}
	return ctx.Err()
}

// connection is one connection from dialling to its end. lasted counts from the subscription.
func (a *Agent) connection(ctx context.Context) (lasted time.Duration, err error) {
	l, err := a.dial(ctx)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	a.counts.connects.Add(1)
	a.online.Store(true)
	a.note(Connected, nil)
	a.mail.fresh()

	within, cancel := context.WithCancel(ctx)
	var handling sync.WaitGroup
	handling.Go(func() { a.handle(within, l) })
	err = a.send(within, l)
	cancel()
	a.online.Store(false)
	handling.Wait()
	l.close(a, ctx.Err() != nil || errors.Is(err, errRenewed))
	select {
	case <-l.lost:
		err = errors.Join(err, l.why)
	default:
	}
	return time.Since(began), err
}

// Online reports whether the box is connected and subscribed. The cloud may be silent all the same; see Counts.
func (a *Agent) Online() bool { return a.online.Load() }

func (a *Agent) note(k NoteKind, err error) {
	a.counts.note(k)
	if a.o.Notify != nil {
		a.o.Notify(Note{Kind: k, Err: err})
	}
}

// random is a number that nobody guesses, and never 0.
func (a *Agent) random() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return max(1, binary.BigEndian.Uint64(b[:]))
}

// backoff says how long to wait before the next attempt.
type backoff struct {
	tries int
	twins int
	found bool
}

// twin counts connections that the other side ended soon after they stood, without one in between that failed, and
// reports when it becomes too many: a broker ends a connection so when the same identity connects a second time.
func (b *backoff) twin(lasted time.Duration, err error) bool {
	switch {
	case 0 < lasted && lasted < stable && errors.Is(err, io.EOF):
		b.twins++
	default:
		b.twins, b.found = 0, false
	}
	if b.twins < twinLimit || b.found {
		return false
	}
	b.found = true
	return true
}

func (b *backoff) next(lasted time.Duration) time.Duration {
	if lasted >= stable {
		b.tries = 0
	}
	wait := min(retryMost, retryFirst<<min(b.tries, 10))
	b.tries++
	if b.found {
		wait = twinWait
	}
	return wait/2 + jitter.N(wait/2) //nolint:gosec // spreads boxes, hides nothing
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// until is a wall time as a wait from now on, by the box's own clock.
func until(now smartbox.Moment, at smartbox.Stamp) time.Duration { return at.Time().Sub(now.Wall) }
