package session

import "smartbox"

// keySensed takes a report of a key sensor.
func (m *Machine) keySensed(s *slot, there bool, fob smartbox.Badge) {
	first := !s.keyKnown
	if !there {
		fob = ""
	}
	s.keyKnown, s.there, s.fob = true, there, fob
	if !there {
		s.strange = false
	}
	switch s.phase {
	case resting:
		if s.open && s.contact() {
			return // looked at when the door is shut
		}
		if first {
			m.reconcile(s)
			return
		}
		m.compare(s, smartbox.KeyMissing, smartbox.KeyUnexpected)
	case settling:
		if moved, _ := m.verdict(s); moved {
			m.conclude(s)
		}
	case unlocked:
		m.watchKey(s)
	case authorised, queued, unlocking, stuck, open, ending:
	}
}

// reconcile compares the records with the sensors after a start: an exchange that the cut left open is
// ended where the sensor leaves no doubt, and becomes a discrepancy where it does.
func (m *Machine) reconcile(s *slot) {
	if m.view == nil || s.phase != resting || s.checking || (s.open && s.contact()) {
		return
	}
	cut, ok := m.book.Open[s.id]
	if !ok {
		m.compare(s, smartbox.DiscrepancyFound, smartbox.DiscrepancyFound)
		return
	}
	if !s.senses() && s.compareBy > 0 {
		return // its sensor may report yet
	}
	s.compareBy = 0
	e := smartbox.Event{
		Kind: smartbox.DiscrepancyFound, Slot: s.id, User: cut.User, Key: cut.Key, Exchange: cut.Exchange,
		Reason: smartbox.PowerCut,
	}
	key, named := m.fobKey(s.fob)
	same := s.fob == "" || (named && key == cut.Key)
	switch {
	case !s.senses():
	case cut.Kind == smartbox.PickupAuthorised && s.there && same:
		e.Kind = smartbox.PickupNotTaken
	case cut.Kind == smartbox.DropoffAuthorised && !s.there:
		e.Kind, s.awaited = smartbox.DropoffNotReturned, cut.Key
	case cut.Kind == smartbox.DropoffAuthorised && named && same: // its own iButton: no guess
		e.Kind = smartbox.DropoffReturned
	}
	s.checking = true
	m.record(e, func(error) {
		s.checking = false
		m.compare(s, smartbox.DiscrepancyFound, smartbox.DiscrepancyFound)
	})
}

// compare checks one slot's records against its key sensor, and opens a case where they disagree, under
// the name that tells how it came about.
func (m *Machine) compare(s *slot, missing, unexpected smartbox.EventKind) {
	if m.view == nil || s.phase != resting || s.checking || !s.senses() || (s.open && s.contact()) {
		return
	}
	if _, cut := m.book.Open[s.id]; cut {
		m.reconcile(s)
		return
	}
	want := m.occupant(s.id)
	got, named := m.fobKey(s.fob)
	e := smartbox.Event{Slot: s.id, Reason: smartbox.SensorDisagrees}
	switch {
	case want != 0 && !s.there:
		e.Kind, e.Key = missing, want
		s.vanished = want
	case want != 0 && s.fob != "" && (!named || got != want): // another one hangs there
		e.Kind, e.Key = smartbox.DiscrepancyFound, want
	case want == 0 && s.there && named:
		e.Kind, e.Key = unexpected, got
		if m.book.Where(m.view, got).Place == smartbox.InDoubt { // its own iButton: no guess
			e.Kind = smartbox.DiscrepancySolved
		}
	case want == 0 && s.there && s.vanished != 0: // the sensor blinked; nobody opened the door
		e.Kind, e.Key = smartbox.DiscrepancySolved, s.vanished
		s.vanished = 0
	case want == 0 && s.there && !s.strange:
		e.Kind, s.strange = unexpected, true
		if k := m.mayBe(s); k != 0 { // a guess either way
			e.Kind, e.Key = smartbox.DiscrepancyFound, k
		}
	default:
		return
	}
	s.checking = true
	m.record(e, func(error) {
		s.checking = false
		m.compare(s, missing, unexpected)
	})
}

// occupant is the key that the records say is in the slot; none where it is empty.
func (m *Machine) occupant(id smartbox.SlotID) smartbox.KeyID {
	if !m.seated {
		m.seated = true
		m.seats = map[smartbox.SlotID]smartbox.KeyID{}
		if m.view != nil {
			for _, k := range m.view.Keys() {
				if c := m.book.Where(m.view, k); c.Place == smartbox.InSlot && m.seats[c.Slot] == 0 {
					m.seats[c.Slot] = k
				}
			}
		}
	}
	return m.seats[id]
}

// mayBe is the key that an unknown thing in the slot may be: one that may never have left, or one that was to come back.
func (m *Machine) mayBe(s *slot) smartbox.KeyID {
	if k := m.assumedGone(s.id); k != 0 {
		return k
	}
	k := s.awaited
	if k == 0 || m.moving(k) || m.book.Where(m.view, k).Place != smartbox.WithUser {
		return 0
	}
	return k
}

// assumedGone is the key that was taken from the slot as far as anybody assumes: no sensor saw it leave.
func (m *Machine) assumedGone(id smartbox.SlotID) smartbox.KeyID {
	for _, k := range m.view.Keys() {
		c, ok := m.book.Custody[k]
		if ok && c.Place == smartbox.WithUser && c.Assumed && c.Slot == id {
			return k
		}
	}
	return 0
}

// fobKey is the key that a sensor's fob belongs to.
func (m *Machine) fobKey(fob smartbox.Badge) (smartbox.KeyID, bool) {
	if fob == "" || m.view == nil {
		return 0, false
	}
	c, ok := m.view.Identify(fob.Canonical())
	if !ok || c.Kind != smartbox.KeyFob {
		return 0, false
	}
	return c.Key, true
}
