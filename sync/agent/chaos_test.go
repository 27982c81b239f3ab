package agent

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

// TestCutAtEveryPacket cuts the line once after each packet of a busy connection, one run for each.
func TestCutAtEveryPacket(t *testing.T) {
	most := 36
	if testing.Short() {
		most = 12
	}
	for at := 1; at <= most; at++ {
		bubble(t, 20, func(w world) {
			w.b.set(func(b *broker) { b.cutAfter = at })
			w.x.start()
			w.x.happen(3)
			pass(time.Second)
			w.c.change(suspend(1))
			k := w.c.open(nil)
			w.x.happen(3)
			w.c.change(suspend(2))
			for range 5 { // the cloud asks again where it gets no answer
				pass(5 * time.Second)
				if len(w.c.outcomes(k.ID)) == 0 {
					w.say(&k)
				}
			}
			w.settled(20 * time.Minute)
			w.complete(6)
			if n := w.x.hands.times(k.ID); n > 1 {
				t.Errorf("cut after packet %d: the order was carried out %d times", at, n)
			}
			if len(w.c.outcomes(k.ID)) == 0 {
				t.Errorf("cut after packet %d: no answer", at)
			}
		})
	}
}

// weather is a broker that loses, doubles, holds back and cuts, by chance.
type weather struct {
	mu   sync.Mutex
	r    *rand.Rand
	bad  float64
	held map[string][]byte // by topic
	b    *broker
}

func (x *weather) judge(topic string, payload []byte) fate {
	x.mu.Lock()
	defer x.mu.Unlock()
	late, topicLate := []byte(nil), ""
	for name, b := range x.held {
		late, topicLate = b, name
	}
	p := x.r.Float64() / max(x.bad, 1e-9)
	switch {
	case p < 0.2:
		return fate{ack: true} // acknowledged and forgotten
	case p < 0.3:
		return fate{deliver: 1} // delivered, and not acknowledged
	case p < 0.5:
		return fate{deliver: 2, ack: true}
	case p < 0.7:
		x.held[topic] = payload // comes later, or never
		return fate{ack: true}
	case p < 0.75:
		return fate{deliver: 1, ack: true, cut: true}
	case p < 1 && late != nil && kindOf(topicLate).Down():
		delete(x.held, topicLate)
		box, _, _ := wire.ParseTopic(topicLate)
		x.b.send(box.String(), topicLate, late, false)
	case p < 1 && late != nil && !kindOf(topic).Down():
		delete(x.held, topicLate)
		x.mu.Unlock()
		x.b.up(topicLate, late)
		x.mu.Lock()
	}
	return fair
}

// TestTwelveMinutesOfOutages: the line is cut, frozen, refused and mute, the broker lies, the cloud is silent, the box
// restarts; meanwhile things happen at the box and in the cloud. Afterwards every event is in the books once, both ends
// know the same, and no order was carried out twice.
func TestTwelveMinutesOfOutages(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, 50, func(w world) { storm(w, seed) })
		})
	}
}

func storm(w world, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 5))
	x := &weather{r: rand.New(rand.NewPCG(seed, 6)), held: map[string][]byte{}, b: w.b, bad: 0.4}
	w.b.set(func(b *broker) { b.judge = x.judge })
	w.x.start()
	id, events := w.x.id.String(), 0
	var orders []wire.Command
	thaw := func() {}
	for began := time.Now(); time.Since(began) < 12*time.Minute; {
		switch r.IntN(14) {
		case 0:
			w.b.cut(id)
		case 1:
			thaw()
			thaw = w.b.freeze(id)
		case 2:
			w.b.set(func(b *broker) { b.refuse = errRefused })
		case 3:
			w.b.set(func(b *broker) { b.mute = true })
		case 4:
			w.c.do(func() { w.c.silent = true })
		case 5:
			thaw()
			thaw = func() {}
			w.b.cut(id)
			w.x.halt()
			w.x.start()
		default:
			thaw()
			thaw = func() {}
			w.b.set(func(b *broker) { b.refuse, b.mute = nil, false })
			w.c.do(func() { w.c.silent = false })
		}
		n := r.IntN(20)
		w.x.happen(n)
		events += n
		if r.IntN(2) == 0 {
			u := r.IntN(50)
			w.c.change(func(s *smartbox.Snapshot) { s.Users[u].Name += "x" })
		}
		if r.IntN(3) == 0 {
			orders = append(orders, w.c.open(nil))
		}
		if len(orders) > 0 && r.IntN(2) == 0 {
			w.say(&orders[r.IntN(len(orders))])
		}
		pass(time.Duration(r.IntN(20_000)) * time.Millisecond)
	}
	thaw()
	x.mu.Lock()
	x.bad = 0
	x.mu.Unlock()
	w.b.set(func(b *broker) { b.refuse, b.mute = nil, false })
	w.c.do(func() { w.c.silent = false })
	w.settled(30 * time.Minute)
	w.complete(events)
	carried := 0
	for _, k := range orders {
		n := w.x.hands.times(k.ID)
		if n > 1 {
			w.Errorf("order %d was carried out %d times", k.ID, n)
		}
		carried += n
	}
	c := w.x.agent.Counts()
	w.Logf("%d events, %d versions, %d of %d orders carried out, %d connects since the last start, %d doubles",
		events, len(w.c.deltas), carried, len(orders), c.Connects, w.c.doubles)
}
