package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"smartbox"
)

// Journal is where events go. Append is durable on return, and is called from one goroutine at a time.
type Journal interface {
	Append(e smartbox.Event) (seq uint64, err error)
}

// ErrHeld says that an event waits behind earlier ones that could not be written.
var ErrHeld = errors.New("held back behind events that could not be written")

// How events are held back while the journal does not take them.
const (
	maxHeld    = 10_000
	firstRetry = time.Second
	lastRetry  = time.Minute
)

// writer appends events in their order, in a goroutine of its own, so that a hung disk stops nobody. What
// cannot be written is answered as failed, held back in order, and written before anything later.
type writer struct {
	journal Journal
	answer  func(Input)
	log     zerolog.Logger
	boot    time.Time    // busy counts from here
	busy    atomic.Int64 // since when an append is under way, as time since boot; 0 = none

	mu    sync.Mutex
	queue []Record
	wake  chan struct{}

	held  []Record // of the goroutine
	retry time.Duration
	lost  atomic.Uint32
}

func newWriter(j Journal, answer func(Input), log zerolog.Logger) *writer {
	return &writer{journal: j, answer: answer, log: log, wake: make(chan struct{}, 1), boot: time.Now()}
}

// put takes a record and returns at once.
func (w *writer) put(r Record) {
	w.mu.Lock()
	full := len(w.queue) >= maxHeld // the append under way hangs
	if !full {
		w.queue = append(w.queue, r)
	}
	w.mu.Unlock()
	if full {
		w.lose(r)
	}
	signal(w.wake)
}

func (w *writer) next() (Record, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return Record{}, false
	}
	r := w.queue[0]
	w.queue = w.queue[1:]
	return r, true
}

// run writes until ctx ends and the queue is empty by then.
func (w *writer) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		for r, ok := w.next(); ok; r, ok = w.next() {
			w.write(r)
		}
		if len(w.held) > 0 {
			timer.Reset(w.retry)
		}
		select {
		case <-w.wake:
		case <-timer.C:
			w.retry = min(2*w.retry, lastRetry)
			_ = w.flush() // tried again later
		case <-ctx.Done():
			for r, ok := w.next(); ok; r, ok = w.next() {
				w.write(r)
			}
			_ = w.flush() // the last try; its failure was logged with the first
			return
		}
	}
}

// write appends one event, after those that are held back.
func (w *writer) write(r Record) {
	err := w.flush()
	if err == nil {
		var seq uint64
		if seq, err = w.append(r.Event); err == nil {
			w.answer(Recorded{Ticket: r.Ticket, Seq: seq})
			return
		}
		w.retry = firstRetry
		w.log.Error().Err(err).Stringer("event", r.Event.Kind).Msg("event held back: the journal does not take it")
	}
	if len(w.held) < maxHeld {
		w.held = append(w.held, r)
	} else {
		w.lose(r)
	}
	w.answer(Recorded{Ticket: r.Ticket, Err: err})
	w.answer(RecordHealth{Err: err, Held: w.count()})
}

// lose counts an event for which there is no room. The machine hears of it as of one that is not answered.
func (w *writer) lose(r Record) {
	n := w.lost.Add(1)
	w.log.Error().Uint32("lost", n).Stringer("event", r.Event.Kind).Msg("event lost: too many are held back")
}

func (w *writer) count() uint32 { return uint32(len(w.held)) + w.lost.Load() }

// flush writes what is held back; the error is that of the first event that is still refused.
func (w *writer) flush() error {
	if len(w.held) == 0 {
		return nil
	}
	n := w.count()
	for len(w.held) > 0 {
		seq, err := w.append(w.held[0].Event)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrHeld, err)
		}
		ticket := w.held[0].Ticket
		w.held = w.held[1:]
		w.answer(Recorded{Ticket: ticket, Seq: seq})
	}
	w.retry = firstRetry
	w.lost.Store(0)
	w.log.Info().Uint32("events", n).Msg("the journal takes events again; those held back are written")
	w.answer(RecordHealth{})
	return nil
}

func (w *writer) append(e smartbox.Event) (uint64, error) {
	w.busy.Store(int64(max(1, time.Since(w.boot))))
	defer w.busy.Store(0)
	return w.journal.Append(e)
}

// stuck is how long the append under way has taken so far.
func (w *writer) stuck() time.Duration {
	since := time.Duration(w.busy.Load())
	if since == 0 {
		return 0
	}
	return time.Since(w.boot) - since
}

// signal wakes a goroutine, once for any number of calls.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
