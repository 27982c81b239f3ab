package chips

import (
	"errors"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// ErrWire is what a broken Wire gives.
var ErrWire = errors.New("chips: line is not there")

// wireQueue is how many edges the kernel keeps for one line before it drops the oldest.
const wireQueue = 16

// Wire is one GPIO line: the driver's end is a gpio.PinIO, the other end is Drive and Level. It behaves
// as periph's gpioioctl does on Linux, traps included: WaitForEdge(-1) returns at once, 0 waits for
// ever, and 16 edges are kept. It is safe for concurrent use.
type Wire struct {
	name string

	mu     sync.Mutex
	level  gpio.Level
	pull   gpio.Pull
	edge   gpio.Edge
	duty   gpio.Duty
	freq   physic.Frequency
	pwm    bool
	broken bool
	edges  chan gpio.Level
	halt   chan struct{}
	watch  func(gpio.Level)
}

var _ gpio.PinIO = (*Wire)(nil)

// NewWire makes a line that is at level until somebody drives it.
func NewWire(name string, level gpio.Level) *Wire {
	return &Wire{name: name, level: level, edges: make(chan gpio.Level, wireQueue), halt: make(chan struct{}, 1)}
}

// Drive puts a level on the line from outside.
func (w *Wire) Drive(l gpio.Level) {
	w.mu.Lock()
	changed := w.set(l)
	wants := w.edge == gpio.BothEdges || (w.edge == gpio.RisingEdge && bool(l)) || (w.edge == gpio.FallingEdge && !bool(l))
	if changed && wants {
		select {
		case w.edges <- l:
		default: // the kernel drops the oldest
			<-w.edges
			w.edges <- l
		}
	}
	f := w.watch
	w.mu.Unlock()
	if changed && f != nil {
		f(l)
	}
}

func (w *Wire) set(l gpio.Level) bool {
	changed := w.level != l
	w.level = l
	return changed
}

// Watch calls f after each change of the level, from whichever end it came.
func (w *Wire) Watch(f func(gpio.Level)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watch = f
}

// Level is what the line stands at.
func (w *Wire) Level() gpio.Level {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.level
}

// Tone is the frequency that the driver put on the line by PWM, 0 when none.
func (w *Wire) Tone() physic.Frequency {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.pwm || w.duty == 0 {
		return 0
	}
	return w.freq
}

// Break makes In, Out and PWM fail, or work again.
func (w *Wire) Break(broken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = broken
}

// AllowPWM says whether the line can do PWM; at first it cannot.
func (w *Wire) AllowPWM(can bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pwm = can
}

// In makes the line an input.
func (w *Wire) In(pull gpio.Pull, edge gpio.Edge) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return ErrWire
	}
	w.pull, w.edge = pull, edge
	for {
		select {
		case <-w.edges:
		default:
			return nil
		}
	}
}

// Read is the level.
func (w *Wire) Read() gpio.Level { return w.Level() }

// WaitForEdge waits as gpioioctl does.
func (w *Wire) WaitForEdge(timeout time.Duration) bool {
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
	case <-w.edges:
		return true
	case <-after:
		return false
	case <-w.halt:
		return false
	}
}

// Out drives the line from the driver's end.
func (w *Wire) Out(l gpio.Level) error {
	w.mu.Lock()
	if w.broken {
		w.mu.Unlock()
		return ErrWire
	}
	w.duty = 0
	changed, f := w.set(l), w.watch
	w.mu.Unlock()
	if changed && f != nil {
		f(l)
	}
	return nil
}

// PWM drives the line with a square wave, where AllowPWM said so.
func (w *Wire) PWM(duty gpio.Duty, f physic.Frequency) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return ErrWire
	}
	if !w.pwm {
		return errors.New("chips: line " + w.name + " has no PWM")
	}
	w.duty, w.freq = duty, f
	return nil
}

// Halt wakes one WaitForEdge.
func (w *Wire) Halt() error {
	select {
	case w.halt <- struct{}{}:
	default:
	}
	return nil
}

// Pull is the one that In asked for.
func (w *Wire) Pull() gpio.Pull {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pull
}

// DefaultPull is floating.
func (w *Wire) DefaultPull() gpio.Pull { return gpio.Float }

// String, Name are the line's name.
func (w *Wire) String() string { return w.name }

// Name is the line's name.
func (w *Wire) Name() string { return w.name }

// Number is -1: the line has none.
func (w *Wire) Number() int { return -1 }

// Function is empty: asking a real line turns it into an input.
func (w *Wire) Function() string { return "" }
