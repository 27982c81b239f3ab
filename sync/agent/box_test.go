package agent

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"smartbox"
	"smartbox/storage/cache"
	"smartbox/storage/index/indextest"
	"smartbox/storage/journal"
	"smartbox/sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// knowledge is the real cache as the agent takes it in.
type knowledge struct {
	*cache.Cache
	fail func(what string) error // of the disk; nil = it works
}

func (k *knowledge) disk(what string) error {
	if k.fail == nil {
		return nil
	}
	return k.fail(what)
}

func (k *knowledge) Revision() smartbox.Revision {
	if v := k.View(); v != nil {
		return v.Revision()
	}
	return smartbox.Revision{}
}

func (k *knowledge) Digest() (smartbox.Revision, smartbox.StateSum, error) {
	for {
		before := k.Revision()
		sum, err := k.Cache.Digest()
		switch {
		case errors.Is(err, cache.ErrEmpty):
			return smartbox.Revision{}, smartbox.StateSum{}, nil
		case err != nil:
			return smartbox.Revision{}, smartbox.StateSum{}, err
		case before == k.Revision():
			return before, sum, nil
		}
	}
}

func (k *knowledge) Apply(d smartbox.Delta) error {
	if err := k.disk("apply"); err != nil {
		return err
	}
	return k.told(k.Cache.Apply(d))
}

func (k *knowledge) Stage(id string, i, n int, chunk []byte) error {
	if err := k.disk("stage"); err != nil {
		return err
	}
	return k.told(k.Cache.Stage(id, i, n, chunk))
}

func (k *knowledge) Staged() (string, []int, error) { return k.Staging() }

func (k *knowledge) Commit(id string, sum [32]byte) error { return k.told(k.Cache.Commit(id, sum)) }

func (k *knowledge) Erase(users []smartbox.UserID) error {
	if err := k.disk("erase"); err != nil {
		return err
	}
	return k.Forget(users)
}

func (k *knowledge) Confirm(at smartbox.Stamp) error {
	if err := k.Cache.Confirm(at); !errors.Is(err, cache.ErrEmpty) {
		return err
	}
	return nil
}

func (*knowledge) told(err error) error {
	switch {
	case errors.Is(err, cache.ErrForeign):
		return &RefusedError{smartbox.SnapshotForeign, err}
	case errors.Is(err, cache.ErrOlder):
		return &RefusedError{smartbox.SnapshotOld, err}
	case errors.Is(err, cache.ErrStage):
		return errors.Join(ErrStaged, err)
	default:
		return err
	}
}

// record is the real journal as the agent takes it in.
type record struct{ *journal.Journal }

func (r record) Cursor() Cursor {
	s := r.State()
	return Cursor{Epoch: s.Epoch, First: s.First, Next: s.Next, Acked: s.Acked}
}

func (r record) Read(from uint64, limit int) ([]Entry, error) {
	raw, err := r.ReadRaw(from, limit)
	all := make([]Entry, 0, len(raw))
	for _, e := range raw {
		all = append(all, Entry{Seq: e.Seq, Hash: e.Hash, Payload: e.Payload})
	}
	return all, err
}

// hands notes which orders were carried out; it outlives every agent, as the doors of a cabinet do.
type hands struct {
	mu     sync.Mutex
	opened map[uint64]int
	began  chan uint64                                                  // told of each, where not nil
	act    func(context.Context, Order) (wire.Outcome, smartbox.Reason) // nil = done at once
}

func (h *hands) Carry(ctx context.Context, o Order) (wire.Outcome, smartbox.Reason) {
	h.mu.Lock()
	h.opened[o.Command.ID]++
	act := h.act
	h.mu.Unlock()
	if h.began != nil {
		h.began <- o.Command.ID
	}
	if act != nil {
		return act(ctx, o)
	}
	return wire.Done, 0
}

func (h *hands) times(id uint64) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.opened[id]
}

// clock is the box's: the bubble's, off by skew.
type clock struct {
	mu    sync.Mutex
	skew  time.Duration
	trust smartbox.Trust
}

func (c *clock) Moment() smartbox.Moment {
	c.mu.Lock()
	defer c.mu.Unlock()
	return smartbox.Moment{Wall: time.Now().Add(c.skew).UTC(), Trust: c.trust}
}

// box is a cabinet: what is on its disk, and the agent while it runs.
type box struct {
	t      *testing.T
	dir    string
	b      *broker
	id     smartbox.BoxID
	hands  *hands
	clock  *clock
	tune   func(o *Options)
	know   *knowledge
	log    record
	ledger *FileLedger
	agent  *Agent
	mu     sync.Mutex
	notes  map[NoteKind]int
	stop   context.CancelFunc
	done   chan error
	boot   uint64
}

func newBox(t *testing.T, b *broker, id smartbox.BoxID) *box {
	return &box{
		t: t, dir: t.TempDir(), b: b, id: id, notes: map[NoteKind]int{},
		hands: &hands{opened: map[uint64]int{}}, clock: &clock{trust: smartbox.ClockSynced},
	}
}

// start opens the disk and runs an agent.
func (x *box) start() {
	x.t.Helper()
	x.open()
	x.run()
}

func (x *box) open() {
	x.t.Helper()
	c, err := cache.Open(filepath.Join(x.dir, "cache"), cache.Options{Codec: wire.Codec{}, Key: indextest.Key(), Box: x.id})
	if err != nil {
		x.t.Fatal(err)
	}
	x.boot++
	j, err := journal.Open(filepath.Join(x.dir, "journal"), journal.Options{Codec: wire.Codec{}, Boot: x.boot})
	if err != nil {
		x.t.Fatal(err)
	}
	x.know, x.log = &knowledge{Cache: c}, record{j}
	if x.ledger, err = OpenLedger(filepath.Join(x.dir, "ledger")); err != nil {
		x.t.Fatal(err)
	}
}

func (x *box) run() {
	x.t.Helper()
	o := Options{
		Box: x.id, Firmware: "test", Boot: x.boot, URL: "tcp://broker:1883", Keys: keyring(),
		State: x.know, Journal: x.log, Orders: x.hands, Clock: x.clock, Ledger: x.ledger, Dial: x.b.dial,
		Notify: func(n Note) {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.notes[n.Kind]++
		},
	}
	if x.tune != nil {
		x.tune(&o)
	}
	a, err := New(o)
	if err != nil {
		x.t.Fatal(err)
	}
	x.agent = a
	ctx, cancel := context.WithCancel(x.t.Context())
	x.stop, x.done = cancel, make(chan error, 1)
	done := x.done
	go func() { done <- a.Run(ctx) }()
}

// halt ends the agent and closes the disk.
func (x *box) halt() {
	x.t.Helper()
	if x.stop == nil {
		return
	}
	x.stop()
	if err := <-x.done; !errors.Is(err, context.Canceled) {
		x.t.Errorf("the agent ended with %v", err)
	}
	x.stop = nil
	if err := errors.Join(x.know.Close(), x.log.Close()); err != nil {
		x.t.Error(err)
	}
}

func (x *box) noted(k NoteKind) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.notes[k]
}

// happen appends n events.
func (x *box) happen(n int) {
	x.t.Helper()
	for range n {
		e := smartbox.Event{Kind: smartbox.DoorShut, At: smartbox.StampOf(time.Now()), Slot: smartbox.MustID[smartbox.Slot]("s1")}
		if _, err := x.log.Append(e); err != nil {
			x.t.Fatal(err)
		}
	}
}

// world is a box, a broker and a cloud in a bubble of fake time.
type world struct {
	*testing.T
	b *broker
	c *cloud
	x *box
}

func bubble(t *testing.T, users int, f func(w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := indextest.Town(users)
		s.Revision = smartbox.Revision{Epoch: 7, Version: 40}
		b := newBroker(t)
		w := world{t, b, newCloud(t, b, s), newBox(t, b, s.Box.ID)}
		defer func() {
			b.close()
			w.x.halt()
		}()
		f(w)
	})
}

// pass lets fake time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// settled waits until box and cloud agree: state, digest and events.
func (w world) settled(limit time.Duration) {
	w.Helper()
	for began := time.Now(); ; pass(time.Second) {
		synctest.Wait()
		if w.agree() == "" {
			return
		}
		if time.Since(began) > limit {
			w.Fatalf("after %s: %s (connects %d, notes %v)", limit, w.agree(), w.x.agent.Counts().Connects, w.x.agent.Counts().Notes)
		}
	}
}

func (w world) agree() string {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	rev, sum, err := w.x.know.Digest()
	if err != nil {
		return err.Error()
	}
	want, err := wire.StateDigest(w.c.state)
	if err != nil {
		return err.Error()
	}
	cur := w.x.log.Cursor()
	switch {
	case rev != w.c.state.Revision:
		return "the box has another revision"
	case sum != want:
		return "the digests differ"
	case w.c.upTo[cur.Epoch] != cur.Next-1:
		return "the cloud lacks events"
	case cur.Acked != cur.Next-1:
		return "the box does not know that the cloud has its events"
	default:
		return ""
	}
}

// complete checks that the cloud has every event of the box once and in order.
func (w world) complete(n int) {
	w.Helper()
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	all := w.c.books[w.x.log.Cursor().Epoch]
	if len(all) != n {
		w.Errorf("%d events in the books, want %d", len(all), n)
	}
	for i, e := range all {
		if e.Seq != uint64(i)+1 {
			w.Fatalf("event %d in the place of %d", e.Seq, i+1)
		}
	}
	if len(w.c.gaps) > 0 {
		w.Errorf("gaps: %v", w.c.gaps)
	}
}
