package session

import "smartbox"

// serviceKey is a key on the service menu.
func (m *Machine) serviceKey(k rune) {
	v := m.panel.visit
	m.stay()
	switch k {
	case '1':
		m.maintenance(!m.book.Service, smartbox.Event{User: v.me.user.ID, Factors: v.me.factors}, 0)
		m.say(m.text(MsgDone))
	case '2':
		if !m.book.Service {
			m.panel.hint = m.text(MsgServiceFirst)
			return
		}
		m.prompt(askSlot)
	case '3':
		if v.me.user.Role.Can(smartbox.CanRelease) {
			m.prompt(askRelease)
		}
	case '*':
		m.leave()
	}
}

// maintenance begins or ends maintenance mode, by somebody at the panel or by an order.
func (m *Machine) maintenance(begin bool, e smartbox.Event, order uint64) {
	e.Kind = smartbox.MaintenanceEnded
	if begin {
		e.Kind = smartbox.MaintenanceBegun
	}
	e.Reason = smartbox.OwnerOrder
	m.record(e, func(error) {
		m.sirens()
		if order != 0 {
			m.emit(Answered{ID: order, Reason: smartbox.Granted})
		}
	})
}

// openByNumber opens a slot for somebody at the service menu.
func (m *Machine) openByNumber(n uint16) {
	v := m.panel.visit
	for _, x := range m.view.Slots() {
		s := m.byID[x.ID]
		if x.Number != n || s == nil {
			continue
		}
		e := smartbox.Event{Kind: smartbox.SlotAuthorised, User: v.me.user.ID, Factors: v.me.factors}
		j := m.openJob(s, e, 0)
		if r := m.canOpen(s, false); r != smartbox.Granted {
			m.panel.hint = m.reasonLines(r)
			return
		}
		m.attend(s, j)
		m.start(s, j)
		return
	}
	m.panel.hint = m.text(MsgNoSlot)
}

// canOpen is Granted where a slot can be opened in maintenance, or by the cloud's order at any time. A board that failed
// is tried all the same: that is what a technician is there for.
func (m *Machine) canOpen(s *slot, cloud bool) smartbox.Reason {
	switch {
	case !m.book.Service && !cloud:
		return smartbox.NotAllowed
	case s.phase != resting:
		return smartbox.SlotBusy
	default:
		return smartbox.Granted
	}
}

// openJob is the opening of one slot by order.
func (m *Machine) openJob(s *slot, e smartbox.Event, order uint64) *job {
	m.exchange++
	e.Slot, e.Exchange, e.Reason = s.id, m.exchange, smartbox.OwnerOrder
	m.known(&e)
	return &job{event: e, order: order}
}

// order does what an administrator asks for from outside the panel.
func (m *Machine) order(o Order) {
	no := func(r smartbox.Reason) { m.emit(Answered{ID: o.ID, Reason: r}) }
	e := smartbox.Event{Actor: o.Actor[:min(len(o.Actor), 32)]}
	switch o.Kind {
	case OrderMaintenance, OrderEndMaintenance:
		if o.Kind == OrderMaintenance && m.Busy() {
			no(smartbox.SlotBusy)
			return
		}
		m.maintenance(o.Kind == OrderMaintenance, e, o.ID)
	case OrderOpen, OrderUnlock:
		s := m.byID[o.Slot]
		if s == nil {
			no(smartbox.SlotRetired)
			return
		}
		if r := m.canOpen(s, o.Kind == OrderUnlock); r != smartbox.Granted {
			no(r)
			return
		}
		e.Kind = smartbox.SlotAuthorised
		m.start(s, m.openJob(s, e, o.ID))
	case OrderRelease:
		if m.release != nil {
			no(smartbox.SlotBusy)
			return
		}
		m.releaseAll(e, o.ID)
	default:
		no(smartbox.NotAllowed)
	}
}
