package session

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"smartbox"
	"smartbox/device"
)

// draw brings the display and the lamps in line with the state: the one place that shows anything.
func (m *Machine) draw() {
	lines := m.lines()
	if !slices.Equal(lines, m.shown) {
		m.shown = lines
		m.emit(Show{Lines: slices.Clone(lines)})
	}
	for _, s := range m.slots {
		if l := m.lamp(s); l != s.lamp {
			s.lamp = l
			m.emit(Lamp{Slot: s.id, Light: l})
		}
	}
}

func (m *Machine) lamp(s *slot) device.Light {
	switch {
	case s.forced || s.jammed:
		return device.LightAlarm
	case s.long:
		return device.LightBlink
	}
	switch s.phase {
	case queued, unlocking, unlocked, stuck, open:
		return device.LightOn
	case resting, authorised, settling, ending:
		return device.LightOff
	default:
		return device.LightOff
	}
}

// words is the catalogue of the person at the panel, else of the box.
func (m *Machine) words() Catalogue {
	lang := m.panel.lang
	if lang == "" && m.view != nil {
		lang = m.view.Box().Language
	}
	return Words(lang)
}

func (m *Machine) text(id Msg, args ...any) []string { return m.words().Text(id, args...) }

func (m *Machine) reasonLines(r smartbox.Reason) []string { return m.words().Reason(r) }

// reasonText is the reason's first line.
func (m *Machine) reasonText(r smartbox.Reason) string { return m.reasonLines(r)[0] }

func (m *Machine) lockMinutes() int64 {
	return int64((m.lockLeft() + time.Minute - 1) / time.Minute)
}

func (m *Machine) lines() []string {
	p := &m.panel
	switch p.screen {
	case entering:
		return append(m.text(MsgCode), stars(p.digits))
	case choosing:
		return m.choiceLines(p.visit)
	case prompting:
		return m.promptLines(p)
	case serving:
		if p.hint != nil {
			return p.hint
		}
		toggle := MsgServiceOn
		if m.book.Service {
			toggle = MsgServiceOff
		}
		return slices.Concat(m.text(MsgService), m.text(toggle), m.text(MsgOpenSlot), m.text(MsgReleaseAll))
	case attending:
		return m.attendLines(p)
	case messaging:
		return p.lines
	case idle:
		return m.idleLines()
	default:
		return m.idleLines()
	}
}

// stars stand for digits; how many were typed may be seen, which is what a person wants to know.
func stars(digits []byte) string { return strings.Repeat("*", len(digits)) }

func (m *Machine) idleLines() []string {
	if m.view == nil {
		return m.text(MsgStarting)
	}
	box := m.view.Box()
	name := fit(box.Name)
	for _, s := range m.slots {
		if s.long || s.forced {
			return slices.Concat([]string{name}, m.text(MsgIdle), m.text(MsgCloseDoor, m.number(s)))
		}
	}
	switch {
	case m.book.Service:
		return slices.Concat([]string{name}, m.text(MsgMaintenance))
	case m.lockLeft() > 0:
		return slices.Concat([]string{name}, m.text(MsgLocked, m.lockMinutes()))
	case m.power() == smartbox.PowerLow && !box.Policy.PickupsOnBattery, m.broken && !box.Policy.AllowUnrecorded:
		return slices.Concat([]string{name}, m.text(MsgIdle), m.text(MsgReturnsOnly))
	default:
		return slices.Concat([]string{name}, m.text(MsgIdle))
	}
}

func (m *Machine) choiceLines(v *visit) []string {
	title, several := MsgChoose, len(v.options) > listRows
	switch {
	case several && m.serves(v):
		title = MsgMoreService
	case m.serves(v):
		title = MsgServiceHint
	case several:
		title = MsgMore
	}
	lines := m.text(title)
	if len(v.options) == 0 {
		return append(lines, m.reasonLines(smartbox.NothingToDo)...)
	}
	from := v.page * listRows
	for i := from; i < min(from+listRows, len(v.options)); i++ {
		o := v.options[i]
		id := MsgPickup
		switch o.action {
		case smartbox.Dropoff:
			id = MsgReturn
		case smartbox.Receive:
			id = MsgHandOver
		case smartbox.Pickup:
		}
		number := fmt.Sprintf("%d ", i+1)
		if len(v.options) > 9 {
			number = fmt.Sprintf("%02d ", i+1)
		}
		lines = append(lines, fit(number+m.text(id, m.keyName(o.key))[0]))
	}
	return lines
}

func (m *Machine) promptLines(p *panel) []string {
	v := p.visit
	var lines []string
	switch v.ask {
	case askCode:
		lines = m.text(MsgOwnCode)
	case askActivation:
		lines = m.text(MsgActivate)
	case askBadge:
		lines = m.text(MsgBadge)
	case askPerson:
		id := MsgSecondPerson
		if len(v.with) > 0 {
			id = MsgThirdPerson
		}
		lines = m.text(id)
	case askReceiver:
		lines = m.text(MsgReceiver)
	case askReason:
		return m.reasonChoices(v)
	case askNote:
		lines = m.text(MsgNote)
	case askSlot:
		lines = m.text(MsgSlotNumber)
	case askRelease:
		lines = m.text(MsgReleaseCode)
	}
	if p.hint != nil {
		return fitAll(append(lines, p.hint...))
	}
	typed := stars(p.digits)
	if v.ask == askNote || v.ask == askSlot { // no secret, and easily mistyped
		typed = string(p.digits)
	}
	return append(lines, typed)
}

func (m *Machine) reasonChoices(v *visit) []string {
	lines := m.text(MsgReason)
	reasons := m.view.Box().Reasons
	from := min(v.page*listRows, len(reasons))
	for _, r := range reasons[from:min(from+listRows, len(reasons))] {
		lines = append(lines, fit(fmt.Sprintf("%d %s", r.Number, r.Text)))
	}
	return lines
}

func (m *Machine) attendLines(p *panel) []string {
	s, n := p.slot, m.number(p.slot)
	switch {
	case s.job != p.job || s.phase == authorised:
		return m.text(MsgWait)
	case s.phase == stuck:
		return m.text(MsgDoorStuck, n)
	case p.job.event.Kind == smartbox.PickupAuthorised:
		return m.text(MsgTakeFrom, n, p.name)
	case p.job.event.Kind == smartbox.DropoffAuthorised:
		return m.text(MsgPutInto, n, p.name)
	default:
		return m.text(MsgOpenDoor, n)
	}
}
