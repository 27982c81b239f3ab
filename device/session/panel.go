package session

import (
	"time"

	"smartbox"
	"smartbox/device"
)

// screen is what the panel is doing.
type screen uint8

const (
	idle      screen = iota
	entering         // somebody new types a code
	choosing         // among the things that she may do
	prompting        // visit.ask says what for
	serving          // the service menu
	attending        // her slot is at work; she may still be there
	messaging        // a message stands for a moment
)

// panel is the person at the panel, if any. The zero value is an idle one.
type panel struct {
	screen   screen
	deadline time.Duration
	visit    *visit // of choosing, prompting and serving, and of a message that waits for its record
	digits   []byte // typed so far; never shown
	hint     []string
	lines    []string // of messaging
	slot     *slot    // of attending
	job      *job
	lang     string
	name     string // of the key in hand
}

// visit is one person's way from identification to a decision.
type visit struct {
	me      person
	options []option
	page    int
	first   int // the first of two digits, plus one; 0 = none
	action  smartbox.Action
	key     smartbox.KeyID
	with    []person // further people who are accepted
	next    *person  // one who still identifies herself, or the receiver
	ask     prompt
	answer  uint32
	replied bool
}

// person is somebody who identified herself.
type person struct {
	user    smartbox.User
	factors smartbox.Factors
	badge   uint32 // Credential.Number of the badge; 0 = none
	backup  uint32 // of the backup code
}

// option is one thing that she may do.
type option struct {
	action smartbox.Action
	key    smartbox.KeyID
}

// target is the person whom a prompt is for.
func (v *visit) target() *person {
	if v.next != nil {
		return v.next
	}
	return &v.me
}

func (p *panel) busy() bool {
	switch p.screen {
	case entering, choosing, prompting, serving:
		return true
	case attending:
		return p.job != nil && p.slot.job == p.job
	case idle, messaging:
		return false
	default:
		return false
	}
}

// pressed takes a key of the keypad. Its sound is the same for each.
func (m *Machine) pressed(k rune) {
	if (k < '0' || k > '9') && k != '*' && k != '#' {
		return
	}
	m.play(device.SoundKey)
	m.panel.hint = nil
	switch m.panel.screen {
	case idle, messaging:
		m.typeFirst(k)
	case entering:
		m.typeCode(k)
	case choosing:
		m.choiceKey(k)
	case prompting:
		m.promptKey(k)
	case serving:
		m.serviceKey(k)
	case attending:
		m.attendKey(k)
	}
}

// typeFirst is the first key of somebody new.
func (m *Machine) typeFirst(k rune) {
	if k == '*' || k == '#' {
		m.panel = panel{}
		return
	}
	if m.lockLeft() > 0 {
		m.play(device.SoundBad)
		m.say(m.text(MsgLocked, m.lockMinutes()))
		return
	}
	m.panel = panel{screen: entering, digits: []byte{digit(k)}}
	m.stay()
}

// typeCode is a further key of a code. Digits beyond the longest code are dropped but one, so that what
// is too long stays wrong.
func (m *Machine) typeCode(k rune) {
	m.stay()
	switch k {
	case '*':
		m.panel = panel{}
	case '#':
		m.submitCode(m.panel.digits)
	default:
		m.enterDigit(k)
	}
}

// digit is the byte of a key that is known to be one of '0' to '9'.
func digit(k rune) byte { return "0123456789"[(k-'0')%10] }

func (m *Machine) enterDigit(k rune) {
	if p := &m.panel; len(p.digits) <= smartbox.MaxBackup {
		p.digits = append(p.digits, digit(k))
	}
}

// attendKey: she watches her slot, or has gone and somebody new begins.
func (m *Machine) attendKey(k rune) {
	p := &m.panel
	switch {
	case p.slot.job != p.job:
		m.typeFirst(k)
	case p.slot.phase == stuck && k == '#':
		p.deadline = 0
		m.try(p.slot)
	case p.slot.phase == stuck && k == '*':
		m.leave()
	case p.slot.phase == authorised || p.slot.phase == queued:
	case k == '*' || k == '#':
	default:
		m.leave()
		m.typeFirst(k)
	}
}

// leave clears the panel. An exchange that only waited for the person to try again ends.
func (m *Machine) leave() {
	p := m.panel
	m.panel = panel{}
	if p.screen == attending && p.slot.job == p.job && p.slot.phase == stuck {
		m.finish(p.slot, false, smartbox.DoorStayedShut, false)
	}
}

// stay gives the person at the panel her time anew.
func (m *Machine) stay() {
	limit := m.times.Panel
	if p := &m.panel; p.screen == prompting && (p.visit.ask == askPerson || p.visit.ask == askReceiver) {
		limit = m.times.Person
	}
	m.panel.deadline = m.now.Uptime + limit
}

// panelExpired: nobody acted in time.
func (m *Machine) panelExpired() { m.leave() }

// panelApplied: what the person was offered may not hold any more. Her choice is decided anew anyway; only
// a user who is gone has to leave.
func (m *Machine) panelApplied() {
	v := m.panel.visit
	if v == nil || v.me.user.ID == 0 {
		return
	}
	u, ok := m.view.User(v.me.user.ID)
	if !ok {
		m.leave()
		return
	}
	v.me.user = u
}

// say lets a message stand for a moment.
func (m *Machine) say(lines []string) {
	lang := m.panel.lang
	m.panel = panel{screen: messaging, lines: lines, deadline: m.now.Uptime + m.times.Message, lang: lang}
}

// attend lets the panel follow a slot.
func (m *Machine) attend(s *slot, j *job) {
	lang := m.panel.lang
	m.panel = panel{screen: attending, slot: s, job: j, lang: lang, name: m.keyName(j.event.Key)}
}

func (m *Machine) attends(s *slot) bool {
	return m.panel.screen == attending && m.panel.slot == s && m.panel.job == s.job
}

func (m *Machine) panelDoorOpened(s *slot) {
	if m.attends(s) {
		m.stay()
	}
}

func (m *Machine) panelStuck() {
	m.play(device.SoundBad)
	m.stay()
}

// panelEnded tells the person how it ended, if she is still there.
func (m *Machine) panelEnded(s *slot, j *job, done bool, why smartbox.Reason) {
	if m.panel.screen != attending || m.panel.job != j {
		return
	}
	name := m.panel.name
	switch {
	case done && j.event.Kind == smartbox.PickupAuthorised:
		m.say(m.text(MsgTaken, name))
	case done && j.event.Kind == smartbox.DropoffAuthorised:
		m.say(m.text(MsgReturned, name))
	case done:
		m.panel = panel{}
	case why == smartbox.Cancelled && j.event.Kind == smartbox.PickupAuthorised:
		m.say(m.text(MsgNotTaken, name))
	case why == smartbox.Cancelled:
		m.say(m.text(MsgNotReturned, name))
	case why == smartbox.SensorDisagrees:
		m.play(device.SoundBad)
		m.say(m.text(MsgWrongKey, m.number(s)))
	default:
		m.play(device.SoundBad)
		m.say(m.reasonLines(why))
	}
}

func (m *Machine) misread() {
	if m.panel.busy() && m.panel.screen != prompting {
		return
	}
	m.play(device.SoundBad)
	if m.panel.screen == prompting {
		m.panel.hint = m.text(MsgMisread)
		return
	}
	m.say(m.text(MsgMisread))
}
