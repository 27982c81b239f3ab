package session

import (
	"time"

	"smartbox"
	"smartbox/device"
)

// phase is where a slot stands. A slot is watched for itself: the panel may be with another person.
type phase uint8

const (
	resting    phase = iota // nothing goes on
	authorised              // its record is asked for
	queued                  // recorded; waits for a coil
	unlocking               // the pulse
	unlocked                // the pulse is over; the door is to be opened
	stuck                   // it was not; the person may try again
	open                    // it was, for a cause
	settling                // shut again; the key sensor may lag
	ending                  // the end is being recorded
)

var phaseNames = [...]string{
	"resting", "authorised", "queued", "unlocking", "unlocked", "stuck", "open", "settling", "ending",
}

func (p phase) String() string { return phaseNames[p] }

// maxTries is how often a person may try a door that does not open, each time on record.
const maxTries = 3

// slot is what the machine knows of one slot.
type slot struct {
	id     smartbox.SlotID
	wiring device.SlotWiring
	phase  phase
	job    *job // what goes on; nil while resting

	doorKnown, open   bool // what the contact said last
	keyKnown, there   bool // what the key sensor said last
	fob               smartbox.Badge
	boltKnown, home   bool
	sensorDown        bool
	lockDown          bool
	coil              bool           // between Unlock and Unlocked
	manual            bool           // opened by hand in maintenance
	forced            bool           // open without a cause
	long              bool           // open too long
	jammed            bool           // LockJammed stands
	checking          bool           // an event on its key is being recorded
	strange           bool           // something unknown hangs in it, and is on record
	vanished          smartbox.KeyID // missing by the sensor, while the door was not opened
	awaited           smartbox.KeyID // was to come back here, and the exchange ended without it
	openedAt          time.Duration
	deadline          time.Duration // of the phase
	boltBy, compareBy time.Duration
	lamp              device.Light
}

// job is one exchange or opening under way.
type job struct {
	event      smartbox.Event // the authorisation; its fields go into the events that follow
	ticket     uint64
	tries      uint32
	unrecorded bool   // let through although the record failed
	order      uint64 // to be answered
	told       bool   // the order was answered
}

func (j *job) exchange() bool {
	return j.event.Kind == smartbox.PickupAuthorised || j.event.Kind == smartbox.DropoffAuthorised
}

// contact reports whether the door contact can be believed to say something.
func (s *slot) contact() bool { return s.wiring.Contact && !s.sensorDown }

// senses reports whether the key sensor says something.
func (s *slot) senses() bool {
	return (s.wiring.KeySensor || s.wiring.KeyID) && !s.sensorDown && s.keyKnown
}

// start begins a job on a resting slot: first its record, then its lock.
func (m *Machine) start(s *slot, j *job) {
	s.job = j
	m.try(s)
}

// try asks for the record of one attempt.
func (m *Machine) try(s *slot) {
	j := s.job
	j.tries++
	s.phase, s.deadline = authorised, 0
	e := j.event
	if j.tries > 1 {
		e.Count = j.tries
	}
	j.ticket = m.record(e, func(err error) {
		if s.job == j && s.phase == authorised {
			m.authorised(s, err)
		}
	})
}

// authorised goes on once the record is answered. Without one a return is accepted all the same; anything
// else only where the owner chose so.
func (m *Machine) authorised(s *slot, err error) {
	j := s.job
	if err != nil && j.event.Kind != smartbox.DropoffAuthorised {
		if !m.unrecorded() {
			m.answer(j, smartbox.RecordFailed)
			m.finish(s, false, smartbox.RecordFailed, false)
			return
		}
		j.unrecorded = true
		m.play(device.SoundAttention)
	}
	m.answer(j, smartbox.Granted)
	if !j.unrecorded && j.exchange() {
		m.play(device.SoundGood)
	}
	m.enqueue(s)
}

func (m *Machine) answer(j *job, r smartbox.Reason) {
	if j.order != 0 && !j.told {
		j.told = true
		m.emit(Answered{ID: j.order, Reason: r})
	}
}

// unlockFailed: no pulse was given. The slot is out of service until its board is back.
func (m *Machine) unlockFailed(s *slot) {
	s.lockDown = true
	m.released(s)
	if s.phase != unlocking {
		return
	}
	e := m.about(s, smartbox.UnlockFailed)
	e.Reason = smartbox.SlotDown
	m.record(e, nil)
	m.finish(s, false, smartbox.SlotDown, false)
}

// awaitDoor: the pulse is over and the door is still shut, or nobody can tell.
func (m *Machine) awaitDoor(s *slot) {
	s.phase = unlocked
	if s.contact() {
		s.deadline = m.now.Uptime + m.times.DoorOpens
		return
	}
	s.deadline = m.now.Uptime + m.times.Assume
	m.watchKey(s)
}

// opened: the door is open for its cause.
func (m *Machine) opened(s *slot) {
	s.phase, s.openedAt = open, m.now.Uptime
	s.deadline = m.now.Uptime + m.openLimit()
	m.freed(s)
	if !s.job.exchange() {
		m.record(m.about(s, smartbox.SlotOpened), nil)
	}
	m.panelDoorOpened(s)
	m.sawOpen(s)
}

func (m *Machine) openLimit() time.Duration {
	if m.view != nil {
		if d := m.view.Box().Policy.DoorOpenLimit; d > 0 {
			return d
		}
	}
	return smartbox.DefaultDoorOpenLimit
}

// slotExpired handles the deadline of the slot's phase.
func (m *Machine) slotExpired(s *slot) {
	switch s.phase {
	case unlocked:
		if s.contact() {
			m.jam(s)
			return
		}
		m.assume(s)
	case open:
		m.stillOpen(s)
	case settling:
		m.conclude(s)
	case resting:
		if s.open && s.long {
			m.remind(s)
		}
	case authorised, queued, unlocking, stuck, ending:
	}
}

// assume ends a job on a slot whose door cannot be seen: by the key sensor, else by what was meant.
func (m *Machine) assume(s *slot) {
	if s.senses() {
		m.conclude(s)
		return
	}
	m.finish(s, true, 0, true)
}

// stillOpen: the alarm at first, reminders then, and at last the exchange ends by what is known, so that
// a contact that lies does not take the slot out of service.
func (m *Machine) stillOpen(s *slot) {
	if !s.contact() {
		m.assume(s)
		return
	}
	if m.now.Uptime >= s.openedAt+m.times.Abandon {
		m.assume(s)
		return
	}
	if !s.long && (!m.book.Service || s.job.exchange()) {
		s.long = true
		m.record(m.about(s, smartbox.DoorLeftOpen), nil)
	}
	m.remind(s)
	s.deadline = min(s.deadline, s.openedAt+m.times.Abandon)
}

func (m *Machine) remind(s *slot) {
	if s.long {
		m.play(device.SoundAttention)
	}
	s.deadline = m.now.Uptime + m.times.Remind
}

// jam: unlocked, and not opened. The person may try again while she is there.
func (m *Machine) jam(s *slot) {
	j := s.job
	if j.event.Kind != smartbox.ReleaseSlot {
		s.jammed = true
		e := m.about(s, smartbox.LockJammed)
		e.Reason, e.Count = smartbox.DoorStayedShut, j.tries
		m.record(e, nil)
	}
	if j.tries < maxTries && j.exchange() && m.attends(s) && !m.release.awaits(s) {
		s.phase = stuck
		m.panelStuck()
		return
	}
	m.finish(s, false, smartbox.DoorStayedShut, false)
}

// freed takes a jam back.
func (m *Machine) freed(s *slot) {
	if s.jammed {
		s.jammed = false
		m.record(smartbox.Event{Kind: smartbox.LockFreed, Slot: s.id}, nil)
	}
}

// about is an event on the slot that belongs to its job.
func (m *Machine) about(s *slot, k smartbox.EventKind) smartbox.Event {
	e := smartbox.Event{Kind: k, Slot: s.id}
	if j := s.job; j != nil {
		a := &j.event
		e.User, e.Other, e.Third, e.Key, e.Actor = a.User, a.Other, a.Third, a.Key, a.Actor
		e.Exchange = a.Exchange
	}
	return e
}
