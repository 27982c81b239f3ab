package agent

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"sync"
	"testing"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

func signKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func keyring() wire.Keyring {
	pub := func(seed byte) ed25519.PublicKey { return signKey(seed).Public().(ed25519.PublicKey) }
	return wire.Keyring{State: wire.TrustedKeys{pub(1)}, Orders: wire.TrustedKeys{pub(3)}}
}

// cloud is what stands at the other end: a desired state with its history, and books into which each event goes once.
type cloud struct {
	t *testing.T
	b *broker

	mu       sync.Mutex
	state    *smartbox.Snapshot
	deltas   []wire.Delta // that lead to state, from the oldest
	silent   bool         // takes nothing in and says nothing
	forget   bool         // takes events in and says nothing about it
	books    map[uint64][]smartbox.Event
	heads    map[uint64]smartbox.ChainHash
	upTo     map[uint64]uint64
	gaps     [][2]uint64 // numbers that the box said are lost, exclusive
	doubles  int         // batches taken in again
	hellos   []wire.Hello
	applied  []wire.Applied
	erased   map[smartbox.UserID]bool
	answers  map[uint64][]wire.Response
	presence []wire.Presence
	tel      []wire.Telemetry
	counter  uint64
	chunks   int // sent
}

func newCloud(t *testing.T, b *broker, s *smartbox.Snapshot) *cloud {
	c := &cloud{
		t: t, b: b, state: s, books: map[uint64][]smartbox.Event{}, heads: map[uint64]smartbox.ChainHash{},
		upTo: map[uint64]uint64{}, erased: map[smartbox.UserID]bool{}, answers: map[uint64][]wire.Response{},
	}
	b.up = c.take
	return c
}

// do runs f with the cloud to itself.
func (c *cloud) do(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *cloud) take(topic string, payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	box, kind, err := wire.ParseTopic(topic)
	if err != nil || box != c.state.Box.ID || kind.Down() {
		c.t.Errorf("the box published to %q (%v)", topic, err)
		return
	}
	if c.silent {
		return
	}
	m := wire.NewMessage(kind)
	if err := wire.Decode(payload, m); err != nil {
		c.t.Errorf("%s from the box: %v", kind, err)
		return
	}
	switch m := m.(type) {
	case *wire.Hello:
		c.hellos = append(c.hellos, *m)
		c.hello(m)
	case *wire.Events:
		c.events(m)
	case *wire.Applied:
		c.applied = append(c.applied, *m)
		for _, u := range m.Erased {
			c.erased[u] = true
		}
	case *wire.Response:
		c.answers[m.ID] = append(c.answers[m.ID], *m)
	case *wire.Presence:
		c.presence = append(c.presence, *m)
	case *wire.Telemetry:
		c.tel = append(c.tel, *m)
	default:
		c.t.Errorf("the box said %s", kind)
	}
}

func (c *cloud) say(m wire.Message) {
	seed := byte(1)
	if k, ok := m.(*wire.Command); ok && k.Type.Order() {
		seed = 3
	}
	b, err := wire.Seal(signKey(seed), c.state.Box.ID, m)
	if err != nil {
		c.t.Errorf("the cloud cannot say it: %v", err)
		return
	}
	c.b.publish(wire.Topic(c.state.Box.ID, m.Kind()), b, false)
}

func (c *cloud) hello(h *wire.Hello) {
	c.say(&wire.Ack{Epoch: h.EventEpoch, UpTo: c.upTo[h.EventEpoch], Connection: h.Connection, At: smartbox.StampOf(time.Now())})
	c.bring(h.Revision, h.Staged)
}

// bring says what leads from what the box has to what it is to have.
func (c *cloud) bring(have smartbox.Revision, staged *wire.Staged) {
	now := c.state.Revision
	if have == now {
		c.say(&wire.Delta{Delta: smartbox.Delta{Base: now, Revision: now, IssuedAt: smartbox.StampOf(time.Now())}})
		return
	}
	for i, d := range c.deltas {
		if d.Delta.Base == have {
			for j := range c.deltas[i:] {
				c.say(&c.deltas[i+j])
			}
			return
		}
	}
	whole, err := wire.Marshal(c.state)
	if err != nil {
		c.t.Error(err)
		return
	}
	parts, err := wire.Split(now, whole)
	if err != nil {
		c.t.Error(err)
		return
	}
	if staged != nil && staged.Sum == sha256.Sum256(whole) {
		parts = parts[staged.Next:]
	}
	for i := range parts {
		c.chunks++
		c.say(&parts[i])
	}
}

// events takes a batch in, each event once, and checks that nothing is missing, edited or twice.
func (c *cloud) events(m *wire.Events) {
	all, err := m.DecodeEvents()
	if err != nil {
		c.t.Errorf("events: %v", err)
		return
	}
	upTo := c.upTo[m.Epoch]
	switch {
	case m.After > upTo: // something before it did not arrive
	case m.Last() <= upTo:
		c.doubles++
	default:
		head, ok := c.heads[m.Epoch]
		if !ok {
			head = smartbox.ChainStart(m.Epoch)
		}
		if m.First > upTo+1 {
			c.gaps = append(c.gaps, [2]uint64{upTo, m.First})
		}
		for i, e := range all {
			if e.Seq <= upTo {
				continue
			}
			head = head.Next(m.Batch[i].Payload)
			if i == 0 && m.Gap() {
				head = m.Batch[i].Hash
			}
			if head != m.Batch[i].Hash {
				c.t.Errorf("event %d does not follow in the chain", e.Seq)
			}
			c.books[m.Epoch] = append(c.books[m.Epoch], e)
			upTo = e.Seq
		}
		c.heads[m.Epoch], c.upTo[m.Epoch] = head, upTo
	}
	if !c.forget {
		c.say(&wire.Ack{Epoch: m.Epoch, UpTo: upTo, At: smartbox.StampOf(time.Now())})
	}
}

// change makes the next version, and says the delta that leads to it.
func (c *cloud) change(f func(s *smartbox.Snapshot), erase ...smartbox.UserID) wire.Delta {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := clone(c.t, c.state)
	f(n)
	n.Revision.Version++
	n.IssuedAt = smartbox.StampOf(time.Now())
	d := wire.Delta{Delta: n.Diff(c.state), Erase: erase}
	c.state = n
	c.deltas = append(c.deltas, d)
	c.say(&d)
	return d
}

func clone(t *testing.T, s *smartbox.Snapshot) *smartbox.Snapshot {
	t.Helper()
	b, err := wire.Marshal(s)
	n := new(smartbox.Snapshot)
	if err == nil {
		err = wire.Unmarshal(b, n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// command says a command with the next counter and returns it.
func (c *cloud) command(k wire.Command) wire.Command {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counter++
	k.Counter, k.ID = c.counter, 1000+c.counter
	c.say(&k)
	return k
}

func (c *cloud) open(f func(k *wire.Command)) wire.Command {
	k := wire.Command{
		Type: wire.CommandOpen, Slot: c.state.Slots[0].ID,
		Expires: smartbox.StampOf(time.Now().Add(20 * time.Second)),
	}
	if f != nil {
		f(&k)
	}
	return c.command(k)
}

// outcomes are the answers to a command.
func (c *cloud) outcomes(id uint64) (all []wire.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.answers[id] {
		all = append(all, r.Outcome)
	}
	return all
}
