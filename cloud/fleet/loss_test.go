package fleet_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/fleet"
	"smartbox/sync/wire"
)

// forgetful is a broker that says that it has a message, and delivers it, or forgets it, or delivers it twice.
type forgetful struct {
	fleet.Broker
	mu  sync.Mutex
	rng *rand.Rand
	bad bool
}

func (f *forgetful) fate() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.bad {
		return 1
	}
	return []int{0, 1, 1, 2}[f.rng.IntN(4)]
}

func (f *forgetful) Publish(ctx context.Context, box smartbox.BoxID, k wire.Kind, payload []byte) error {
	for range f.fate() {
		if err := f.Broker.Publish(ctx, box, k, payload); err != nil {
			return err
		}
	}
	return nil
}

func (f *forgetful) Run(ctx context.Context, take func(fleet.Uplink)) error {
	return f.Broker.Run(ctx, func(u fleet.Uplink) {
		switch f.fate() {
		case 0:
			u.Ack()
		case 1:
			take(u)
		default:
			take(fleet.Uplink{Box: u.Box, Kind: u.Kind, Payload: u.Payload})
			take(u)
		}
	})
}

// TestForgetfulBroker loses and doubles messages both ways after they were acknowledged. Boxes do what a box does that
// hears nothing: say it again.
func TestForgetfulBroker(t *testing.T) {
	w := newWorld(t)
	b, err := fleet.NewEmbedded(w.site.options)
	w.must(err)
	t.Cleanup(b.Close)
	w.broker = b
	lossy := &forgetful{Broker: b, rng: rand.New(rand.NewPCG(1, 2)), bad: true}
	t.Cleanup(w.startFleet(lossy))
	boxes := make([]*light, 4)
	for i := range boxes {
		boxes[i] = w.box(fmt.Sprint("Box ", i))
		boxes[i].connect(b.Addr())
	}
	for round := range 15 {
		for _, l := range boxes {
			l.happen(20)
			l.upload(uint64(round*20) + 1)
			w.rename(l.id, fmt.Sprint("Round ", round))
		}
	}
	for _, l := range boxes {
		again := time.NewTicker(200 * time.Millisecond)
		until(t, "all acknowledged and in force", func() bool {
			select {
			case <-again.C:
				l.hello()
			default:
			}
			s, err := w.service.State(t.Context(), l.id)
			w.must(err)
			return l.settled() && s.AppliedEpoch == s.Epoch && s.AppliedVersion == s.Version
		})
		again.Stop()
	}
	w.inForce(boxes...)
	for _, l := range boxes {
		if d := cmp.Diff(upTo(300), w.inBooks(l)); d != "" {
			t.Errorf("box %s: %s", l.id, d)
		}
	}
	for _, k := range []directory.AlarmKind{directory.AlarmEventGap, directory.AlarmEventEdited, directory.AlarmTwoBoxes, directory.AlarmStateDiffers} {
		if n := w.alarms(k); n != 0 {
			t.Errorf("%d alarms %s", n, k)
		}
	}
}

// TestFleetAwayForAWhile restarts the fleet alone: its boxes stay connected to the broker and notice nothing.
func TestFleetAwayForAWhile(t *testing.T) {
	w := newWorld(t)
	b, err := fleet.NewEmbedded(w.site.options)
	w.must(err)
	t.Cleanup(b.Close)
	w.broker = b
	stop := w.startFleet(b)
	l, quiet := w.box("Yard"), w.box("Quiet")
	l.connect(b.Addr())
	quiet.connect(b.Addr())
	w.inForce(l, quiet)
	stop()
	w.fleet.Store(nil)
	w.rename(l.id, "Renamed meanwhile")
	was := l.count(wire.KindChunk)
	t.Cleanup(w.startFleet(b))
	w.inForce(l, quiet)
	if l.count(wire.KindChunk) != was {
		t.Error("a snapshot where a delta does")
	}
}

// TestBrokerAwayForAWhile restarts broker and fleet; boxes connect again.
func TestBrokerAwayForAWhile(t *testing.T) {
	w := newWorld(t)
	stop := w.start()
	l := w.box("Yard")
	l.happen(10)
	l.connect(w.broker.Addr())
	w.inForce(l)
	until(t, "acknowledged", l.settled)
	l.happen(10)
	stop()
	w.rename(l.id, "Renamed meanwhile")
	w.start() // on the same files
	l.connect(w.broker.Addr())
	w.inForce(l)
	until(t, "acknowledged", l.settled)
	if d := cmp.Diff(upTo(20), w.inBooks(l)); d != "" {
		t.Error(d)
	}
}

// TestTwoReplicas has two fleets on one broker and one database: each box has one of them, and the other takes over.
func TestTwoReplicas(t *testing.T) {
	w := newWorld(t)
	b, err := fleet.NewEmbedded(w.site.options)
	w.must(err)
	t.Cleanup(b.Close)
	w.broker = b
	second, err := fleet.NewEmbedded(w.site.options) // not connected to the first: only its fleet is of interest
	w.must(err)
	t.Cleanup(second.Close)
	w.tune = func(o *fleet.Options) { o.Holder, o.Most, o.Lease = "one", 1, 3*time.Second }
	one := w.startFleet(b)
	l, m := w.box("Left"), w.box("Right")
	l.connect(b.Addr())
	w.inForce(l)
	m.connect(b.Addr()) // nobody has it: the first has enough
	leases := func() map[string]int {
		list, err := w.service.Leases(t.Context())
		w.must(err)
		n := map[string]int{}
		for _, x := range list {
			n[x.Holder]++
		}
		return n
	}
	until(t, "the first has one box", func() bool { return cmp.Equal(leases(), map[string]int{"one": 1}) })
	w.tune = func(o *fleet.Options) { o.Holder, o.Lease, o.Replicas = "two", 3*time.Second, true }
	t.Cleanup(w.startFleet(second))
	until(t, "the second has the other", func() bool { return cmp.Equal(leases(), map[string]int{"one": 1, "two": 1}) })
	one()
	until(t, "the second has both", func() bool { return cmp.Equal(leases(), map[string]int{"two": 2}) })
}
