package session

import "smartbox"

// scanDue finds when the next key is overdue. It runs when custody may have changed, and not at each step.
func (m *Machine) scanDue() {
	m.due = 0
	for k, c := range m.book.Custody {
		if c.Place != smartbox.WithUser || c.Due == 0 || c.Overdue {
			delete(m.overdue, k)
			continue
		}
		if !m.overdue[k] && (m.due == 0 || c.Due < m.due) {
			m.due = c.Due
		}
	}
}

// checkDue raises the alarm for keys that are overdue, once each. A clock that is not trusted raises none.
func (m *Machine) checkDue() {
	if m.due == 0 || m.now.Trust == smartbox.ClockUntrusted || m.due > m.now.Stamp() {
		return
	}
	for _, k := range sortedKeys(m.book.Custody) {
		c := m.book.Custody[k]
		if c.Place != smartbox.WithUser || c.Due == 0 || c.Overdue || c.Due > m.now.Stamp() || m.overdue[k] {
			continue
		}
		m.overdue[k] = true
		m.record(smartbox.Event{Kind: smartbox.KeyOverdue, User: c.User, Key: k, Due: c.Due}, nil)
	}
	m.scanDue()
}
