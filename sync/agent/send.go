package agent

import (
	"context"
	"errors"
	"fmt"
	jitter "math/rand/v2"
	"time"

	"smartbox/sync/wire"
)

// sender is the one goroutine that speaks to the cloud, for the life of one connection.
type sender struct {
	a *Agent
	l *link

	greeted    bool          // the cloud answered hello: it said from where on it wants events
	hello      bool          // is to be said
	waiting    bool          // it was said, and the cloud has not answered
	helloAfter time.Time     // and not before
	helloAgain time.Time     // say it again, if nobody answered
	helloWait  time.Duration // how long that takes
	helloEvery time.Time     // say it all the same: what the broker forgot shows then

	sent     uint64        // newest event sent
	acked    uint64        // newest event that the cloud has
	seen     uint64        // what the next event got when the journal was read last
	resendAt time.Time     // when to begin again behind acked; zero where nothing is under way
	resend   time.Duration // how long that takes

	telAt time.Time
}

// send says what there is to say until the line is lost, ctx ends or the certificate is new.
func (a *Agent) send(ctx context.Context, l *link) error {
	s := sender{a: a, l: l, helloWait: ackLimit, resend: ackLimit, telAt: time.Now()}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		more, err := s.round(ctx)
		if err != nil {
			return err
		}
		var grown <-chan struct{}
		if s.greeted && !more {
			grown = a.o.Journal.Wake(max(s.sent+1, s.seen)) // not what cannot be read
		}
		if s.full() {
			grown = nil // more is sent when the cloud has some
		}
		timer.Reset(time.Until(s.next()))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.lost:
			return errLink
		case <-a.renewed:
			return errRenewed
		case <-a.mail.wake:
		case <-grown:
		case <-timer.C:
		}
	}
}

// round says everything that is due now. more reports that events are left.
func (s *sender) round(ctx context.Context) (more bool, err error) {
	m := s.a.mail.take()
	for _, k := range m.acks {
		s.ack(k)
	}
	m.acks = nil
	s.hello = s.hello || m.hello
	m.hello = false
	now := time.Now()
	if m.again {
		s.helloEvery = earliest(s.helloEvery, now.Add(diskRetry))
		m.again = false
	}
	if s.waiting && !now.Before(s.helloAgain) || !s.helloEvery.IsZero() && !now.Before(s.helloEvery) {
		s.hello = true
	}
	if s.hello && !now.Before(s.helloAfter) {
		if err := s.sayHello(ctx, now); err != nil {
			s.a.mail.back(m)
			return false, err
		}
	}
	if err := s.letters(ctx, &m); err != nil {
		s.a.mail.back(m)
		return false, err
	}
	if err := s.telemetry(ctx, now); err != nil {
		return false, err
	}
	return s.events(ctx, now)
}

// letters says Applied and the responses; what is still in m on an error was not said.
func (s *sender) letters(ctx context.Context, m *letters) error {
	for len(m.replies) > 0 {
		if err := s.l.publish(ctx, s.a, &m.replies[0]); err != nil {
			return err
		}
		m.replies = m.replies[1:]
	}
	if !m.applied {
		return nil
	}
	rev, sum, err := s.a.o.State.Digest()
	if err != nil {
		s.a.note(DiskFailed, err)
		return nil
	}
	p := wire.Applied{Revision: rev, Digest: sum, Erased: m.erased, Refused: m.refused, Reason: m.reason}
	return s.l.publish(ctx, s.a, &p)
}

func (s *sender) sayHello(ctx context.Context, now time.Time) error {
	a, c := s.a, s.a.o.Journal.Cursor()
	rev, sum, err := a.o.State.Digest()
	if err != nil {
		a.note(DiskFailed, err) // say hello as one who knows nothing, and be sent everything
	}
	moment := a.o.Clock.Moment()
	h := wire.Hello{
		Protocol: wire.Version, Firmware: a.o.Firmware, Boot: a.o.Boot, Connection: s.l.id,
		Revision: rev, Digest: sum, EventEpoch: c.Epoch, First: c.First, Next: c.Next,
		Counter: a.o.Ledger.Last(), Staged: a.staged.Load(), Clock: moment.Trust, At: moment.Stamp(),
	}
	s.hello, s.waiting, s.helloAfter = false, true, now.Add(helloApart)
	s.helloAgain = now.Add(s.helloWait)
	s.helloEvery = now.Add(helloMost - jitter.N(helloMost/4)) //nolint:gosec // spreads boxes, hides nothing
	s.helloWait = min(2*s.helloWait, ackMost)
	return s.l.publish(ctx, a, &h)
}

func (s *sender) telemetry(ctx context.Context, now time.Time) error {
	if s.a.o.Telemetry == nil || now.Before(s.telAt) {
		return nil
	}
	s.telAt = now.Add(time.Duration(s.a.every.Load()))
	t := s.a.o.Telemetry()
	if c := s.a.o.Journal.Cursor(); t.Backlog == 0 && c.Next > c.Acked {
		t.Backlog = c.Next - 1 - c.Acked
	}
	return s.l.publish(ctx, s.a, &t)
}

// next is when something is due without anybody saying so.
func (s *sender) next() time.Time {
	at := time.Now().Add(ackMost)
	earlier := func(t time.Time, want bool) {
		if want && t.Before(at) {
			at = t
		}
	}
	earlier(s.helloAfter, s.hello)
	earlier(s.helloAgain, s.waiting)
	earlier(s.helloEvery, !s.helloEvery.IsZero())
	earlier(s.resendAt, !s.resendAt.IsZero())
	earlier(s.telAt, s.a.o.Telemetry != nil)
	return at
}

// ack takes the cloud's word on events. The one that answers this connection's hello says from where to send, be it
// less than what the box thought: the cloud's books may have been restored.
func (s *sender) ack(k wire.Ack) {
	a, c := s.a, s.a.o.Journal.Cursor()
	if k.Epoch != c.Epoch {
		a.note(Dropped, fmt.Errorf("acknowledgement of event epoch %016x, not of this journal", k.Epoch))
		return
	}
	if k.UpTo >= c.Next {
		a.note(CloudAhead, fmt.Errorf("the cloud has event %d, and the last one here is %d", k.UpTo, c.Next-1))
		return
	}
	if err := a.o.Journal.Ack(k.UpTo); err != nil {
		a.note(DiskFailed, err)
	} else if k.UpTo > a.counts.acked.Load() {
		a.counts.acked.Store(k.UpTo)
	}
	answer := k.Connection == s.l.id
	if answer {
		s.waiting, s.helloWait = false, ackLimit
	}
	switch {
	case answer && (!s.greeted || k.UpTo < s.acked):
		s.greeted, s.sent, s.acked = true, k.UpTo, k.UpTo
	case !s.greeted || k.UpTo <= s.acked:
		return
	default:
		s.acked = k.UpTo
		s.sent = max(s.sent, k.UpTo)
	}
	s.resend, s.resendAt = ackLimit, time.Time{}
	if s.sent > s.acked {
		s.resendAt = time.Now().Add(s.resend)
	}
}

func (s *sender) full() bool { return s.sent-s.acked >= windowSize }

// events sends what the cloud does not have, up to the window. more reports that there is something left to send.
func (s *sender) events(ctx context.Context, now time.Time) (more bool, err error) {
	if !s.greeted {
		return false, nil
	}
	if !s.resendAt.IsZero() && !now.Before(s.resendAt) {
		s.a.counts.resent.Add(1)
		s.sent, s.resendAt = s.acked, time.Time{}
		s.resend = min(2*s.resend, ackMost)
	}
	for !s.full() && ctx.Err() == nil {
		if len(s.a.mail.wake) > 0 {
			return true, nil // others wait
		}
		c := s.a.o.Journal.Cursor()
		s.seen = c.Next
		entries, err := s.a.o.Journal.Read(s.sent+1, wire.MaxBatch)
		if err != nil { // the line is not to blame
			s.a.note(DiskFailed, err)
			s.resendAt = now.Add(s.resend)
			return false, nil
		}
		m := batch(c.Epoch, s.sent, entries)
		if m == nil {
			return false, nil
		}
		if err := s.l.publish(ctx, s.a, m); err != nil {
			return false, err
		}
		s.sent = m.Last()
		s.a.counts.sent.Add(uint64(len(m.Batch)))
		if s.resendAt.IsZero() {
			s.resendAt = time.Now().Add(s.resend)
		}
	}
	return false, errIf(ctx)
}

// earliest is the earlier of two times, of which a zero one is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func errIf(ctx context.Context) error {
	if err := ctx.Err(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// batch is the next message of events after number after: up to where numbers jump, or it is full; nil for none.
func batch(epoch, after uint64, entries []Entry) *wire.Events {
	if len(entries) == 0 {
		return nil
	}
	m := &wire.Events{Epoch: epoch, After: after, First: entries[0].Seq}
	size := 0
	for i, e := range entries {
		size += len(e.Payload) + idRoom + 8
		if e.Seq != m.First+uint64(i) || i > 0 && size > batchBytes {
			break
		}
		m.Batch = append(m.Batch, wire.Entry{Hash: e.Hash, Payload: e.Payload})
	}
	return m
}
