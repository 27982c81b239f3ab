package fleet

import (
	"context"

	"smartbox"
	"smartbox/sync/wire"
)

// events takes a run of events into the books, and only then says so: the box keeps them until it hears it.
func (f *Fleet) events(ctx context.Context, b *box, m *wire.Events) error {
	f.m.events.Add(float64(len(m.Batch)))
	upto, err := f.o.Directory.TakeEvents(ctx, b.id, m)
	if err != nil {
		return err
	}
	return f.ack(ctx, b, m.Epoch, upto, 0)
}

func (f *Fleet) ack(ctx context.Context, b *box, epoch, upto, connection uint64) error {
	return f.send(ctx, b.id, &wire.Ack{
		Epoch: epoch, UpTo: upto, Connection: connection, At: smartbox.StampOf(f.o.Now()),
	})
}

// send signs a message and gives it to the broker.
func (f *Fleet) send(ctx context.Context, box smartbox.BoxID, m wire.Message) error {
	b, err := f.o.Signer.Seal(box, m)
	if err != nil {
		return err
	}
	if err := f.o.Broker.Publish(ctx, box, m.Kind(), b); err != nil {
		f.m.sent.WithLabelValues(m.Kind().String(), "failed").Inc()
		return err
	}
	f.m.sent.WithLabelValues(m.Kind().String(), "done").Inc()
	return nil
}
