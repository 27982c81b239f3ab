package session

import "smartbox"

// applied puts a newer view into force, or notes that the one in force was confirmed.
func (m *Machine) applied(in Applied) {
	if in.View == nil {
		return
	}
	confirmed := in.Confirmed
	if confirmed == 0 {
		confirmed = in.View.IssuedAt()
	}
	first := m.view == nil
	m.view, m.seated = in.View, false
	if m.book.Revision != in.View.Revision() {
		e := smartbox.Event{Kind: smartbox.SnapshotApplied, Revision: in.View.Revision(), Age: -1}
		if confirmed != 0 {
			e.Age = max(0, m.now.Stamp()-confirmed)
		}
		m.record(e, nil)
	} else {
		m.book.Confirm(confirmed)
	}
	m.seatKeys()
	m.freeUsers()
	if first {
		for _, s := range m.slots {
			m.reconcile(s)
		}
	}
	m.panelApplied()
}

// seatKeys takes over the snapshot's word on where keys are, for those of which the book knows nothing, so
// that a box with a new memory card takes back what was handed out before.
func (m *Machine) seatKeys() {
	for _, c := range m.view.Seats() {
		if _, known := m.book.Custody[c.Key]; known || (c.Place != smartbox.InSlot && c.Place != smartbox.WithUser) {
			continue
		}
		e := smartbox.Event{Kind: smartbox.KeyPlaced, Key: c.Key, Slot: c.Slot, User: c.User, Due: c.Due, Assumed: true}
		if c.Place == smartbox.WithUser {
			e.Slot = 0
		}
		if m.waitsFor(e.Kind, e.Key, e.User) {
			continue
		}
		m.known(&e)
		m.record(e, nil)
	}
}

// freeUsers lets users in again whom this box denied and a newer revision calls validated.
func (m *Machine) freeUsers() {
	now := m.view.Revision()
	for _, id := range sortedKeys(m.book.Denied) {
		at := m.book.Denied[id]
		if now.Epoch == at.Epoch && now.Version <= at.Version {
			continue
		}
		if u, ok := m.view.User(id); ok && u.Status == smartbox.StatusValidated &&
			!m.waitsFor(smartbox.UserFreed, 0, id) {
			m.record(smartbox.Event{Kind: smartbox.UserFreed, User: id, Revision: now}, nil)
		}
	}
}

// known fills in the knowledge that a refusal was made from.
func (m *Machine) known(e *smartbox.Event) {
	if m.view == nil {
		e.Age = -1
		return
	}
	e.Revision = m.view.Revision()
	e.Age = -1
	if at := max(m.view.IssuedAt(), m.book.Synced); at != 0 {
		e.Age = max(0, m.now.Stamp()-at)
	}
}

// number is what is printed on the slot's door.
func (m *Machine) number(s *slot) uint16 {
	if m.view != nil {
		if x, ok := m.view.Slot(s.id); ok {
			return x.Number
		}
	}
	return 0
}

func (m *Machine) retired(s *slot) bool {
	if m.view == nil {
		return false
	}
	x, ok := m.view.Slot(s.id)
	return !ok || x.Retired
}
