package fleet

import (
	"context"
	"sync"
	"time"

	"smartbox"
)

// Fleet serves boxes: New, then Run once.
type Fleet struct {
	o     Options
	m     *metrics
	snaps *snapCache
	slots chan struct{} // one for each message taken from the broker and not worked off

	mu    sync.Mutex
	work  *sync.Cond // on mu: ready has grown, or the end has come
	ready []*box     // boxes with something to do that no worker has
	boxes map[smartbox.BoxID]*box
	ended bool

	holding sync.Mutex // one round at a time
	round   time.Time  // when the last round began; under holding
}

// New makes a Fleet.
func New(o Options) *Fleet {
	o.defaults()
	f := &Fleet{
		o: o, m: newMetrics(o.Metrics), snaps: newSnapCache(),
		slots: make(chan struct{}, o.Pending), boxes: map[smartbox.BoxID]*box{},
	}
	f.work = sync.NewCond(&f.mu)
	return f
}

// Run serves until ctx ends, and returns nil then; another error says that the broker gave up for good. At an orderly
// end other replicas may take the boxes at once.
func (f *Fleet) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		f.mu.Lock()
		f.ended = true
		f.mu.Unlock()
		f.work.Broadcast()
	})()
	if err := f.hold(ctx, f.o.Now()); err != nil {
		f.o.Log.Error().Err(err).Msg("leases on boxes")
	}
	var all sync.WaitGroup
	for range f.o.Workers {
		all.Go(func() { f.worker(ctx) })
	}
	all.Go(func() { f.every(ctx, f.o.Lease/3, f.renew) })
	all.Go(func() { f.every(ctx, f.o.Poll, f.poll) })
	err := f.o.Broker.Run(ctx, func(u Uplink) { f.take(ctx, u) })
	cancel()
	all.Wait()
	bye, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	if rel := f.o.Directory.ReleaseLeases(bye, f.o.Holder); rel != nil {
		f.o.Log.Warn().Err(rel).Msg("leases run out by themselves")
	}
	return err
}

// every calls fn at intervals until ctx ends.
func (f *Fleet) every(ctx context.Context, d time.Duration, fn func(context.Context)) {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			fn(ctx)
		}
	}
}

// Changed says that a box's desired state, commands or certificate may have changed. It never blocks.
func (f *Fleet) Changed(id smartbox.BoxID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b := f.boxes[id]; b != nil && b.held {
		b.wake = true
		f.schedule(b)
	}
}

// take puts a message into its box's mailbox; it waits while too many are not worked off.
func (f *Fleet) take(ctx context.Context, u Uplink) {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return // not acknowledged: whoever serves the box next gets it
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.box(u.Box)
	b.inbox = append(b.inbox, letter{u, f.o.Now()})
	f.schedule(b)
}

// box finds or makes a box's desk. f.mu is held.
func (f *Fleet) box(id smartbox.BoxID) *box {
	b := f.boxes[id]
	if b == nil {
		b = &box{id: id}
		f.boxes[id] = b
	}
	return b
}

// schedule hands a box to the workers, once. f.mu is held.
func (f *Fleet) schedule(b *box) {
	if !b.busy {
		b.busy = true
		f.ready = append(f.ready, b)
		f.work.Signal()
	}
}

// worker serves one box after another. A box is with one worker at a time, so that its messages are worked off in
// their order.
func (f *Fleet) worker(ctx context.Context) {
	for {
		b := f.next()
		if b == nil {
			return
		}
		f.serve(ctx, b)
	}
}

func (f *Fleet) next() *box {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.ready) == 0 && !f.ended {
		f.work.Wait()
	}
	if f.ended {
		return nil
	}
	b := f.ready[0]
	f.ready[0] = nil
	f.ready = f.ready[1:]
	return b
}

// turn is how many messages of one box are worked off before others have their turn.
const turn = 16

func (f *Fleet) serve(ctx context.Context, b *box) {
	f.mu.Lock()
	n := min(len(b.inbox), turn)
	letters := b.inbox[:n:n]
	b.inbox = b.inbox[n:]
	if len(b.inbox) == 0 {
		b.inbox = nil
	}
	wake, fresh := b.wake, b.fresh
	b.wake, b.fresh = false, false
	f.mu.Unlock()

	if fresh {
		b.desk = desk{} // another replica may have served it in the meantime
	}
	for _, l := range letters {
		if f.serves(ctx, b, l.at) {
			f.handle(ctx, b, l.Uplink)
			wake = wake || b.restless
			b.restless = false
		}
		l.Ack()
		<-f.slots
	}
	if wake && f.serves(ctx, b, time.Time{}) {
		f.tend(ctx, b)
	}

	f.mu.Lock()
	defer f.mu.Unlock()
	b.up = b.online
	b.busy = false
	if len(b.inbox) > 0 || b.wake {
		f.schedule(b)
	} else if !b.held {
		delete(f.boxes, b.id)
	}
}
