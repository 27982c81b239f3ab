package fleet

import (
	"context"
	"errors"

	"smartbox"
	"smartbox/sync/wire"
)

// Errors of brokers.
var (
	// ErrOffline says that there is no connection to the broker just now.
	ErrOffline = errors.New("no connection to the broker")
	// ErrUnknown says that a message was sent and the broker did not confirm it: it may arrive or not.
	ErrUnknown = errors.New("the broker did not confirm a message; it may arrive or not")
)

// Broker brings messages from boxes and to them.
type Broker interface {
	// Publish returns once the broker has said that it has the message. The errors wrap ErrOffline, ErrUnknown or what
	// ended ctx. Safe for any number of goroutines.
	Publish(ctx context.Context, box smartbox.BoxID, k wire.Kind, payload []byte) error
	// Run connects, and stays connected, until ctx ends; it returns nil then. take is called with every message of a box,
	// for one box in the order in which they came, and may block: then the broker holds back what follows.
	Run(ctx context.Context, take func(Uplink)) error
}

// Kicker is a broker that can end a box's connections.
type Kicker interface {
	// Kick ends the box's connections to this broker. It may come back if its certificate is still accepted.
	Kick(box smartbox.BoxID)
}

// Uplink is a message from a box. Nothing in it is trusted but Box, which the broker's access rules vouch for.
type Uplink struct {
	Box      smartbox.BoxID
	Kind     wire.Kind
	Payload  []byte
	Retained bool // the broker kept it, and it may be old
	ack      func()
}

// Ack tells the broker that the message need not be delivered again. It must be called once for each.
func (u Uplink) Ack() {
	if u.ack != nil {
		u.ack()
	}
}
