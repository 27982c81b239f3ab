package fleet_test

import (
	"crypto/tls"
	"math/rand/v2"
	"slices"
	"sync"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"smartbox"
	"smartbox/sync/wire"
)

// light is a box without a cabinet: it keeps its side of the protocol, in memory.
type light struct {
	w    *world
	id   smartbox.BoxID
	cert tls.Certificate
	boot uint64

	mu     sync.Mutex
	client mqtt.Client
	conn   uint64
	snap   *smartbox.Snapshot
	parts  map[uint32][]byte
	sum    [32]byte
	refuse smartbox.Reason // what it says to every state
	epoch  uint64          // of the journal
	log    []wire.Entry
	acked  uint64
	drop   func(wire.Kind) bool // of messages from the cloud
	heard  map[wire.Kind]int
	cmds   []wire.Command
	answer wire.Outcome
}

func newLight(w *world, id smartbox.BoxID) *light {
	return &light{
		w: w, id: id, boot: rand.Uint64(), epoch: rand.Uint64()>>1 + 1, heard: map[wire.Kind]int{}, answer: wire.Done,
		snap: &smartbox.Snapshot{},
	}
}

// connect goes online with a connection of its own.
func (l *light) connect(addr string) {
	l.w.tb.Helper()
	l.w.must(l.tryConnect(addr, nil))
}

func (l *light) tryConnect(addr string, change func(*mqtt.ClientOptions)) error {
	conn := rand.Uint64() | 1
	will, err := wire.Encode(&wire.Presence{Connection: conn, Boot: l.boot})
	if err != nil {
		return err
	}
	c, err := l.w.site.dial(addr, l.cert, func(o *mqtt.ClientOptions) {
		o.SetBinaryWill(wire.Topic(l.id, wire.KindPresence), will, 1, true)
		o.SetDefaultPublishHandler(func(c mqtt.Client, m mqtt.Message) { l.hear(c, m) })
		if change != nil {
			change(o)
		}
	})
	if err != nil {
		return err
	}
	if t := c.Subscribe(wire.Downlinks(l.id), 1, nil); !t.WaitTimeout(patience) || t.Error() != nil {
		return t.Error()
	}
	l.mu.Lock()
	l.client, l.conn = c, conn
	l.mu.Unlock()
	l.say(&wire.Presence{Online: true, Connection: conn, Boot: l.boot})
	l.hello()
	l.upload(1)
	return nil
}

// cut ends the connection in good order; the cloud is told that it ended.
func (l *light) cut() {
	l.mu.Lock()
	c := l.client
	l.client = nil
	l.mu.Unlock()
	if c != nil {
		c.Disconnect(0)
	}
}

func (l *light) say(m wire.Message) {
	b, err := wire.Encode(m)
	if err != nil {
		l.w.tb.Error(err)
		return
	}
	l.mu.Lock()
	c := l.client
	l.mu.Unlock()
	if c != nil {
		c.Publish(wire.Topic(l.id, m.Kind()), m.Kind().QoS(), m.Kind().Retained(), b)
	}
}

func (l *light) hello() {
	l.mu.Lock()
	r, sum := l.now()
	m := &wire.Hello{
		Protocol: wire.Version, Firmware: "light", Boot: l.boot, Connection: l.conn, Revision: r, Digest: sum,
		EventEpoch: l.epoch, First: 1, Next: uint64(len(l.log)) + 1,
	}
	l.mu.Unlock()
	l.say(m)
}

// hear is called in the order of arrival, and must not wait for the broker.
func (l *light) hear(_ mqtt.Client, m mqtt.Message) {
	_, kind, err := wire.ParseTopic(m.Topic())
	msg := wire.NewMessage(kind)
	if err == nil {
		err = l.w.signers.Keyring().Open(l.id, m.Payload(), msg)
	}
	if err != nil {
		l.w.tb.Errorf("from the cloud: %v", err)
		return
	}
	l.mu.Lock()
	l.heard[kind]++
	dropped := l.drop != nil && l.drop(kind)
	l.mu.Unlock()
	if dropped {
		return
	}
	switch m := msg.(type) {
	case *wire.Ack:
		l.mu.Lock()
		if m.Epoch == l.epoch {
			l.acked = max(l.acked, m.UpTo)
		}
		from := l.acked + 1
		l.mu.Unlock()
		if m.Connection != 0 {
			l.upload(from)
		}
	case *wire.Chunk:
		l.chunk(m)
	case *wire.Delta:
		l.delta(m)
	case *wire.Command:
		l.mu.Lock()
		l.cmds = append(l.cmds, *m)
		out := l.answer
		l.mu.Unlock()
		if out != 0 {
			l.say(&wire.Response{ID: m.ID, Counter: m.Counter, Outcome: out})
		}
	}
}

func (l *light) chunk(m *wire.Chunk) {
	l.mu.Lock()
	if l.refuse != 0 {
		l.refused(m.Revision)
		return
	}
	if l.sum != m.Sum {
		l.sum, l.parts = m.Sum, map[uint32][]byte{}
	}
	l.parts[m.Index] = slices.Clone(m.Data)
	if len(l.parts) < int(m.Count) {
		l.mu.Unlock()
		return
	}
	var whole []byte
	for i := range m.Count {
		whole = append(whole, l.parts[i]...)
	}
	snap := new(smartbox.Snapshot)
	if err := wire.Unmarshal(whole, snap); err != nil {
		l.w.tb.Error(err)
	}
	l.snap, l.sum, l.parts = snap, [32]byte{}, nil
	l.tell(nil)
}

func (l *light) delta(m *wire.Delta) {
	l.mu.Lock()
	if l.refuse != 0 && !m.Confirms() {
		l.refused(m.Delta.Revision)
		return
	}
	if !m.Confirms() {
		if m.Delta.Base != l.snap.Revision {
			l.mu.Unlock()
			l.hello()
			return
		}
		next, err := l.snap.With(m.Delta)
		if err != nil {
			l.w.tb.Error(err)
		}
		l.snap = next
	}
	l.tell(m.Erase)
}

// tell says what is in force; l.mu is held and given back.
func (l *light) tell(erased []smartbox.UserID) {
	r, sum := l.now()
	l.mu.Unlock()
	l.say(&wire.Applied{Revision: r, Digest: sum, Erased: erased})
}

// refused says that a state was not put in force; l.mu is held and given back.
func (l *light) refused(r smartbox.Revision) {
	at, sum := l.now()
	why := l.refuse
	l.mu.Unlock()
	l.say(&wire.Applied{Revision: at, Digest: sum, Refused: r, Reason: why})
}

// now is what is in force; l.mu is held.
func (l *light) now() (smartbox.Revision, smartbox.StateSum) {
	sum, err := wire.StateDigest(l.snap)
	if err != nil {
		l.w.tb.Error(err)
	}
	return l.snap.Revision, sum
}

func (l *light) state() (smartbox.Revision, smartbox.StateSum) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now()
}

// happen writes n events.
func (l *light) happen(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		prev := smartbox.ChainStart(l.epoch)
		if len(l.log) > 0 {
			prev = l.log[len(l.log)-1].Hash
		}
		seq := uint64(len(l.log)) + 1
		b, err := wire.Codec{}.EncodeEvent(nil, smartbox.Event{
			Seq: seq, Boot: l.boot, Kind: smartbox.MainsBack, At: 1_780_000_000_000 + smartbox.Stamp(seq),
		})
		if err != nil {
			l.w.tb.Error(err)
		}
		l.log = append(l.log, wire.Entry{Hash: prev.Next(b), Payload: b})
	}
}

// upload sends all events from the given one on.
func (l *light) upload(from uint64) {
	l.mu.Lock()
	log := l.log
	l.mu.Unlock()
	for from <= uint64(len(log)) {
		to := min(from+49, uint64(len(log)))
		l.say(&wire.Events{Epoch: l.epoch, After: from - 1, First: from, Batch: log[from-1 : to]})
		from = to + 1
	}
}

func (l *light) settled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked == uint64(len(l.log))
}

func (l *light) count(k wire.Kind) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard[k]
}
