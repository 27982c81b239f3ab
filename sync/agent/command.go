package agent

import (
	"context"
	"fmt"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

// command takes a command that was signed for this box. Whatever becomes of it, its counter is on disk before that, so
// that neither a second delivery nor a power cut makes it happen twice.
func (a *Agent) command(ctx context.Context, c *wire.Command) {
	if r, ok := a.o.Ledger.Find(c.ID); ok {
		a.again(r)
		return
	}
	if c.Counter <= a.o.Ledger.Last() {
		a.answer(Record{ID: c.ID, Counter: c.Counter, Outcome: wire.Replayed})
		return
	}
	r := Record{ID: c.ID, Counter: c.Counter}
	now := a.o.Clock.Moment()
	r.Outcome, r.Reason = due(c, now)
	if r.Outcome == 0 {
		select {
		case a.slots <- struct{}{}:
		default:
			r.Outcome, r.Reason = wire.Refused, smartbox.NotReady
		}
	}
	if err := a.o.Ledger.Begin(r); err != nil {
		if r.Outcome == 0 {
			<-a.slots
		}
		a.note(DiskFailed, fmt.Errorf("command ledger: %w", err))
		a.answer(Record{ID: c.ID, Counter: c.Counter, Outcome: wire.Refused, Reason: smartbox.RecordFailed})
		return
	}
	if r.Outcome != 0 {
		a.answer(r)
		return
	}
	a.counts.commands.Add(1)
	a.running.Store(c.ID, nil)
	if !moves(c.Type) {
		a.finish(r, c, func() (wire.Outcome, smartbox.Reason) { return a.settle(ctx, c) })
		return
	}
	// It outlives the connection that it came by, and ends with the agent.
	life := a.life
	a.work.Go(func() {
		a.finish(r, c, func() (wire.Outcome, smartbox.Reason) { return a.carry(life, c, now) })
	})
}

// due says what becomes of a command that is not to be begun now; 0 where it is.
func due(c *wire.Command, now smartbox.Moment) (wire.Outcome, smartbox.Reason) {
	timed := c.NotBefore != 0 || c.Expires != 0
	switch {
	case !timed:
		return 0, 0
	case now.Trust == smartbox.ClockUntrusted:
		return wire.Refused, smartbox.ClockNotTrusted
	case c.Expires != 0 && until(now, c.Expires) <= 0:
		return wire.Expired, smartbox.TimedOut
	case c.Type == wire.CommandOpen && until(now, max(c.NotBefore, now.Stamp()))+wire.MaxOpen < until(now, c.Expires):
		return wire.Refused, smartbox.NotAllowed // it would hold for longer than an order to open may
	case until(now, c.NotBefore) > farFuture:
		return wire.Refused, smartbox.NotAllowed
	default:
		return 0, 0
	}
}

// moves reports whether somebody else carries the command out, which may take its time.
func moves(t wire.CommandType) bool {
	switch t {
	case wire.CommandExpunge, wire.CommandConfig, wire.CommandHello:
		return false
	case wire.CommandOpen, wire.CommandRelease, wire.CommandMaintenance, wire.CommandEndMaintenance,
		wire.CommandReboot, wire.CommandUpdate:
		return true
	default:
		return true
	}
}

// settle carries out what is the agent's own.
func (a *Agent) settle(ctx context.Context, c *wire.Command) (wire.Outcome, smartbox.Reason) {
	switch c.Type { //nolint:exhaustive // those that move is for others
	case wire.CommandExpunge:
		if !a.erase(c.Erase) {
			return wire.Failed, smartbox.RecordFailed
		}
	case wire.CommandConfig:
		if n := c.Config.TelemetryEvery; n != 0 {
			a.every.Store(int64(n) * int64(time.Second))
		}
		if c.Config.Debug != nil {
			return a.o.Orders.Carry(ctx, Order{Command: *c, Actor: actor(c.ID), Waiting: func() {}})
		}
	default:
		a.mail.wantHello()
	}
	return wire.Done, 0
}

// carry waits until the command is due and hands it on. began is when it was checked.
func (a *Agent) carry(ctx context.Context, c *wire.Command, began smartbox.Moment) (wire.Outcome, smartbox.Reason) {
	if c.Expires != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, until(began, c.Expires))
		defer cancel()
	}
	if wait := until(began, c.NotBefore); c.NotBefore != 0 && wait > 0 {
		a.answer(Record{ID: c.ID, Counter: c.Counter, Outcome: wire.NotBefore})
		sleep(ctx, wait)
	}
	if ctx.Err() != nil {
		return ended(ctx, a.life)
	}
	o := Order{Command: *c, Actor: actor(c.ID), Waiting: func() {
		a.answer(Record{ID: c.ID, Counter: c.Counter, Outcome: wire.Waiting})
	}}
	outcome, reason := a.o.Orders.Carry(ctx, o)
	if outcome == 0 || !outcome.Final() {
		return ended(ctx, a.life)
	}
	return outcome, reason
}

// ended says why a command was not done although it was begun.
func ended(ctx, life context.Context) (wire.Outcome, smartbox.Reason) {
	if ctx.Err() != nil && life.Err() == nil {
		return wire.Expired, smartbox.TimedOut
	}
	return wire.Failed, smartbox.NotReady
}

func (a *Agent) finish(r Record, c *wire.Command, do func() (wire.Outcome, smartbox.Reason)) {
	defer func() { <-a.slots }()
	r.Outcome, r.Reason = do()
	// Where this fails, the command counts as begun after a restart, and is not done again.
	if err := a.o.Ledger.End(r); err != nil {
		a.note(DiskFailed, fmt.Errorf("command ledger: %w", err))
	}
	a.running.Delete(c.ID)
	a.answer(r)
}

// again answers a command that was delivered before.
func (a *Agent) again(r Record) {
	if _, busy := a.running.Load(r.ID); busy {
		return // its answer follows
	}
	if r.Outcome == 0 {
		r.Outcome, r.Reason = wire.Unknown, smartbox.NotReady
	}
	a.answer(r)
}

func (a *Agent) answer(r Record) {
	a.mail.reply(wire.Response{
		ID: r.ID, Counter: r.Counter, Outcome: r.Outcome, Reason: r.Reason,
		At: a.o.Clock.Moment().Stamp(), Seen: a.o.Ledger.Last(),
	})
}

func actor(id uint64) string { return fmt.Sprintf("cmd:%016x", id) }
