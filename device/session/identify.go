package session

import (
	"time"

	"smartbox"
	"smartbox/device"
)

// identity is whom a code or a badge means. The zero value is nobody.
type identity struct {
	cred    smartbox.Credential
	user    smartbox.User
	factors smartbox.Factors
}

func (id identity) known() bool { return id.user.ID != 0 }

func (id identity) person() person {
	p := person{user: id.user, factors: id.factors}
	switch id.cred.Kind {
	case smartbox.UserBadge:
		p.badge = id.cred.Number
	case smartbox.BackupCode:
		p.backup = id.cred.Number
	case smartbox.AccessCode, smartbox.KeyFob:
	}
	return p
}

// byCode finds whose code it is. The duress neighbour is looked up in every case, so that right, wrong and
// duress take the same path.
func (m *Machine) byCode(digits []byte) (id identity) {
	code := smartbox.Code(digits)
	cred, ok := m.view.Identify(code.Canonical())
	calm, under := m.view.Identify(code.Calm().Canonical())
	switch {
	case ok && cred.Kind == smartbox.AccessCode:
		id.factors = smartbox.ByCode
	case ok && cred.Kind == smartbox.BackupCode:
		id.factors = smartbox.ByBackup
	case !ok && under && calm.Kind == smartbox.AccessCode:
		cred, id.factors = calm, smartbox.ByCode|smartbox.ByDuress
	default:
		return identity{}
	}
	id.cred = cred
	id.user, _ = m.view.User(cred.User)
	return id
}

// submitCode takes a code of somebody new.
func (m *Machine) submitCode(digits []byte) {
	if m.view == nil {
		m.notReady()
		return
	}
	id := m.byCode(digits)
	if !id.known() {
		m.unknown(smartbox.UnknownCode)
		m.say(m.reasonLines(smartbox.UnknownCode))
		return
	}
	m.welcome(id)
}

// unknown records a code or badge that nobody has; the caller shows it.
func (m *Machine) unknown(r smartbox.Reason) {
	e := smartbox.Event{Kind: smartbox.AccessUnknown, Reason: r, Rule: smartbox.Rule{Kind: smartbox.RuleCredential}}
	m.known(&e)
	m.record(e, nil)
	if r == smartbox.UnknownCode {
		m.wrongCode()
	}
	m.play(device.SoundBad)
}

func (m *Machine) notReady() {
	m.record(smartbox.Event{Kind: smartbox.AccessRefused, Reason: smartbox.NotReady, Age: -1}, nil)
	m.play(device.SoundBad)
	m.say(m.reasonLines(smartbox.NotReady))
}

// noted does what follows from a right credential, whatever is decided next.
func (m *Machine) noted(id identity) {
	if id.factors.Has(smartbox.ByCode) {
		m.rightCode()
	}
	if id.factors.Has(smartbox.ByDuress) {
		e := smartbox.Event{Kind: smartbox.DuressRaised, User: id.user.ID, Factors: id.factors}
		m.known(&e)
		m.record(e, nil)
	}
}

// welcome begins the visit of somebody who identified herself.
func (m *Machine) welcome(id identity) {
	m.leave()
	m.noted(id)
	m.panel = panel{visit: &visit{me: id.person()}, lang: id.user.Language}
	switch r := smartbox.Admit(id.cred, id.user, m.book, m.now); r { //nolint:exhaustive // the rest refuses
	case smartbox.Granted:
		m.offer()
	case smartbox.BadgeNotActive:
		m.prompt(askActivation)
	default:
		m.refuse(m.credentialQuestion(id), m.because(r, smartbox.RuleCredential, uint64(id.cred.Number)))
	}
}

func (m *Machine) credentialQuestion(id identity) smartbox.Question {
	return smartbox.Question{
		User: id.user.ID, Factors: id.factors, Moment: m.now, Power: m.power(), Record: !m.broken,
	}
}

// because is a refusal that the machine finds by itself.
func (m *Machine) because(r smartbox.Reason, k smartbox.RuleKind, ref uint64) smartbox.Decision {
	var e smartbox.Event
	m.known(&e)
	d := smartbox.Decision{Reason: r, Rule: smartbox.Rule{Kind: k, Ref: ref}, Revision: e.Revision, Age: -1}
	if e.Age >= 0 {
		d.Age = time.Duration(e.Age) * time.Millisecond
	}
	return d
}

// tapped takes a badge or a fob.
func (m *Machine) tapped(b smartbox.Badge) {
	if m.view == nil {
		m.notReady()
		return
	}
	cred, ok := m.view.Identify(b.Canonical())
	id := identity{cred: cred, factors: smartbox.ByBadge}
	if ok && cred.Kind == smartbox.UserBadge {
		id.user, _ = m.view.User(cred.User)
	}
	p := &m.panel
	p.hint = nil
	switch {
	case ok && cred.Kind == smartbox.KeyFob:
		m.returnFob(cred.Key)
	case p.screen == prompting && m.promptTap(id):
	case !id.known():
		m.leave()
		m.unknown(smartbox.UnknownBadge)
		m.say(m.reasonLines(smartbox.UnknownBadge))
	case p.visit != nil && p.visit.me.user.ID == id.user.ID && p.visit.me.badge == id.cred.Number:
		m.stay() // her own badge once more
	default:
		m.welcome(id)
	}
}
