package agent

import (
	"context"
	"errors"
	"fmt"

	paho "github.com/eclipse/paho.mqtt.golang"

	"smartbox/sync/wire"
)

// handle is the one goroutine that brings what the cloud says onto the disk. A message is acknowledged to the broker
// when it was dealt with, and not before; whether it was put in force the cloud learns from Applied and Response.
func (a *Agent) handle(ctx context.Context, l *link) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.lost:
			return
		case m := <-l.inbox:
			a.message(ctx, m)
			m.Ack()
		}
	}
}

// message deals with one message. Nothing of it is believed before its signature was checked for this box and kind.
func (a *Agent) message(ctx context.Context, m paho.Message) {
	box, kind, err := wire.ParseTopic(m.Topic())
	switch {
	case err != nil:
		a.note(Dropped, err)
		return
	case box != a.o.Box || !kind.Down():
		a.note(Dropped, fmt.Errorf("topic %.64q is not for this box", m.Topic()))
		return
	case m.Retained():
		a.note(Dropped, fmt.Errorf("%s was retained: nothing to a box ever is", kind))
		return
	}
	v := wire.NewMessage(kind)
	if err := a.o.Keys.Open(a.o.Box, m.Payload(), v); err != nil {
		if errors.Is(err, wire.ErrSignature) {
			a.note(Distrusted, err)
		} else {
			a.note(Dropped, err)
		}
		return
	}
	a.counts.messages.Add(1)
	switch v := v.(type) {
	case *wire.Delta:
		a.delta(v)
	case *wire.Chunk:
		a.chunk(v)
	case *wire.Command:
		a.command(ctx, v)
	case *wire.Ack:
		a.mail.ack(*v)
	default:
		a.note(Dropped, fmt.Errorf("%s does not go to a box", kind))
	}
}
