package directory

import (
	"context"
	"fmt"

	"smartbox"
	"smartbox/sync/wire"
)

// TakeEvents takes a stretch of a box's journal in, each event exactly once, and gives the sequence number up to which
// the cloud has them, which is to be acknowledged. What it was given before is passed over; a stretch that begins later
// than the cloud knows the journal to go on changes nothing, and the box sends from there again.
//
// A gap, an edit and what does not decode are taken in as they are, for they are evidence, and raise an alarm each.
func (s *Service) TakeEvents(ctx context.Context, box smartbox.BoxID, m *wire.Events) (upto uint64, err error) {
	st, err := s.State(ctx, box)
	if err != nil {
		return 0, err
	}
	taken := 0
	err = s.change(ctx, SystemActor(st.Org), func(c *change) error {
		in := intake{c: c, box: box, epoch: m.Epoch}
		upto, err = in.take(ctx, m)
		taken = len(in.events)
		return err
	})
	if err != nil {
		return 0, err
	}
	if taken > 0 {
		s.o.Happened(st.Org)
	}
	return upto, nil
}

// intake is one stretch being taken in.
type intake struct {
	c      *change
	box    smartbox.BoxID
	epoch  uint64
	events []StoredEvent
}

func (in *intake) take(ctx context.Context, m *wire.Events) (upto uint64, err error) {
	chain, known, err := in.c.tx.Log().Chain(ctx, in.box, m.Epoch)
	if err != nil {
		return 0, err
	}
	if !known {
		if err := in.begun(ctx); err != nil {
			return 0, err
		}
	}
	if m.After > chain.Upto || len(m.Batch) == 0 || m.Last() <= chain.Upto {
		return chain.Upto, nil
	}
	gap := m.First > chain.Upto+1
	if gap {
		detail := fmt.Sprintf("epoch %d lacks events %d to %d", m.Epoch, chain.Upto+1, m.First-1)
		if err := in.c.alarm(ctx, in.box, AlarmEventGap, detail); err != nil {
			return 0, err
		}
	}
	if err := in.follow(ctx, m, &chain, gap); err != nil {
		return 0, err
	}
	if err := in.c.tx.Log().Append(ctx, in.c.actor.Org, in.events); err != nil {
		return 0, err
	}
	if err := in.c.tx.Log().PutChain(ctx, chain); err != nil {
		return 0, err
	}
	return chain.Upto, in.consequences(ctx)
}

// begun notes a journal that was not heard of before. A box that had another one has lost it, or is another box.
func (in *intake) begun(ctx context.Context) error {
	before, err := in.c.tx.Log().Chains(ctx, in.box)
	if err != nil || len(before) == 0 {
		return err
	}
	return in.c.alarm(ctx, in.box, AlarmForeignEvents, fmt.Sprintf("epoch %d begins after %d", in.epoch, before[len(before)-1].Epoch))
}

// follow goes along the chain. Behind a gap the first link builds on an event that may be lost, so it is believed; after
// a link that does not fit, the box's own hash is gone on from, so that one edit raises one alarm.
func (in *intake) follow(ctx context.Context, m *wire.Events, chain *Chain, gap bool) error {
	for i := range m.Batch {
		seq, entry := m.First+uint64(i), &m.Batch[i]
		if seq <= chain.Upto {
			continue
		}
		if want := chain.Hash.Next(entry.Payload); want != entry.Hash && !gap {
			if err := in.c.alarm(ctx, in.box, AlarmEventEdited, fmt.Sprintf("epoch %d, event %d", m.Epoch, seq)); err != nil {
				return err
			}
		}
		gap = false
		e, err := (wire.Codec{}).DecodeEvent(entry.Payload)
		if err != nil || e.Seq != seq {
			if err := in.c.alarm(ctx, in.box, AlarmEventForm, fmt.Sprintf("epoch %d, event %d", m.Epoch, seq)); err != nil {
				return err
			}
			e = smartbox.Event{Seq: seq}
		}
		in.events = append(in.events, StoredEvent{
			Box: in.box, Epoch: m.Epoch, Event: e, Payload: entry.Payload, Hash: entry.Hash, Received: in.c.now,
		})
		chain.Upto, chain.Hash = seq, entry.Hash
	}
	return nil
}

// EventsUpto is how far a box's journal was taken in.
func (s *Service) EventsUpto(ctx context.Context, box smartbox.BoxID, epoch uint64) (upto uint64, err error) {
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		chain, _, err := tx.Log().Chain(ctx, box, epoch)
		upto = chain.Upto
		return err
	})
	return upto, err
}
