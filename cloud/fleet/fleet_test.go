package fleet_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

func TestFirstStateThenDeltas(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.connect(w.broker.Addr())
	w.inForce(l)
	if l.count(wire.KindChunk) == 0 || l.count(wire.KindDelta) != 0 {
		t.Errorf("%d chunks, %d deltas", l.count(wire.KindChunk), l.count(wire.KindDelta))
	}
	chunks := l.count(wire.KindChunk)
	for i := range 5 {
		w.rename(l.id, fmt.Sprint("Yard ", i))
		w.inForce(l)
	}
	if n := l.count(wire.KindChunk); n != chunks || l.count(wire.KindDelta) < 5 {
		t.Errorf("%d chunks more, %d deltas", n-chunks, l.count(wire.KindDelta))
	}
	// What changed while it was away comes with the next hello, as a delta.
	l.cut()
	w.rename(l.id, "Yard, quietly")
	l.connect(w.broker.Addr())
	w.inForce(l)
	if n := l.count(wire.KindChunk); n != chunks {
		t.Errorf("a snapshot where a delta does")
	}
	// A box that is up to date is told so, and so knows how fresh its knowledge is.
	l.cut()
	before := l.count(wire.KindDelta)
	l.connect(w.broker.Addr())
	until(t, "confirmed", func() bool { return l.count(wire.KindDelta) > before })
}

// TestLostDelta loses what the broker says it delivered.
func TestLostDelta(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.connect(w.broker.Addr())
	w.inForce(l)
	lost := 0
	l.mu.Lock()
	l.drop = func(k wire.Kind) bool {
		if k == wire.KindDelta && lost < 2 {
			lost++
			return true
		}
		return false
	}
	l.mu.Unlock()
	w.rename(l.id, "A")
	w.rename(l.id, "B")
	w.inForce(l)
	if lost != 2 {
		t.Errorf("%d lost", lost)
	}
}

func TestOtherStateThanItShould(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.connect(w.broker.Addr())
	w.inForce(l)
	l.mu.Lock()
	l.snap.Box.Name = "somebody wrote here"
	l.mu.Unlock()
	l.hello()
	w.inForce(l)
	if w.alarms(directory.AlarmStateDiffers) != 1 {
		t.Errorf("%d alarms", w.alarms(directory.AlarmStateDiffers))
	}
}

func TestNewEpoch(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.connect(w.broker.Addr())
	w.inForce(l)
	was := l.count(wire.KindChunk)
	if _, err := w.service.NewEpochs(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.inForce(l) // the poll finds it: nobody calls Changed for a restore
	if l.count(wire.KindChunk) == was {
		t.Error("no snapshot for the new epoch")
	}
}

func TestRefusedStateIsNoLoop(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.refuse = smartbox.SnapshotBroken
	l.connect(w.broker.Addr())
	until(t, "refused", func() bool { return w.alarms(directory.AlarmStateDiffers) == 1 })
	l.hello()
	acks := l.count(wire.KindAck)
	until(t, "the hello was answered", func() bool { l.hello(); return l.count(wire.KindAck) > acks+20 })
	if n := l.count(wire.KindChunk); n != 1 {
		t.Errorf("sent %d times", n)
	}
	if w.alarms(directory.AlarmStateDiffers) != 1 {
		t.Errorf("%d alarms", w.alarms(directory.AlarmStateDiffers))
	}
}

// inBooks are the numbers of a box's events as the cloud has them.
func (w *world) inBooks(l *light) []uint64 {
	w.tb.Helper()
	var seqs []uint64
	after := int64(0)
	for {
		list, err := w.service.Events(w.tb.Context(), w.admin, directory.EventFilter{Box: l.id, After: after, Limit: directory.MaxPage})
		w.must(err)
		if len(list) == 0 {
			return seqs
		}
		for _, e := range list {
			seqs = append(seqs, e.Event.Seq)
			after = e.ID
		}
	}
}

func upTo(n int) []uint64 {
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i) + 1
	}
	return all
}

func TestEventsOnce(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.happen(230)
	l.connect(w.broker.Addr())
	for range 5 { // again and again, from different places
		l.upload(1)
		l.upload(100)
		l.upload(201)
	}
	until(t, "acknowledged", l.settled)
	l.happen(3)
	l.upload(231)
	l.upload(231)
	until(t, "acknowledged", l.settled)
	if d := cmp.Diff(upTo(233), w.inBooks(l)); d != "" {
		t.Error(d)
	}
	// Nothing is acknowledged that is not in the books: a run with a gap waits for what is missing.
	l.happen(10)
	l.upload(240)
	l.hello()
	until(t, "the rest came", l.settled)
	if d := cmp.Diff(upTo(243), w.inBooks(l)); d != "" {
		t.Error(d)
	}
	if n := w.alarms(directory.AlarmEventGap) + w.alarms(directory.AlarmEventEdited); n != 0 {
		t.Errorf("%d alarms", n)
	}
}

func TestEditedEvent(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.happen(5)
	b, err := wire.Codec{}.EncodeEvent(nil, smartbox.Event{Seq: 3, Kind: smartbox.MainsLost})
	w.must(err)
	l.log[2].Payload = b // and the hashes as they were
	l.connect(w.broker.Addr())
	until(t, "alarm", func() bool { return w.alarms(directory.AlarmEventEdited) > 0 })
}

func TestPresence(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	online := func() bool {
		s, err := w.service.State(t.Context(), l.id)
		w.must(err)
		return s.Online
	}
	l.connect(w.broker.Addr())
	until(t, "online", online)
	// The death of a connection that was followed by another.
	old := l.conn
	l.cut()
	l.connect(w.broker.Addr())
	w.inForce(l)
	l.say(&wire.Presence{Connection: old, Boot: l.boot})
	w.rename(l.id, "later")
	w.inForce(l) // after the message before it, and only because it counts as online
	if !online() {
		t.Error("offline by the death of an older connection")
	}
	l.say(&wire.Presence{Connection: l.conn, Boot: l.boot})
	until(t, "offline", func() bool { return !online() })
}

func TestTwoBoxes(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.connect(w.broker.Addr())
	w.inForce(l)
	first := l.boot
	for i, boot := range []uint64{first, 2, 3, 3} { // reconnects and restarts are no twins
		l.cut()
		l.boot = boot
		l.connect(w.broker.Addr())
		w.rename(l.id, fmt.Sprint(i))
		w.inForce(l)
	}
	if n := w.alarms(directory.AlarmTwoBoxes); n != 0 {
		t.Fatalf("%d alarms for one box", n)
	}
	l.cut()
	l.boot = first
	l.connect(w.broker.Addr())
	until(t, "alarm", func() bool { return w.alarms(directory.AlarmTwoBoxes) == 1 })
}

func TestRevokedBoxIsPutOut(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.connect(w.broker.Addr())
	w.inForce(l)
	w.must(w.service.Revoke(t.Context(), w.admin, l.id, "lost"))
	until(t, "put out", func() bool { return !l.client.IsConnectionOpen() })
	if err := l.tryConnect(w.broker.Addr(), nil); err == nil {
		t.Error("let in again")
	}
}

// TestStorm connects many boxes at once, changes something for all, and counts.
func TestStorm(t *testing.T) {
	n := 200
	if testing.Short() {
		n = 40
	}
	w := newWorld(t)
	w.site.options.Boxes = 2 * 1000 // two shards
	boxes := make([]*light, n)
	for i := range boxes {
		boxes[i] = w.box(fmt.Sprint("Box ", i))
		boxes[i].happen(10)
	}
	w.start()
	storm(t, w, boxes)
	w.inForce(boxes...)
	for _, l := range boxes {
		until(t, "events acknowledged", l.settled)
	}
	// A change to the location concerns all of them.
	loc, err := w.service.Locations.Get(t.Context(), w.admin, w.location)
	w.must(err)
	loc.Zone = "Europe/Lisbon"
	_, err = w.service.Locations.Update(t.Context(), w.admin, loc)
	w.must(err)
	w.inForce(boxes...)
	for _, l := range boxes {
		if d := cmp.Diff(upTo(10), w.inBooks(l)); d != "" {
			t.Fatalf("box %s: %s", l.id, d)
		}
		l.cut()
	}
}

func storm(tb testing.TB, w *world, boxes []*light) {
	tb.Helper()
	var all sync.WaitGroup
	for _, l := range boxes {
		all.Go(func() {
			if err := l.tryConnect(w.broker.Addr(), nil); err != nil {
				tb.Errorf("box %s: %v", l.id, err)
			}
		})
	}
	all.Wait()
}
