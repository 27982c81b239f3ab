package chips

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// lineEdges is how many edges Linux keeps for one line; of more, the newest are kept.
const lineEdges = 16

// ErrLine is what a broken Line gives.
var ErrLine = errors.New("chips: line is not there")

// Line is one GPIO line: an interrupt, a switch, a lamp, a buzzer. The driver's end is a gpio.PinIO; the other end is
// Set, Sink and Watch. It behaves as periph's gpioioctl does on Linux, the traps included: WaitForEdge(-1) returns at
// once, 0 waits for ever, and 16 edges are kept.
//
// In a synctest bubble it must be made inside the bubble. It is safe for concurrent use.
type Line struct {
	name  string
	edges chan gpio.Level
	halt  chan struct{}

	mu     sync.Mutex
	level  gpio.Level // as Set or Out says, when no sink pulls it low
	sinks  int        // open drains that pull it low now
	seen   gpio.Level // what the driver's end reads; it stays while the line is stuck
	stuck  bool
	broken bool
	edge   gpio.Edge
	pull   gpio.Pull
	pwm    bool
	tone   physic.Frequency
	watch  func(gpio.Level)
}

var _ gpio.PinIO = (*Line)(nil)

// NewLine is a line that is at a level until somebody drives it.
func NewLine(name string, idle gpio.Level) *Line {
	return &Line{name: name, level: idle, seen: idle, edges: make(chan gpio.Level, lineEdges), halt: make(chan struct{}, 1)}
}

// Set drives the line from outside.
func (l *Line) Set(level gpio.Level) { l.change(true, func() { l.level = level }) }

// Stick freezes the line at its present level, as a broken wire does, or frees it. What changed meanwhile comes
// through without an edge.
func (l *Line) Stick(stuck bool) { l.change(false, func() { l.stuck = stuck }) }

// Sink adds one open-drain output to the line; the function pulls it low or lets it go. The line is
// low while any sink pulls.
func (l *Line) Sink() func(low bool) {
	var mine bool
	return func(low bool) {
		l.change(true, func() {
			switch {
			case low && !mine:
				l.sinks++
			case !low && mine:
				l.sinks--
			}
			mine = low
		})
	}
}

// Watch calls f after each change of the level, from whichever end it came.
func (l *Line) Watch(f func(gpio.Level)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watch = f
}

// Break makes In, Out and PWM fail, or work again.
func (l *Line) Break(broken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = broken
}

// AllowPWM says whether the line can do PWM; at first it cannot.
func (l *Line) AllowPWM(can bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pwm = can
}

// Tone is the frequency that the driver put on the line by PWM, 0 when none.
func (l *Line) Tone() physic.Frequency {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tone
}

// change does f and lets both ends know what came of it; the driver's end as an edge, where it is one.
func (l *Line) change(edge bool, f func()) {
	l.mu.Lock()
	f()
	before := l.seen
	if !l.stuck {
		l.seen = l.level && l.sinks == 0
	}
	after, watch := l.seen, l.watch
	if edge && before != after {
		l.queue(after)
	}
	l.mu.Unlock()
	if before != after && watch != nil {
		watch(after)
	}
}

// queue keeps an edge for WaitForEdge, where In asked for it.
func (l *Line) queue(to gpio.Level) {
	if to == gpio.High && l.edge&gpio.RisingEdge == 0 || to == gpio.Low && l.edge&gpio.FallingEdge == 0 {
		return
	}
	for {
		select {
		case l.edges <- to:
			return
		default:
		}
		select { // the oldest goes, as in the kernel
		case <-l.edges:
		default:
		}
	}
}

// In makes the line an input, chooses the edges that WaitForEdge reports, and forgets those that have been.
func (l *Line) In(pull gpio.Pull, edge gpio.Edge) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return ErrLine
	}
	l.pull, l.edge = pull, edge
	for {
		select {
		case <-l.edges:
		default:
			return nil
		}
	}
}

// Read is the level of the line.
func (l *Line) Read() gpio.Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen
}

// WaitForEdge waits for an edge that In asked for, or for Halt.
func (l *Line) WaitForEdge(timeout time.Duration) bool {
	if timeout < 0 {
		return false
	}
	var after <-chan time.Time
	if timeout > 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-l.edges:
		return true
	case <-l.halt:
		return false
	case <-after:
	}
	select { // both may have come at the same time
	case <-l.edges:
		return true
	default:
		return false
	}
}

// Out drives the line from the driver's end. It raises no edge there, and ends a tone.
func (l *Line) Out(level gpio.Level) error {
	l.mu.Lock()
	broken := l.broken
	l.mu.Unlock()
	if broken {
		return ErrLine
	}
	l.change(false, func() { l.level, l.tone = level, 0 })
	return nil
}

// PWM drives the line with a square wave, where AllowPWM said so.
func (l *Line) PWM(duty gpio.Duty, f physic.Frequency) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return ErrLine
	}
	if !l.pwm {
		return fmt.Errorf("chips: line %s has no PWM", l.name)
	}
	if l.tone = f; duty == 0 {
		l.tone = 0
	}
	return nil
}

// Halt wakes one WaitForEdge.
func (l *Line) Halt() error {
	select {
	case l.halt <- struct{}{}:
	default:
	}
	return nil
}

// Pull is what In asked for.
func (l *Line) Pull() gpio.Pull {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pull
}

// DefaultPull is floating.
func (l *Line) DefaultPull() gpio.Pull { return gpio.Float }

// String is the line's name.
func (l *Line) String() string { return l.name }

// Name is the line's name.
func (l *Line) Name() string { return l.name }

// Number is -1: a model has none.
func (l *Line) Number() int { return -1 }

// Function is empty: asking a real line turns it into an input.
func (l *Line) Function() string { return "" }
