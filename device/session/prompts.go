package session

import (
	"strconv"

	"smartbox"
)

// prompt is what a person is asked for within her visit.
type prompt uint8

const (
	_             prompt = iota
	askCode              // the access code behind a badge
	askActivation        // the same, to activate a new badge
	askBadge             // the badge behind an access code
	askPerson            // a further person: code or badge
	askReceiver          // who takes a key over: code or badge
	askReason            // one of the numbered reasons
	askNote              // a number
	askSlot              // the number of a slot to open, in maintenance
	askRelease           // the access code once more, to release all
)

// maxNote is the most digits of a note.
const maxNote = 8

// prompt asks, and gives the person her time for it.
func (m *Machine) prompt(p prompt) {
	m.panel.screen, m.panel.visit.ask = prompting, p
	m.panel.digits, m.panel.hint = nil, nil
	m.stay()
}

// promptKey is a key while something is asked for: * clears, or backs out; # enters.
func (m *Machine) promptKey(k rune) {
	v, p := m.panel.visit, &m.panel
	m.stay()
	switch {
	case k == '*' && len(p.digits) > 0:
		p.digits = nil
	case k == '*':
		m.leave()
	case v.ask == askBadge:
	case v.ask == askReason:
		m.reasonKey(k)
	case k != '#':
		if v.ask != askNote || len(p.digits) < maxNote {
			m.enterDigit(k)
		}
	case len(p.digits) > 0:
		digits := p.digits
		p.digits = nil
		m.submitPrompt(digits)
	}
}

func (m *Machine) reasonKey(k rune) {
	v := m.panel.visit
	reasons := m.view.Box().Reasons
	if k == '#' {
		if pages := (len(reasons) + listRows - 1) / listRows; pages > 0 {
			v.page = (v.page + 1) % pages
		}
		return
	}
	for _, r := range reasons {
		if r.Number == digit(k)-'0' {
			v.answer, v.replied = uint32(r.Number), true
			m.attempt()
			return
		}
	}
}

// submitPrompt takes the digits that were asked for.
func (m *Machine) submitPrompt(digits []byte) {
	v := m.panel.visit
	switch v.ask {
	case askNote, askSlot:
		n, _ := strconv.ParseUint(string(digits[:min(len(digits), maxNote)]), 10, 32)
		if v.ask == askSlot {
			m.openByNumber(uint16(min(n, 1<<16-1)))
			return
		}
		v.answer, v.replied = uint32(n), true
		m.attempt()
	case askCode, askActivation, askRelease, askPerson, askReceiver:
		if m.lockLeft() > 0 {
			q := m.ask(v, v.action, v.key)
			m.refuse(q, m.because(smartbox.TooManyWrong, smartbox.RuleBox, uint64(m.view.Box().ID)))
			return
		}
		id := m.byCode(digits)
		if v.ask == askPerson || v.ask == askReceiver {
			m.joined(id)
			return
		}
		m.ownCode(id)
	case askBadge, askReason:
	}
}

// ownCode takes a code that must be the target's own.
func (m *Machine) ownCode(id identity) {
	v := m.panel.visit
	who := v.target()
	own := id.known() && id.user.ID == who.user.ID
	if v.ask != askCode { // a backup code activates no badge and releases nothing
		own = own && id.factors.Has(smartbox.ByCode)
	}
	if !own {
		m.wrongPIN(who.user.ID, who.factors)
		return
	}
	m.noted(id)
	if r := smartbox.Admit(id.cred, id.user, m.book, m.now); r != smartbox.Granted {
		m.refuse(m.credentialQuestion(id), m.because(r, smartbox.RuleCredential, uint64(id.cred.Number)))
		return
	}
	who.factors |= id.factors
	switch id.cred.Kind {
	case smartbox.BackupCode:
		who.backup = id.cred.Number
	case smartbox.AccessCode, smartbox.UserBadge, smartbox.KeyFob:
	}
	switch {
	case v.ask == askRelease:
		m.confirmRelease()
	case v.ask == askActivation:
		e := smartbox.Event{
			Kind: smartbox.BadgeActivated, User: who.user.ID, Cred: who.badge, Factors: who.factors,
		}
		m.known(&e)
		m.record(e, nil)
		if v.next == nil {
			m.offer()
			return
		}
		m.vet()
	case v.next != nil:
		m.vet()
	default:
		m.attempt()
	}
}

// promptTap takes a badge while something is asked for. It reports false where the tap begins a new visit.
func (m *Machine) promptTap(id identity) bool {
	v := m.panel.visit
	switch v.ask { //nolint:exhaustive // the rest asks for keys
	case askPerson, askReceiver:
		m.joined(id)
		return true
	case askBadge:
		who := v.target()
		if !id.known() || id.user.ID != who.user.ID {
			m.otherBadge(id, who)
			return true
		}
		r := smartbox.Admit(id.cred, id.user, m.book, m.now)
		if r == smartbox.BadgeNotActive && who.factors.Has(smartbox.ByCode) { // the code was typed just now
			e := smartbox.Event{
				Kind: smartbox.BadgeActivated, User: who.user.ID, Cred: id.cred.Number, Factors: who.factors | smartbox.ByBadge,
			}
			m.known(&e)
			m.record(e, nil)
			r = smartbox.Granted
		}
		if r != smartbox.Granted {
			m.refuse(m.credentialQuestion(id), m.because(r, smartbox.RuleCredential, uint64(id.cred.Number)))
			return true
		}
		who.factors |= smartbox.ByBadge
		who.badge = id.cred.Number
		if v.next != nil {
			m.vet()
		} else {
			m.attempt()
		}
		return true
	default:
		return false
	}
}

// otherBadge: a badge was asked for, and it is not hers.
func (m *Machine) otherBadge(id identity, who *person) {
	if !id.known() {
		m.unknown(smartbox.UnknownBadge)
		m.panel.hint = m.reasonLines(smartbox.UnknownBadge)
		return
	}
	q := m.ask(m.panel.visit, m.panel.visit.action, m.panel.visit.key)
	q.User, q.Factors = who.user.ID, who.factors
	m.refused(q, m.because(smartbox.NeedsBadge, smartbox.RuleCredential, uint64(id.cred.Number)))
	m.panel.hint = m.reasonLines(smartbox.NeedsBadge)
}
