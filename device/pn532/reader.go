package pn532

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smartbox"
	"smartbox/device"
)

// Opts are the choices of a Reader.
type Opts struct {
	Name       string        // of the reader in Health; "" = the transport's
	Poll       time.Duration // from one look for a card to the next
	Away       time.Duration // a badge that was away as long counts as a new tap
	Answer     time.Duration // how long the chip may take for an answer
	RetryFirst time.Duration // after a failure until the chip is set up again; doubles
	RetryLast  time.Duration // the longest it is doubled to
}

// DefaultOpts polls every 60 ms.
var DefaultOpts = Opts{
	Poll:       60 * time.Millisecond,
	Away:       600 * time.Millisecond,
	Answer:     150 * time.Millisecond,
	RetryFirst: 250 * time.Millisecond,
	RetryLast:  8 * time.Second,
}

// Reader is a badge reader. It is a device.Source.
type Reader struct {
	link link
	o    Opts

	last []byte    // the badge that is or was there
	seen time.Time // last seen then
}

var _ device.Source = (*Reader)(nil)

// New makes a reader over a transport, which is the reader's to close. It does not touch the chip. A nil o is
// DefaultOpts.
func New(t Transport, o *Opts) (*Reader, error) {
	if o == nil {
		o = &DefaultOpts
	}
	if t == nil {
		return nil, errors.New("pn532: no transport")
	}
	if o.Poll <= 0 || o.Away <= 0 || o.Answer <= 0 || o.RetryFirst <= 0 || o.RetryLast < o.RetryFirst {
		return nil, errors.New("pn532: Poll, Away, Answer and RetryFirst must be more than 0, RetryLast not less than RetryFirst")
	}
	r := &Reader{link: link{t: t, wait: o.Answer}, o: *o}
	if r.o.Name == "" {
		r.o.Name = t.String()
	}
	return r, nil
}

// String names the reader.
func (r *Reader) String() string { return r.o.Name }

// Halt closes the transport. Call it when Run has returned.
func (r *Reader) Halt() error { return r.link.t.Close() }

// Run looks for badges until ctx ends. It emits a Tapped for a badge that is laid on, once for as long as it stays;
// a MisRead for a card whose answer makes no sense; a Health when the chip does not answer and when it came back.
func (r *Reader) Run(ctx context.Context, emit func(device.Event)) error {
	var failed time.Time
	backoff, ready := r.o.RetryFirst, false
	for ctx.Err() == nil {
		var err error
		if !ready {
			err = r.link.prepare(ctx)
		}
		if err == nil {
			ready = true
			if !failed.IsZero() {
				emit(device.Health{Part: smartbox.PartReader, Name: r.o.Name, After: time.Since(failed)})
				failed = time.Time{}
			}
			if err = r.poll(ctx, emit); err == nil {
				backoff = r.o.RetryFirst
			}
		}
		wait := r.o.Poll
		if err != nil && ctx.Err() == nil {
			if failed.IsZero() {
				failed = time.Now()
				emit(device.Health{Part: smartbox.PartReader, Name: r.o.Name, Err: fmt.Errorf("%s: %w: %w", r.o.Name, device.ErrDead, err)})
			}
			wait, ready = backoff, false
			backoff = min(2*backoff, r.o.RetryLast)
		}
		_ = sleep(ctx, wait) // it is cut short where ctx ends only, which the loop sees, and which is no failure
	}
	return nil
}

// poll looks for a card once. The error is the chip's, never a card's.
func (r *Reader) poll(ctx context.Context, emit func(device.Event)) error {
	uid, err := r.link.list(ctx)
	if errors.Is(err, ErrTarget) {
		if time.Since(r.seen) >= r.o.Away || r.last != nil {
			emit(device.MisRead{Err: err})
		}
		r.last, r.seen = nil, time.Now()
		return nil
	}
	if err != nil || uid == nil {
		return err
	}
	held := string(uid) == string(r.last) && time.Since(r.seen) < r.o.Away
	r.last, r.seen = uid, time.Now()
	if !held {
		emit(device.Tapped{Badge: smartbox.UIDBadge(uid)})
	}
	return nil
}
