package chips

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// lineEdges is how many edges Linux keeps for one line; of more, the newest are kept here too.
const lineEdges = 16

var errLineInput = errors.New("chips: line is an input; it is driven by Set and Sink")

// Line is a wire from the chips to the board, seen by drivers as a gpio.PinIO that is an input: an
// interrupt line, a tamper switch. It behaves as a line of the kernel's character device does, the
// traps included: WaitForEdge(-1) returns at once and WaitForEdge(0) never gives up.
//
// In a synctest bubble it must be made inside the bubble. It is safe for concurrent use.
type Line struct {
	name  string
	edges chan gpio.Level

	mu    sync.Mutex
	level gpio.Level // as Set says, when no sink pulls it low
	sinks int        // open drains that pull it low now
	edge  gpio.Edge
	pull  gpio.Pull
	stuck bool
}

var _ gpio.PinIO = (*Line)(nil)

// NewLine is a line that idles at a level.
func NewLine(name string, idle gpio.Level) *Line {
	return &Line{name: name, level: idle, edges: make(chan gpio.Level, lineEdges)}
}

// Set drives the line from outside.
func (l *Line) Set(level gpio.Level) { l.change(func() { l.level = level }) }

// Stick freezes the line at its present level, as a broken wire does, or frees it.
func (l *Line) Stick(stuck bool) { l.change(func() { l.stuck = stuck }) }

// Sink adds one open-drain output to the line; the function pulls it low or lets it go. The line is
// low while any sink pulls.
func (l *Line) Sink() func(low bool) {
	var mine bool
	return func(low bool) {
		l.change(func() {
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

func (l *Line) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.now()
	wasStuck := l.stuck
	f()
	after := l.now()
	if before == after || (wasStuck && l.stuck) || l.stuck {
		return
	}
	if (after == gpio.High && l.edge&gpio.RisingEdge == 0) || (after == gpio.Low && l.edge&gpio.FallingEdge == 0) {
		return
	}
	select {
	case l.edges <- after:
	default: // the oldest goes, as in the kernel
		select {
		case <-l.edges:
		default:
		}
		l.edges <- after
	}
}

func (l *Line) now() gpio.Level { return l.level && l.sinks == 0 }

// In chooses the edges that WaitForEdge reports, and forgets those that have been.
func (l *Line) In(pull gpio.Pull, edge gpio.Edge) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pull, l.edge = pull, edge
	for len(l.edges) > 0 {
		<-l.edges
	}
	return nil
}

// Read is the level of the line.
func (l *Line) Read() gpio.Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now()
}

// WaitForEdge waits for an edge that In asked for.
func (l *Line) WaitForEdge(timeout time.Duration) bool {
	switch {
	case timeout < 0:
		return false
	case timeout == 0:
		<-l.edges
		return true
	}
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case <-l.edges:
		return true
	case <-t.C:
	}
	select { // both may have come at the same time
	case <-l.edges:
		return true
	default:
		return false
	}
}

// Pull is what In asked for.
func (l *Line) Pull() gpio.Pull {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pull
}

// DefaultPull is that of the model: a pull-up.
func (l *Line) DefaultPull() gpio.Pull { return gpio.PullUp }

// Out fails: nothing drives this line but its model.
func (l *Line) Out(gpio.Level) error { return errLineInput }

// PWM fails as Out does.
func (l *Line) PWM(gpio.Duty, physic.Frequency) error { return errLineInput }

// String names the line.
func (l *Line) String() string { return fmt.Sprintf("%s(model)", l.name) }

// Halt does nothing.
func (l *Line) Halt() error { return nil }

// Name is the name given to NewLine.
func (l *Line) Name() string { return l.name }

// Number is -1: a model has none.
func (l *Line) Number() int { return -1 }

// Function is what the pin does.
func (l *Line) Function() string { return "In/" + l.Read().String() }
