package chips

import (
	"context"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Timing of a Wiegand reader: SIA AC-01 allows pulses of 20 to 100 µs, 200 µs to 20 ms apart.
const (
	WiegandPulse = 50 * time.Microsecond
	WiegandEvery = 2 * time.Millisecond
)

// Wiegand is the far end of a Wiegand pair: a reader that pulls D0 low for a 0 and D1 low for a 1.
// It is safe for concurrent use.
type Wiegand struct {
	D0, D1 *Line

	sending sync.Mutex // one frame at a time

	mu    sync.Mutex
	clock time.Duration // of the edges' timestamps
	dead  error
	kick  chan struct{} // closed when something is there for Watch
	queue []stampedEdge
}

type stampedEdge struct {
	line int
	at   time.Duration
}

// NewWiegand makes a reader with both lines high, as they rest.
func NewWiegand() *Wiegand {
	return &Wiegand{D0: NewLine("D0", gpio.High), D1: NewLine("D1", gpio.High), kick: make(chan struct{})}
}

// Send pulses a frame onto the lines, one bit every 2 ms, and returns when the last pulse is over.
// A '0' pulses D0, a '1' D1, 'g' puts a glitch (a second edge 5 µs after the last) on D0, and ' ' is
// a pause of one bit's time; anything else is skipped.
//
// Watch gets the edges when the frame is over, with the timestamps they should have had: that is what a
// kernel's buffer gives to a reader that is late, and keeps a busy machine from bending the model.
func (w *Wiegand) Send(bits string) {
	w.sending.Lock()
	defer w.sending.Unlock()
	w.mu.Lock()
	at := w.clock + time.Second // the pause between two frames
	w.mu.Unlock()
	var frame []stampedEdge
	for _, b := range bits {
		line := w.D0
		switch b {
		case '0':
			frame = append(frame, stampedEdge{0, at})
		case '1':
			line = w.D1
			frame = append(frame, stampedEdge{1, at})
		case 'g':
			frame = append(frame, stampedEdge{0, at - WiegandEvery + 5*time.Microsecond})
			continue
		case ' ':
			time.Sleep(WiegandEvery)
			at += WiegandEvery
			continue
		default:
			continue
		}
		line.Set(gpio.Low)
		time.Sleep(WiegandPulse)
		line.Set(gpio.High)
		time.Sleep(WiegandEvery - WiegandPulse)
		at += WiegandEvery
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = at
	w.queue = append(w.queue, frame...)
	w.wake()
}

// Break makes Watch fail with err, until it is called with nil.
func (w *Wiegand) Break(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = err
	w.wake()
}

func (w *Wiegand) wake() {
	close(w.kick)
	w.kick = make(chan struct{})
}

// Watch calls edge for each falling edge, in order, until ctx ends: the number of the line and the time on
// a clock that only runs forward.
func (w *Wiegand) Watch(ctx context.Context, edge func(line int, at time.Duration)) error {
	for {
		w.mu.Lock()
		frame, kick, err := w.queue, w.kick, w.dead
		w.queue = nil
		w.mu.Unlock()
		if err != nil {
			return err
		}
		for _, e := range frame {
			edge(e.line, e.at)
		}
		if len(frame) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-kick:
		}
	}
}
