package wiegand

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smartbox"
	"smartbox/device"
)

// Edges is a stream of falling edges (of pulses) on the pair.
type Edges interface {
	// Watch calls edge for each of them, in the order in which they happened, with the number of the line (0 or 1)
	// and the time on a clock that only runs forward, until ctx ends; then it returns nil. An error says that the
	// lines cannot be watched; Watch may be called again later. edge does not block.
	Watch(ctx context.Context, edge func(line int, at time.Duration)) error
}

// Opts are the choices of a Reader.
type Opts struct {
	Name       string
	Settings   Settings
	Gap        time.Duration // a frame ends when no edge came for as long
	Glitch     time.Duration // an edge sooner after the one before is a glitch
	Repeat     time.Duration // the same badge within it is the same tap; each sight of it begins it anew
	RetryFirst time.Duration // after lines that cannot be watched; doubles
	RetryLast  time.Duration
}

// DefaultOpts fit SIA AC-01, where bits are 200 µs to 20 ms apart.
var DefaultOpts = Opts{
	Name:       "wiegand",
	Gap:        25 * time.Millisecond,
	Glitch:     100 * time.Microsecond,
	Repeat:     time.Second,
	RetryFirst: 250 * time.Millisecond,
	RetryLast:  8 * time.Second,
}

// Reader is a badge reader. It is a device.Source.
type Reader struct {
	edges Edges
	o     Opts

	frame Bits
	prev  time.Duration // of the edge before
	any   bool          // there was one

	last smartbox.Badge
	seen time.Time
}

var _ device.Source = (*Reader)(nil)

// New makes a reader. A nil o is DefaultOpts.
func New(e Edges, o *Opts) (*Reader, error) {
	if o == nil {
		o = &DefaultOpts
	}
	if e == nil {
		return nil, errors.New("wiegand: no edges")
	}
	if o.Gap <= 0 || o.Glitch < 0 || o.Glitch >= o.Gap || o.RetryFirst <= 0 || o.RetryLast < o.RetryFirst {
		return nil, errors.New("wiegand: Gap must be more than Glitch, RetryFirst more than 0, RetryLast not less than RetryFirst")
	}
	return &Reader{edges: e, o: *o}, nil
}

// String names the reader.
func (r *Reader) String() string { return r.o.Name }

// stamp is one edge on its way to the loop.
type stamp struct {
	line int
	at   time.Duration
}

// Run reads badges until ctx ends. It emits a Tapped for each badge, once while it is held; a MisRead for a frame with a
// wrong parity or number of bits; a Health when the lines cannot be watched and when they can.
func (r *Reader) Run(ctx context.Context, emit func(device.Event)) error {
	edges, ended := make(chan stamp, 512), make(chan error, 1)
	watch := func() {
		ended <- r.edges.Watch(ctx, func(line int, at time.Duration) { send(ctx, edges, stamp{line, at}) })
	}
	go watch()
	running := true
	defer func() {
		if running {
			<-ended //nolint:errcheck // ctx has ended, and with it the watch: there is nothing left to tell
		}
	}()
	var failed time.Time
	backoff := r.o.RetryFirst
	gap, retry, well := time.NewTimer(r.o.Gap), time.NewTimer(r.o.RetryFirst), time.NewTimer(r.o.RetryFirst)
	stop(gap, retry, well)
	defer stop(gap, retry, well)
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-edges:
			r.take(e, emit)
			gap.Reset(r.o.Gap)
		case <-gap.C:
			r.end(emit)
		case err := <-ended:
			running = false
			if ctx.Err() != nil {
				return nil
			}
			if err == nil {
				err = errors.New("the stream of edges ended")
			}
			if failed.IsZero() {
				failed = time.Now()
				emit(device.Health{Part: smartbox.PartReader, Name: r.o.Name, Err: fmt.Errorf("%s: %w: %w", r.o.Name, device.ErrDead, err)})
			}
			well.Stop()
			retry.Reset(backoff)
			backoff = min(2*backoff, r.o.RetryLast)
		case <-retry.C:
			running = true
			go watch()
			well.Reset(r.o.RetryFirst)
		case <-well.C: // it has watched for a while without complaint
			emit(device.Health{Part: smartbox.PartReader, Name: r.o.Name, After: time.Since(failed)})
			failed, backoff = time.Time{}, r.o.RetryFirst
		}
	}
}

func send(ctx context.Context, c chan<- stamp, s stamp) {
	select {
	case c <- s:
	case <-ctx.Done():
	}
}

func stop(timers ...*time.Timer) {
	for _, t := range timers {
		t.Stop()
	}
}

// take adds an edge to the frame; the times of the edges, not of their arrival, say where a frame ends.
func (r *Reader) take(e stamp, emit func(device.Event)) {
	since := e.at - r.prev
	if r.any && since < r.o.Glitch {
		return
	}
	if r.any && since >= r.o.Gap {
		r.end(emit)
	}
	r.prev, r.any = e.at, true
	r.frame.V = r.frame.V<<1 | uint64(e.line&1)
	r.frame.N++
}

// end closes the frame.
func (r *Reader) end(emit func(device.Event)) {
	f := r.frame
	r.frame = Bits{}
	if f.N == 0 {
		return
	}
	n, err := r.o.Settings.Decode(f)
	if err != nil {
		emit(device.MisRead{Err: err})
		return
	}
	b := n.Badge()
	held := b == r.last && time.Since(r.seen) < r.o.Repeat
	r.last, r.seen = b, time.Now()
	if !held {
		emit(device.Tapped{Badge: b})
	}
}
