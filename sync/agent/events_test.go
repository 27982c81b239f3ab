package agent

import (
	"testing"
	"time"

	"smartbox"
	"smartbox/storage/journal"
	"smartbox/sync/wire"
)

// down, up and kindOf tell what a topic is of.
func kindOf(topic string) wire.Kind {
	_, k, _ := wire.ParseTopic(topic)
	return k
}

// TestBrokerAcknowledgesAndForgets: a PUBACK is nobody's word but the broker's.
func TestBrokerAcknowledgesAndForgets(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.ready()
		lost := 0
		w.b.set(func(b *broker) {
			b.judge = func(topic string, _ []byte) fate {
				if k := kindOf(topic); k == wire.KindEvents && lost < 3 || k == wire.KindAck && lost < 5 {
					lost++
					return fate{ack: true}
				}
				return fair
			}
		})
		w.x.happen(10)
		pass(5 * time.Second)
		if cur := w.x.log.Cursor(); cur.Acked != 0 {
			t.Fatalf("event %d counts as delivered, and the cloud never saw one", cur.Acked)
		}
		w.settled(time.Hour)
		w.complete(10)
		if w.x.agent.Counts().Resent == 0 || lost != 5 {
			t.Errorf("resent %d times after %d losses", w.x.agent.Counts().Resent, lost)
		}
		if w.x.agent.Counts().Connects != 1 {
			t.Error("the line was given up, although it worked")
		}
	})
}

// TestEveryHelloLost: a hello that nobody answers is said again, and nothing else is until then.
func TestEveryHelloLost(t *testing.T) {
	bubble(t, 20, func(w world) {
		lost := 0
		w.b.set(func(b *broker) {
			b.judge = func(topic string, _ []byte) fate {
				if kindOf(topic) == wire.KindHello && lost < 4 {
					lost++
					return fate{ack: true}
				}
				return fair
			}
		})
		w.x.start()
		w.x.happen(3)
		pass(5 * time.Second)
		if len(w.c.books) != 0 {
			t.Error("events were sent before the cloud said from where on")
		}
		w.settled(time.Hour)
		w.complete(3)
	})
}

// TestWindow: while the cloud is silent no more is under way than the window holds, and all of it comes in the end.
func TestWindow(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.ready()
		w.c.do(func() { w.c.forget = true })
		w.x.happen(windowSize + 500)
		pass(10 * time.Second)
		if sent := w.x.agent.Counts().EventsSent; sent < windowSize || sent > windowSize+wire.MaxBatch {
			t.Errorf("%d events are under way", sent)
		}
		w.c.do(func() { w.c.forget = false })
		w.settled(time.Hour)
		w.complete(windowSize + 500)
	})
}

// TestCloudRestored: the cloud's books were put back, and the box, which had forgotten nothing, sends again.
func TestCloudRestored(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.ready()
		w.x.happen(30)
		w.settled(time.Minute)
		epoch := w.x.log.Cursor().Epoch
		w.c.do(func() {
			w.c.books[epoch] = w.c.books[epoch][:10]
			w.c.upTo[epoch] = 10
			head := smartbox.ChainStart(epoch)
			for _, e := range w.c.books[epoch] {
				b, err := wire.Codec{}.EncodeEvent(nil, e)
				if err != nil {
					t.Fatal(err)
				}
				head = head.Next(b)
			}
			w.c.heads[epoch] = head
		})
		w.b.cut(w.x.id.String())
		w.settled(time.Minute)
		w.complete(30)
	})
}

// TestForeignAcks: an acknowledgement of another journal, or of events that never were, changes nothing.
func TestForeignAcks(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.ready()
		w.c.do(func() { w.c.forget = true })
		w.x.happen(5)
		pass(time.Second)
		epoch := w.x.log.Cursor().Epoch
		w.say(&wire.Ack{Epoch: epoch + 1, UpTo: 3})
		w.say(&wire.Ack{Epoch: epoch, UpTo: 6})
		pass(time.Second)
		if cur := w.x.log.Cursor(); cur.Acked != 0 || w.x.noted(CloudAhead) != 1 || w.x.noted(Dropped) != 1 {
			t.Errorf("acked %d, notes %v", cur.Acked, w.x.agent.Counts().Notes)
		}
		w.say(&wire.Ack{Epoch: epoch, UpTo: 4})
		w.say(&wire.Ack{Epoch: epoch, UpTo: 2}) // overtaken
		pass(time.Second)
		if cur := w.x.log.Cursor(); cur.Acked != 4 {
			t.Errorf("acked %d, want 4", cur.Acked)
		}
		w.c.do(func() { w.c.forget = false })
		w.settled(time.Hour)
		w.complete(5)
	})
}

// gappy is a journal of which some events cannot be read.
type gappy struct {
	record
	from, to uint64
}

func (g gappy) Read(from uint64, limit int) ([]Entry, error) {
	all, err := g.record.Read(from, limit)
	kept := all[:0]
	for _, e := range all {
		if e.Seq < g.from || e.Seq > g.to {
			kept = append(kept, e)
		}
	}
	return kept, err
}

// TestLostEventsShow: what the box cannot read is told as a gap, and what follows arrives.
func TestLostEventsShow(t *testing.T) {
	for name, c := range map[string]struct{ from, to uint64 }{"in the middle": {4, 6}, "at the start": {1, 2}, "at the end": {9, 10}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, 20, func(w world) {
				w.x.tune = func(o *Options) { o.Journal = gappy{o.Journal.(record), c.from, c.to} }
				w.x.start()
				w.x.happen(10)
				pass(5 * time.Second)
				w.x.happen(2)
				pass(5 * time.Second)
				epoch := w.x.log.Cursor().Epoch
				if got := len(w.c.books[epoch]); got != 12-int(c.to-c.from+1) {
					t.Errorf("%d events in the books", got)
				}
				if len(w.c.gaps) != 1 || w.c.gaps[0] != [2]uint64{c.from - 1, c.to + 1} {
					t.Errorf("gaps %v, want the one from %d to %d", w.c.gaps, c.from, c.to)
				}
				if cur := w.x.log.Cursor(); cur.Acked != 12 {
					t.Errorf("acked %d of 12", cur.Acked)
				}
			})
		})
	}
}

// TestBatches: a message holds no more than it may, whatever the events weigh.
func TestBatches(t *testing.T) {
	entries := make([]Entry, wire.MaxBatch)
	for i := range entries {
		entries[i] = Entry{Seq: uint64(i) + 5, Payload: make([]byte, journal.MaxPayload)}
	}
	for after, all := uint64(4), entries; len(all) > 0; {
		m := batch(7, after, all)
		b, err := wire.Encode(m)
		if err != nil || len(b) > 64<<10 || len(m.Batch) < min(10, len(all)) {
			t.Fatalf("%d events in %d bytes: %v", len(m.Batch), len(b), err)
		}
		after, all = m.Last(), all[len(m.Batch):]
	}
	if batch(7, 0, nil) != nil {
		t.Error("a message of no events")
	}
}
