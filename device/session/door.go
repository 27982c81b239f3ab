package session

import "smartbox"

// door takes a report of a door contact.
func (m *Machine) door(s *slot, isOpen bool) {
	first := !s.doorKnown
	s.doorKnown = true
	if !first && s.open == isOpen {
		return
	}
	s.open = isOpen
	if isOpen {
		s.vanished = 0
		m.doorOpened(s, first)
		return
	}
	m.doorShut(s, first)
}

func (m *Machine) doorOpened(s *slot, first bool) {
	switch s.phase {
	case unlocking, unlocked, stuck:
		m.opened(s)
	case settling: // opened again before it was settled
		s.phase = open
		s.deadline = m.now.Uptime + m.openLimit()
		m.sawOpen(s)
	case open:
	case resting, ending:
		m.openedIdle(s, first)
	case authorised, queued: // its lock has not moved yet
		m.force(s)
	}
}

// openedIdle: a door is open without an exchange.
func (m *Machine) openedIdle(s *slot, first bool) {
	switch {
	case m.book.Service:
		s.manual = true
		m.record(smartbox.Event{Kind: smartbox.SlotOpened, Slot: s.id, Reason: smartbox.UnderMaintenance}, nil)
	case first: // found so after a start or a repair: nobody knows why
		s.long = true
		m.record(smartbox.Event{Kind: smartbox.DoorLeftOpen, Slot: s.id}, nil)
		s.openedAt = m.now.Uptime
		if s.phase == resting {
			m.remind(s)
		}
	default:
		m.force(s)
	}
}

func (m *Machine) force(s *slot) {
	s.forced = true
	m.record(smartbox.Event{Kind: smartbox.DoorForced, Slot: s.id}, nil)
	m.sirens()
}

func (m *Machine) doorShut(s *slot, first bool) {
	m.calmDoor(s, first)
	switch s.phase {
	case open:
		m.shut(s)
	case resting:
		s.deadline = 0
		m.watchBolt(s)
		if s.manual {
			s.manual = false
			m.record(smartbox.Event{Kind: smartbox.SlotClosed, Slot: s.id, Reason: smartbox.UnderMaintenance}, nil)
		}
		m.compare(s, smartbox.DiscrepancyFound, smartbox.DiscrepancyFound)
	case authorised, queued, unlocking, unlocked, stuck, settling, ending:
	}
}

// calmDoor takes the alarms of an open door back.
func (m *Machine) calmDoor(s *slot, first bool) {
	trouble := m.book.Doors[s.id]
	left := first && (trouble == smartbox.DoorOpenLong || trouble == smartbox.DoorBroken)
	if !s.long && !s.forced && !left {
		return
	}
	s.long, s.forced = false, false
	m.record(m.about(s, smartbox.DoorShut), nil)
	m.sirens()
}

// bolt takes a report of a lock sensor.
func (m *Machine) bolt(s *slot, isHome bool) {
	s.boltKnown, s.home = true, isHome
	if isHome {
		s.boltBy = 0
		if s.phase == resting {
			m.freed(s)
		}
		return
	}
	m.watchBolt(s)
}

// watchBolt gives the bolt of a shut door a moment to come home.
func (m *Machine) watchBolt(s *slot) {
	if s.phase != resting || !s.wiring.LockSensor || !s.boltKnown || s.home || (s.open && s.contact()) || s.boltBy != 0 {
		return
	}
	s.boltBy = m.now.Uptime + m.times.Bolt
}

// boltStuck: the door is shut, and the lock is not locked.
func (m *Machine) boltStuck(s *slot) {
	if s.phase != resting || s.home || s.sensorDown || (s.open && s.contact()) || s.jammed {
		return
	}
	s.jammed = true
	m.record(smartbox.Event{Kind: smartbox.LockJammed, Slot: s.id, Reason: smartbox.SensorDisagrees}, nil)
}
