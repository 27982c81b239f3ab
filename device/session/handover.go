package session

import (
	"slices"

	"smartbox"
	"smartbox/device"
)

// handOver moves custody from hand to hand; no slot opens. The two are told once it is on record, for a power cut
// must not undo what the display confirmed. One that is held back counts too, as it does for a return: the sound says so.
func (m *Machine) handOver(v *visit, q smartbox.Question, d smartbox.Decision) {
	m.emit(Explained{q, d})
	m.exchange++
	e := decided(smartbox.Event{
		Kind: smartbox.HandedOver, User: v.me.user.ID, Other: v.next.user.ID, Key: v.key, Exchange: m.exchange,
		Factors: v.me.factors,
	}, d)
	m.spend(v)
	name := v.next.user.Name
	m.say(m.text(MsgWait))
	m.panel.visit, m.panel.deadline = v, m.now.Uptime+m.times.Record+m.times.Message
	m.record(e, func(err error) {
		if m.panel.screen != messaging || m.panel.visit != v { // somebody else is there by now
			return
		}
		sound := device.SoundGood
		if err != nil {
			sound = device.SoundAttention
		}
		m.play(sound)
		m.say(m.text(MsgHandedOver, m.keyName(v.key), name))
	})
}

// handing reports whether the key is in a handover that is not on record yet.
func (m *Machine) handing(k smartbox.KeyID) bool {
	return slices.ContainsFunc(m.pending, func(p pending) bool {
		return p.event.Kind == smartbox.HandedOver && p.event.Key == k
	})
}

// joined takes a further person, or the receiver of a handover. Whoever does not fit is refused by event and
// told so, and the prompt stays for another.
func (m *Machine) joined(id identity) {
	v := m.panel.visit
	if !id.known() {
		r := smartbox.UnknownCode
		if id.factors.Has(smartbox.ByBadge) {
			r = smartbox.UnknownBadge
		}
		m.unknown(r)
		m.again(r)
		return
	}
	m.noted(id)
	q := m.credentialQuestion(id)
	q.Action, q.Key = v.action, v.key
	if m.present(id.user.ID) {
		m.refused(q, m.because(smartbox.SamePerson, smartbox.RuleKey, uint64(v.key)))
		m.again(smartbox.SamePerson)
		return
	}
	r := smartbox.Admit(id.cred, id.user, m.book, m.now)
	if r != smartbox.Granted && r != smartbox.BadgeNotActive {
		m.refused(q, m.because(r, smartbox.RuleCredential, uint64(id.cred.Number)))
		m.again(r)
		return
	}
	p := id.person()
	v.next = &p
	if r == smartbox.BadgeNotActive {
		m.prompt(askActivation)
		return
	}
	m.vet()
}

func (m *Machine) present(u smartbox.UserID) bool {
	v := m.panel.visit
	for _, p := range v.with {
		if p.user.ID == u {
			return true
		}
	}
	return v.me.user.ID == u
}

// vet decides on the one who joined: each person is asked about for herself.
func (m *Machine) vet() {
	v := m.panel.visit
	if v.action == smartbox.Receive {
		m.attempt()
		return
	}
	q := m.ask(v, v.action, v.key)
	q.User, q.Factors, q.Answer = v.next.user.ID, v.next.factors, true
	q.With = [2]smartbox.UserID{v.me.user.ID}
	if len(v.with) > 0 {
		q.With[1] = v.with[0].user.ID
	}
	d := smartbox.Decide(m.view, m.book, q)
	switch {
	case d.Needs&smartbox.NeedCode != 0:
		m.prompt(askCode)
	case d.Needs&smartbox.NeedBadge != 0:
		m.prompt(askBadge)
	case d.Allowed || d.Needs != 0:
		m.emit(Explained{q, d})
		v.with = append(v.with, *v.next)
		v.next = nil
		m.attempt()
	default:
		v.next = nil
		m.refused(q, d)
		m.again(d.Reason)
	}
}

// again leaves the prompt for another person, with a word on why.
func (m *Machine) again(r smartbox.Reason) {
	if m.panel.screen != prompting { // the panel was locked for guessing meanwhile
		return
	}
	p := askPerson
	if m.panel.visit.action == smartbox.Receive {
		p = askReceiver
	}
	m.panel.visit.next = nil
	m.prompt(p)
	m.panel.hint = m.reasonLines(r)
}
