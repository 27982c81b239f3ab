package session

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/device"
)

// How a failed output is tried again. The driver reports the failure by itself; this brings the newest state
// out once the part is back.
const (
	firstRepeat = 500 * time.Millisecond
	lastRepeat  = 10 * time.Second
)

// latest carries out the newest of the values put into it, each under its key, in a goroutine of its own. A slow or
// dead part delays nobody, and shows the newest state when it is back.
type latest[K comparable, V any] struct {
	mu   sync.Mutex
	want map[K]V
	wake chan struct{}
	do   func(ctx context.Context, k K, v V) error
	name string
	log  zerolog.Logger
}

func newLatest[K comparable, V any](name string, log zerolog.Logger, do func(context.Context, K, V) error) *latest[K, V] {
	return &latest[K, V]{want: map[K]V{}, wake: make(chan struct{}, 1), do: do, name: name, log: log}
}

func (l *latest[K, V]) put(k K, v V) {
	l.mu.Lock()
	l.want[k] = v
	l.mu.Unlock()
	signal(l.wake)
}

func (l *latest[K, V]) take() map[K]V {
	l.mu.Lock()
	defer l.mu.Unlock()
	got := l.want
	l.want = map[K]V{}
	return got
}

// putBack keeps a value that failed, unless a newer one is there.
func (l *latest[K, V]) putBack(k K, v V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, newer := l.want[k]; !newer {
		l.want[k] = v
	}
}

func (l *latest[K, V]) run(ctx context.Context) {
	wait := firstRepeat
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		failed := false
		for k, v := range l.take() {
			if err := l.do(ctx, k, v); err != nil && ctx.Err() == nil {
				failed = true
				l.putBack(k, v)
				l.log.Debug().Err(err).Str("part", l.name).Msg("output failed; it is tried again")
			}
		}
		if failed {
			timer.Reset(wait)
			wait = min(2*wait, lastRepeat)
		} else {
			wait = firstRepeat
		}
		select {
		case <-l.wake:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// outputs are the parts that the effects go to, each with its worker.
type outputs struct {
	display *latest[struct{}, []string]
	sounder *latest[struct{}, device.Sound]
	lights  *latest[smartbox.SlotID, device.Light]
}

func newOutputs(set *device.Set, log zerolog.Logger) outputs {
	var o outputs
	if d := set.Display; d != nil {
		o.display = newLatest("display", log, func(ctx context.Context, _ struct{}, lines []string) error {
			return d.Show(ctx, lines)
		})
	}
	if s := set.Sounder; s != nil {
		o.sounder = newLatest("sounder", log, func(ctx context.Context, _ struct{}, v device.Sound) error {
			return s.Play(ctx, v)
		})
	}
	if l := set.Lights; l != nil {
		o.lights = newLatest("lights", log, l.Set)
	}
	return o
}

func (o *outputs) start(ctx context.Context, wg *sync.WaitGroup) {
	if o.display != nil {
		wg.Go(func() { o.display.run(ctx) })
	}
	if o.sounder != nil {
		wg.Go(func() { o.sounder.run(ctx) })
	}
	if o.lights != nil {
		wg.Go(func() { o.lights.run(ctx) })
	}
}
