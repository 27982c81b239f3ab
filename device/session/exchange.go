package session

import (
	"smartbox"
	"smartbox/device"
)

// attempt asks for the decision, and goes on with what it says: do it, ask for what is missing, or refuse.
func (m *Machine) attempt() {
	v := m.panel.visit
	q := m.ask(v, v.action, v.key)
	if v.action == smartbox.Receive {
		q.User, q.Factors = v.next.user.ID, v.next.factors
	}
	d := smartbox.Decide(m.view, m.book, q)
	switch {
	case d.Allowed:
		m.commit(v, q, d)
	case d.Needs&smartbox.NeedCode != 0:
		m.prompt(askCode)
	case d.Needs&smartbox.NeedBadge != 0:
		m.prompt(askBadge)
	case d.Needs&smartbox.NeedReason != 0:
		if len(m.view.Box().Reasons) == 0 { // nothing to choose from must not keep the door shut
			v.replied = true
			m.attempt()
			return
		}
		v.page = 0
		m.prompt(askReason)
	case d.Needs&smartbox.NeedNote != 0:
		m.prompt(askNote)
	case d.Needs&smartbox.NeedPerson != 0:
		m.prompt(askPerson)
	case v.action == smartbox.Receive: // another person may be allowed to
		m.refused(q, d)
		m.again(d.Reason)
	default:
		m.refuse(q, d)
	}
}

// commit does what was decided: it records, and the lock follows the record.
func (m *Machine) commit(v *visit, q smartbox.Question, d smartbox.Decision) {
	if m.moving(v.key) || (v.action == smartbox.Receive && m.handing(v.key)) {
		m.refuse(q, m.because(smartbox.SlotBusy, smartbox.RuleKey, uint64(v.key)))
		return
	}
	switch v.action {
	case smartbox.Pickup:
		s, why := m.slotOf(v.key)
		if s == nil {
			m.refuse(q, m.because(why, smartbox.RuleSlot, uint64(m.book.Where(m.view, v.key).Slot)))
			return
		}
		m.begins(v, s, smartbox.PickupAuthorised, q, d)
	case smartbox.Dropoff:
		s := m.seatFor(v.key)
		if s == nil {
			m.refuse(q, m.because(smartbox.BoxFull, smartbox.RuleBox, uint64(m.view.Box().ID)))
			return
		}
		m.begins(v, s, smartbox.DropoffAuthorised, q, d)
	case smartbox.Receive:
		m.handOver(v, q, d)
	}
}

// begins records the authorisation of an exchange, and the spent backup codes before it.
func (m *Machine) begins(v *visit, s *slot, k smartbox.EventKind, q smartbox.Question, d smartbox.Decision) {
	m.emit(Explained{q, d})
	m.exchange++
	e := decided(smartbox.Event{
		Kind: k, User: v.me.user.ID, Key: v.key, Slot: s.id, Exchange: m.exchange, Factors: v.me.factors,
		Answer: v.answer, Other: q.With[0], Third: q.With[1],
	}, d)
	m.spend(v)
	j := &job{event: e}
	m.attend(s, j)
	m.start(s, j)
}

// spend records the backup codes that opened this exchange; they are used up by it, and not by looking.
func (m *Machine) spend(v *visit) {
	people := append([]person{v.me}, v.with...)
	if v.next != nil {
		people = append(people, *v.next)
	}
	for _, p := range people {
		if p.backup == 0 {
			continue
		}
		e := smartbox.Event{Kind: smartbox.BackupUsed, User: p.user.ID, Cred: p.backup, Factors: p.factors}
		m.known(&e)
		m.record(e, nil)
	}
}

// refuse records a refusal of somebody known, and says why.
func (m *Machine) refuse(q smartbox.Question, d smartbox.Decision) {
	m.refused(q, d)
	lines := m.reasonLines(d.Reason)
	if d.Reason == smartbox.BoxFull || (d.Reason == smartbox.KeyBlocked && q.Action == smartbox.Dropoff) {
		if to := m.view.Box().GoTo; to != "" {
			lines = m.text(MsgGoTo, m.reasonText(d.Reason), to)
		}
	}
	m.say(lines)
}

func (m *Machine) refused(q smartbox.Question, d smartbox.Decision) {
	m.emit(Explained{q, d})
	e := decided(smartbox.Event{
		Kind: smartbox.AccessRefused, User: q.User, Key: q.Key, Factors: q.Factors, Other: q.With[0], Third: q.With[1],
	}, d)
	e.Due = 0
	m.record(e, nil)
	m.play(device.SoundBad)
}

// returnFob takes a key back whose own fob was tapped, whoever brings it.
func (m *Machine) returnFob(k smartbox.KeyID) {
	m.leave()
	v := &visit{action: smartbox.Dropoff, key: k, me: person{factors: smartbox.ByFob}}
	if c := m.book.Where(m.view, k); c.Place == smartbox.WithUser {
		v.me.user, _ = m.view.User(c.User)
		v.me.user.ID = c.User // even if the box does not know her any more
	}
	m.panel = panel{visit: v, lang: v.me.user.Language}
	m.attempt()
}

// moving reports whether the key is in an exchange that has not ended yet.
func (m *Machine) moving(k smartbox.KeyID) bool {
	for _, s := range m.slots {
		if s.job != nil && s.job.event.Key == k && k != 0 {
			return true
		}
	}
	return false
}

// slotOf is the slot that holds the key, if it can be opened now.
func (m *Machine) slotOf(k smartbox.KeyID) (*slot, smartbox.Reason) {
	s := m.byID[m.book.Where(m.view, k).Slot]
	switch {
	case s == nil || s.lockDown:
		return nil, smartbox.SlotDown
	case s.phase != resting || s.checking:
		return nil, smartbox.SlotBusy
	default:
		return s, 0
	}
}

// seatFor is the slot for a return: the key's own, else the free one with the lowest number. It never opens a
// slot that has something in it, by the book or by its sensor: a copied fob must not open a door to a key.
func (m *Machine) seatFor(k smartbox.KeyID) *slot {
	owner := map[smartbox.SlotID]smartbox.KeyID{}
	for _, id := range m.view.Keys() {
		if key, ok := m.view.Key(id); ok && key.Home != 0 {
			owner[key.Home] = id
		}
	}
	key, _ := m.view.Key(k)
	if s := m.byID[key.Home]; s != nil && m.free(s, k) {
		return s
	}
	var second *slot
	for _, x := range m.view.Slots() {
		s := m.byID[x.ID]
		if s == nil || !m.free(s, k) || (owner[x.ID] != 0 && owner[x.ID] != k) {
			continue
		}
		if !s.jammed && !s.open {
			return s
		}
		if second == nil {
			second = s
		}
	}
	return second
}

func (m *Machine) free(s *slot, k smartbox.KeyID) bool {
	if s.phase != resting || s.checking || s.lockDown || m.retired(s) {
		return false
	}
	if _, cut := m.book.Open[s.id]; cut {
		return false
	}
	if s.senses() {
		in := m.occupant(s.id)
		return !s.there && (in == 0 || in == k)
	}
	return m.occupant(s.id) == 0
}

func (m *Machine) keyName(k smartbox.KeyID) string {
	if m.view != nil {
		if key, ok := m.view.Key(k); ok && key.Name != "" {
			return key.Name
		}
	}
	return k.String()
}
