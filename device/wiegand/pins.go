package wiegand

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// FromPins watches two GPIO lines, one goroutine each.
//
// The order between the lines is that in which the goroutines wake, for periph throws the kernel's timestamps
// away: on a real board bits change places, and a frame fails its parity or, worse, does not. Use it where nothing
// better is at hand, such as a board without the GPIO character device; prefer Edges from one request of both
// lines with the kernel's timestamps.
func FromPins(d0, d1 gpio.PinIn) Edges { return &pinPair{pins: [2]gpio.PinIn{d0, d1}} }

type pinPair struct{ pins [2]gpio.PinIn }

// pinWait bounds a wait: an unbounded one cannot be ended on Linux.
const pinWait = 250 * time.Millisecond

// Watch waits for edges on both lines.
func (p *pinPair) Watch(ctx context.Context, edge func(line int, at time.Duration)) error {
	for i, pin := range p.pins {
		if pin == nil {
			return errors.New("wiegand: a line has no pin")
		}
		if err := pin.In(gpio.PullUp, gpio.FallingEdge); err != nil {
			return fmt.Errorf("line D%d (%s): %w", i, pin, err)
		}
	}
	start := time.Now()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, pin := range p.pins {
		wg.Go(func() {
			for ctx.Err() == nil {
				if pin.WaitForEdge(pinWait) {
					mu.Lock()
					edge(i, time.Since(start))
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return nil
}
