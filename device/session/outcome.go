package session

import "smartbox"

// watchKey ends an exchange on a slot without a contact as soon as the key sensor shows it.
func (m *Machine) watchKey(s *slot) {
	if s.phase != unlocked || s.contact() || !s.senses() || !s.job.exchange() {
		return
	}
	if moved, _ := m.verdict(s); moved {
		m.conclude(s)
	}
}

// shut: the door closed after it was opened for its cause. A key sensor that does not show the expected
// yet gets a moment.
func (m *Machine) shut(s *slot) {
	if s.senses() && s.job.exchange() {
		if moved, _ := m.verdict(s); !moved {
			s.phase, s.deadline = settling, m.now.Uptime+m.times.Settle
			return
		}
	}
	m.conclude(s)
}

// verdict is what the key sensor says of the exchange: whether the key moved as it should, and whether
// another one hangs there.
func (m *Machine) verdict(s *slot) (moved, other bool) {
	e := &s.job.event
	key, named := m.fobKey(s.fob)
	other = s.there && s.fob != "" && (!named || key != e.Key)
	if e.Kind == smartbox.PickupAuthorised {
		return !s.there || other, other
	}
	return s.there && !other, other
}

// conclude ends the job by what the sensors say.
func (m *Machine) conclude(s *slot) {
	if !s.job.exchange() {
		m.finish(s, true, 0, !s.contact())
		return
	}
	if !s.senses() {
		m.finish(s, true, 0, true)
		return
	}
	moved, other := m.verdict(s)
	if other {
		e := m.about(s, smartbox.KeyWrong)
		e.Key, _ = m.fobKey(s.fob) // the one that is there; none where nobody knows it
		e.Reason = smartbox.SensorDisagrees
		s.strange = e.Key == 0
		m.record(e, nil)
	}
	switch {
	case moved:
		m.finish(s, true, 0, false)
	case other:
		m.finish(s, false, smartbox.SensorDisagrees, false)
	default:
		m.finish(s, false, smartbox.Cancelled, false)
	}
}

// finish records the end of the job. Every authorised one has exactly one end.
func (m *Machine) finish(s *slot, done bool, why smartbox.Reason, assumed bool) {
	j := s.job
	e := m.about(s, endOf(j.event.Kind, done))
	e.Assumed, e.Due, e.Answer, e.Factors = assumed, j.event.Due, j.event.Answer, j.event.Factors
	e.Rule, e.Revision, e.Age = j.event.Rule, j.event.Revision, j.event.Age
	e.Reason = why
	switch {
	case why != 0:
	case j.unrecorded:
		e.Reason = smartbox.AllowedUnrecorded
	default:
		e.Reason = j.event.Reason
	}
	if !done {
		e.Due = 0
	}
	s.awaited = 0
	if e.Kind == smartbox.DropoffNotReturned {
		s.awaited = e.Key
	}
	s.phase, s.deadline = ending, 0
	m.record(e, func(error) { m.rest(s, j) })
	m.panelEnded(s, j, done, why)
	m.released(s)
}

func endOf(k smartbox.EventKind, done bool) smartbox.EventKind {
	switch {
	case k == smartbox.PickupAuthorised && done:
		return smartbox.PickupTaken
	case k == smartbox.PickupAuthorised:
		return smartbox.PickupNotTaken
	case k == smartbox.DropoffAuthorised && done:
		return smartbox.DropoffReturned
	case k == smartbox.DropoffAuthorised:
		return smartbox.DropoffNotReturned
	default:
		return smartbox.SlotClosed
	}
}

// rest: the end is in the book, and the slot is free for the next one.
func (m *Machine) rest(s *slot, j *job) {
	if s.job != j || s.phase != ending {
		return
	}
	s.phase, s.job, s.vanished = resting, nil, 0
	s.deadline = 0
	if s.open && s.contact() {
		s.deadline = m.now.Uptime + m.times.Remind
	} else {
		m.watchBolt(s)
	}
	m.compare(s, smartbox.DiscrepancyFound, smartbox.DiscrepancyFound)
	m.rested(s)
}
