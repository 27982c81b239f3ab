package sound

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"

	"smartbox"
	"smartbox/device"
	"smartbox/device/turn"
)

// Opts are the choices of a Sounder.
type Opts struct {
	Name      string
	ActiveLow bool          // the buzzer sounds at a low level
	Tone      bool          // a piezo disc on a line with PWM: give it tones
	Retry     time.Duration // how long after a failure the line is tried again
}

// DefaultOpts is an active buzzer that sounds at a high level.
var DefaultOpts = Opts{Name: "sounder", Retry: 2 * time.Second}

// note is one step of a pattern: a tone, or silence where it is 0.
type note struct {
	tone physic.Frequency
	last time.Duration
}

// pattern is the notes of a sound, and whether they begin again at the end.
func pattern(s device.Sound) (notes []note, again bool) {
	const ms = time.Millisecond
	switch s {
	case device.SoundKey:
		return []note{{2 * physic.KiloHertz, 20 * ms}}, false
	case device.SoundGood:
		return []note{{2 * physic.KiloHertz, 80 * ms}, {0, 40 * ms}, {2600 * physic.Hertz, 160 * ms}}, false
	case device.SoundBad:
		return []note{{500 * physic.Hertz, 500 * ms}}, false
	case device.SoundAttention:
		return []note{
			{1500 * physic.Hertz, 150 * ms},
			{0, 150 * ms},
			{1500 * physic.Hertz, 150 * ms},
			{0, 150 * ms},
			{1500 * physic.Hertz, 150 * ms},
		}, false
	case device.SoundAlarm:
		return []note{{2700 * physic.Hertz, 400 * ms}, {0, 100 * ms}}, true
	case device.Silence:
	}
	return nil, false
}

// Sounder is one sounder. It is a device.Sounder and a device.Source: Run carries a sound on after Play
// began it, and tells of its health. It is safe for concurrent use.
type Sounder struct {
	pin  gpio.PinOut
	o    Opts
	poke chan struct{}

	turn  turn.Turn // guards what follows
	notes []note
	again bool
	at    int
	next  time.Time // when the note ends, or the line is tried again; zero = never
	err   error
	since time.Time
	told  bool
}

var (
	_ device.Sounder = (*Sounder)(nil)
	_ device.Source  = (*Sounder)(nil)
)

// New makes a sounder on a line. It does not touch the line; a nil o is DefaultOpts.
func New(pin gpio.PinOut, o *Opts) (*Sounder, error) {
	if o == nil {
		o = &DefaultOpts
	}
	if pin == nil {
		return nil, errors.New("sound: no pin")
	}
	if o.Retry <= 0 {
		return nil, errors.New("sound: Retry must be more than 0")
	}
	return &Sounder{pin: pin, o: *o, poke: make(chan struct{}, 1), turn: turn.New()}, nil
}

// String names the sounder.
func (s *Sounder) String() string { return fmt.Sprintf("%s{%s}", s.o.Name, s.pin) }

// Play begins a sound in place of the one before. An error wraps device.ErrDead, or is what ended ctx before the line was
// free; the sound before goes on then.
func (s *Sounder) Play(ctx context.Context, what device.Sound) error {
	if err := s.turn.Take(ctx); err != nil {
		return fmt.Errorf("%s: %w", s.o.Name, err)
	}
	defer s.turn.Give()
	s.notes, s.again = pattern(what)
	s.at = 0
	s.begin()
	select {
	case s.poke <- struct{}{}:
	default:
	}
	if s.err != nil {
		return s.dead()
	}
	return nil
}

func (s *Sounder) dead() error { return fmt.Errorf("%s: %w: %w", s.o.Name, device.ErrDead, s.err) }

// begin puts the current note on the line, or silence after the last.
func (s *Sounder) begin() {
	now := time.Now()
	n := note{}
	if s.at < len(s.notes) {
		n = s.notes[s.at]
	}
	err := s.out(n.tone)
	if (err == nil) != (s.err == nil) {
		s.told = false
		if err != nil {
			s.since = now
		}
	}
	s.err, s.next = err, time.Time{}
	switch {
	case err != nil:
		s.next = now.Add(s.o.Retry)
	case n.last > 0:
		s.next = now.Add(n.last)
	}
}

func (s *Sounder) out(tone physic.Frequency) error {
	if tone != 0 && s.o.Tone {
		return s.pin.PWM(gpio.DutyHalf, tone)
	}
	return s.pin.Out(gpio.Level((tone != 0) != s.o.ActiveLow))
}

// Halt silences the line.
func (s *Sounder) Halt() error {
	s.turn.Wait()
	defer s.turn.Give()
	s.notes, s.again, s.at = nil, false, 0
	if s.begin(); s.err != nil {
		return s.dead()
	}
	return nil
}

// Run carries sounds on until ctx ends, and is silent then. It emits a Health when the line fails and when it
// came back.
func (s *Sounder) Run(ctx context.Context, emit func(device.Event)) error {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			_ = s.Halt() // a line that fails at the end has been told of
			return nil
		case <-s.poke:
		case <-t.C:
		}
		if s.turn.Take(ctx) != nil {
			continue // ctx has ended
		}
		news, wait := s.step()
		s.turn.Give()
		if news != nil {
			emit(*news)
		}
		t.Reset(wait)
	}
}

func (s *Sounder) step() (news *device.Health, wait time.Duration) {
	now := time.Now()
	if !s.next.IsZero() && !now.Before(s.next) {
		switch s.at++; {
		case s.err != nil && !s.again: // nobody wants the beep of a key that was pressed long ago
			s.notes = nil
		case s.again && s.at >= len(s.notes):
			s.at = 0
		}
		s.begin()
	}
	if !s.told && !s.since.IsZero() {
		s.told = true
		news = &device.Health{Part: smartbox.PartSounder, Name: s.o.Name}
		if s.err != nil {
			news.Err = s.dead()
		} else {
			news.After, s.since = now.Sub(s.since), time.Time{}
		}
	}
	if s.next.IsZero() {
		return news, time.Minute
	}
	return news, max(s.next.Sub(now), 0)
}
