package daemon

import (
	"context"
	"errors"
	"sync"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
	"smartbox/sync/agent"
	"smartbox/sync/wire"
)

// restartAfter is how long the daemon still runs after it was ordered to start anew, so that the answer gets out.
const restartAfter = 3 * time.Second

// ErrRestart says that the daemon ended since it was ordered to start anew. The service manager starts it.
var ErrRestart = errors.New("ordered to start anew")

// cloudOrders carries out what the cloud orders.
type cloudOrders struct{ d *Daemon }

// Carry is the method of agent.Orders. Done means that the order is on record and was begun; the events tell the rest.
func (c cloudOrders) Carry(ctx context.Context, o agent.Order) (wire.Outcome, smartbox.Reason) {
	order := session.Order{Actor: o.Actor}
	switch o.Command.Type {
	case wire.CommandOpen:
		order.Kind, order.Slot = session.OrderUnlock, o.Command.Slot
	case wire.CommandRelease:
		order.Kind = session.OrderRelease
	case wire.CommandMaintenance:
		order.Kind = session.OrderMaintenance
	case wire.CommandEndMaintenance:
		order.Kind = session.OrderEndMaintenance
	case wire.CommandReboot:
		c.d.restartSoon()
		return wire.Done, smartbox.OwnerOrder
	case wire.CommandUpdate, wire.CommandExpunge, wire.CommandConfig, wire.CommandHello:
		return wire.Refused, smartbox.NotAllowed // an update comes by the package manager; the rest is the agent's own
	default:
		return wire.Refused, smartbox.NotAllowed
	}
	if o.Command.AtBox {
		pressed := c.d.button.listen() // before it is asked for
		o.Waiting()
		if !c.d.button.wait(ctx, pressed) {
			return wire.Expired, smartbox.TimedOut
		}
	}
	reason, err := c.d.Order(ctx, order)
	switch {
	case err != nil && ctx.Err() != nil:
		return wire.Unknown, smartbox.NotReady // handed in, and not answered in time: the events say whether it was begun
	case err != nil:
		return wire.Failed, smartbox.NotReady
	case reason == smartbox.Granted, reason == smartbox.OwnerOrder:
		return wire.Done, reason
	default:
		return wire.Refused, reason
	}
}

func (d *Daemon) restartSoon() {
	d.restartOnce.Do(func() { time.AfterFunc(restartAfter, func() { close(d.restart) }) })
}

// awaitRestart ends the daemon with ErrRestart once it was ordered to start anew.
func (d *Daemon) awaitRestart(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-d.restart:
		return ErrRestart
	}
}

// buttonAlone is how long before it no other key may have been pressed for the enter key to count as the button that
// lets an order of the cloud through: who types a code presses it too.
const buttonAlone = 10 * time.Second

// button is the enter key of the panel, pressed by itself.
type button struct {
	mu      sync.Mutex
	last    time.Time // of any key before
	waiting map[chan struct{}]bool
}

// hear is told of everything that the parts notice.
func (b *button) hear(e device.Event) {
	p, ok := e.(device.Pressed)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	alone := b.last.IsZero() || time.Since(b.last) >= buttonAlone
	b.last = time.Now()
	if p.Key != '#' || !alone {
		return
	}
	for w := range b.waiting {
		delete(b.waiting, w)
		close(w)
		return // one order for each press
	}
}

// listen gives a channel that closes at the next press that counts, for wait.
func (b *button) listen() chan struct{} {
	w := make(chan struct{})
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = map[chan struct{}]bool{}
	}
	b.waiting[w] = true
	return w
}

// wait waits until it is pressed, and reports false where ctx ended first.
func (b *button) wait(ctx context.Context, w chan struct{}) bool {
	select {
	case <-w:
		return true
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	pressed := !b.waiting[w]
	delete(b.waiting, w)
	return pressed
}
