package session

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"smartbox"
	"smartbox/device"
)

// Config is what a machine is made from.
type Config struct {
	Boot  uint64              // random, of this run
	Slots []device.SlotWiring // what each slot is equipped with
	Book  *smartbox.Book      // what happened so far; the machine's own from here on; nil = nothing yet
	Times Times               // zero fields take their defaults
}

// Machine is the conduct of one box. The zero value is not usable; New makes one. It is not safe for
// concurrent use. See DESIGN.md for why it changes in place.
type Machine struct {
	cfg   Config
	times Times
	book  *smartbox.Book
	view  smartbox.View // nil until the first Applied
	now   smartbox.Moment
	out   []Effect
	begun bool
	ended bool

	ticket   uint64
	pending  []pending // records that are not answered yet, oldest first
	exchange uint64    // the last one given
	broken   bool      // the journal does not take events
	held     uint32

	slots   []*slot
	byID    map[smartbox.SlotID]*slot
	coils   int     // between Unlock and Unlocked
	queue   []*slot // recorded, and waiting for a coil
	seats   map[smartbox.SlotID]smartbox.KeyID
	seated  bool // seats is up to date
	overdue map[smartbox.KeyID]bool
	due     smartbox.Stamp // the next key to be overdue; 0 = none

	panel   panel
	guess   guess
	release *release

	down      map[string]smartbox.DevicePart
	tampered  bool
	onBattery bool
	lowPower  bool
	alarm     bool
	shown     []string
}

// New makes a machine that has seen nothing yet. It moves no lock by itself: its first Step records the start.
func New(cfg Config) *Machine {
	if cfg.Book == nil {
		cfg.Book = smartbox.NewBook()
	}
	b := cfg.Book
	m := &Machine{
		cfg: cfg, times: cfg.Times.orDefaults(), book: b, exchange: b.LastExchange,
		byID: map[smartbox.SlotID]*slot{}, overdue: map[smartbox.KeyID]bool{}, down: map[string]smartbox.DevicePart{},
		tampered: b.Tampered, onBattery: b.OnBattery, lowPower: b.LowPower,
	}
	for _, w := range cfg.Slots {
		if w.Slot == 0 || m.byID[w.Slot] != nil {
			continue
		}
		s := &slot{id: w.Slot, wiring: w, jammed: b.Doors[w.Slot] == smartbox.DoorJammed}
		m.slots = append(m.slots, s)
		m.byID[w.Slot] = s
	}
	m.guess.restore(b.Guess, cfg.Boot)
	return m
}

// Step takes one input at a moment and returns what is to be done, in order. It is total: any input in any
// order gives effects and never a panic. The same machine and inputs give the same effects.
// Deadlines that are past by then are handled before the input.
func (m *Machine) Step(at smartbox.Moment, in Input) []Effect {
	at.Uptime = max(at.Uptime, m.now.Uptime)
	m.now, m.out = at, nil
	if m.ended {
		if r, ok := in.(Recorded); ok {
			m.recorded(r)
		}
		return m.out
	}
	if !m.begun {
		m.begun = true
		m.begin()
	}
	m.expire()
	m.take(in)
	m.pump()
	m.draw()
	return m.out
}

func (m *Machine) take(in Input) {
	switch in := in.(type) {
	case Sensed:
		m.sensed(in.Event)
	case Tick:
	case Recorded:
		m.recorded(in)
	case Unlocked:
		m.unlocked(in)
	case Applied:
		m.applied(in)
	case ClockSet:
		m.record(smartbox.Event{Kind: smartbox.ClockSet}, nil)
		m.scanDue()
	case RecordHealth:
		m.held = in.Held
		m.recording(in.Err == nil)
	case Order:
		m.order(in)
	case Refused:
		m.record(smartbox.Event{Kind: smartbox.SnapshotRefused, Reason: in.Reason, Revision: in.Revision}, nil)
	case Stop:
		m.record(smartbox.Event{Kind: smartbox.Stopped}, nil)
		m.ended = true
	}
}

func (m *Machine) sensed(e device.Event) {
	switch e := e.(type) {
	case device.Pressed:
		m.pressed(e.Key)
	case device.Tapped:
		m.tapped(e.Badge)
	case device.MisRead:
		m.misread()
	case device.Door:
		if s := m.byID[e.Slot]; s != nil {
			m.door(s, e.Open)
		}
	case device.KeySensed:
		if s := m.byID[e.Slot]; s != nil {
			m.keySensed(s, e.Present, e.Fob)
		}
	case device.Bolt:
		if s := m.byID[e.Slot]; s != nil {
			m.bolt(s, e.Home)
		}
	case device.Tamper:
		m.tamper(e.Open)
	case device.Supply:
		m.supply(e)
	case device.Health:
		m.health(e)
	}
}

// Next is the uptime of the earliest deadline; the caller sends a Tick then. ok is false where there is none.
func (m *Machine) Next() (uptime time.Duration, ok bool) {
	next := func(d time.Duration) {
		if d > 0 && (!ok || d < uptime) {
			uptime, ok = d, true
		}
	}
	if m.ended {
		return 0, false
	}
	next(m.panel.deadline)
	if len(m.pending) > 0 {
		next(m.pending[0].deadline)
	}
	for _, s := range m.slots {
		next(s.deadline)
		next(s.boltBy)
		next(s.compareBy)
	}
	if left := m.lockLeft(); left > 0 { // the display counts it down by the minute
		next(m.guess.until - (left - 1).Truncate(time.Minute))
	}
	if m.due != 0 && m.now.Trust != smartbox.ClockUntrusted {
		next(max(m.now.Uptime+time.Millisecond, m.now.Uptime+m.due.Time().Sub(m.now.Wall)))
	}
	return uptime, ok
}

// expire handles every deadline that is past. None of them sets one that is past again.
func (m *Machine) expire() {
	m.expireRecords()
	if past(m.panel.deadline, m.now) {
		m.panel.deadline = 0
		m.panelExpired()
	}
	for _, s := range m.slots {
		if past(s.compareBy, m.now) {
			s.compareBy = 0
			m.reconcile(s)
		}
		if past(s.boltBy, m.now) {
			s.boltBy = 0
			m.boltStuck(s)
		}
		if past(s.deadline, m.now) {
			s.deadline = 0
			m.slotExpired(s)
		}
	}
	m.checkDue()
}

func past(deadline time.Duration, now smartbox.Moment) bool {
	return deadline > 0 && deadline <= now.Uptime
}

// Book is what has happened so far. Read it between steps only, and do not write to it.
func (m *Machine) Book() *smartbox.Book { return m.book }

// Busy reports whether a person is at the panel.
func (m *Machine) Busy() bool { return m.panel.busy() }

func (m *Machine) emit(e Effect) { m.out = append(m.out, e) }

// play makes a sound, unless the alarm sounds: a new sound would end it.
func (m *Machine) play(s device.Sound) {
	if !m.alarm {
		m.emit(Sound{s})
	}
}

// begin records the start. Whatever stood open in the book is settled later, by what the sensors report.
func (m *Machine) begin() {
	m.record(smartbox.Event{Kind: smartbox.Started}, nil)
	if m.book.Releasing {
		m.record(smartbox.Event{Kind: smartbox.ReleaseEnded, Reason: smartbox.Cancelled}, nil)
	}
	for _, s := range m.slots {
		s.compareBy = m.now.Uptime + m.times.Compare
	}
	m.sirens()
}

func sortedKeys[K cmp.Ordered, V any](of map[K]V) []K { return slices.Sorted(maps.Keys(of)) }
