package session

import (
	"slices"

	"smartbox"
	"smartbox/device"
)

// power is what feeds the box, as decisions ask for it.
func (m *Machine) power() smartbox.Power {
	switch {
	case m.onBattery && m.lowPower:
		return smartbox.PowerLow
	case m.onBattery:
		return smartbox.PowerBattery
	default:
		return smartbox.PowerMains
	}
}

func (m *Machine) supply(e device.Supply) {
	if m.onBattery == e.Mains {
		m.onBattery = !e.Mains
		kind := smartbox.MainsBack
		if m.onBattery {
			kind = smartbox.MainsLost
		}
		m.record(smartbox.Event{Kind: kind, Count: uint32(e.Percent)}, nil)
	}
	if m.lowPower != e.Low {
		m.lowPower = e.Low
		kind := smartbox.BatteryGood
		if e.Low {
			kind = smartbox.BatteryLow
		}
		m.record(smartbox.Event{Kind: kind, Count: uint32(e.Percent)}, nil)
	}
}

func (m *Machine) tamper(isOpen bool) {
	if m.tampered == isOpen {
		return
	}
	m.tampered = isOpen
	kind := smartbox.TamperClosed
	if isOpen {
		kind = smartbox.TamperOpened
	}
	m.record(smartbox.Event{Kind: kind}, nil)
	m.sirens()
}

// sirens starts or ends the alarm: for a forced door, and for an opened cabinet outside maintenance.
func (m *Machine) sirens() {
	want := m.tampered && !m.book.Service
	for _, s := range m.slots {
		want = want || s.forced
	}
	switch {
	case want && !m.alarm:
		m.alarm = true
		m.emit(Sound{device.SoundAlarm})
	case !want && m.alarm:
		m.alarm = false
		m.emit(Sound{device.Silence})
	}
}

// health takes the word of a part that it failed or works again. Locks that are dead take their slots out
// of service; sensors that are dead make theirs slots without sensors.
func (m *Machine) health(h device.Health) {
	name := h.Part.String() + " " + h.Name
	if _, was := m.down[name]; was != (h.Err != nil) {
		e := smartbox.Event{Kind: smartbox.PartUp, Part: h.Part, Count: uint32(max(0, h.After.Seconds()))}
		if h.Err != nil {
			e.Kind = smartbox.PartDown
			m.down[name] = h.Part
		} else {
			delete(m.down, name)
		}
		if len(h.Slots) == 1 {
			e.Slot = h.Slots[0]
		}
		m.record(e, nil)
	}
	for _, s := range m.slots {
		if len(h.Slots) > 0 && !slices.Contains(h.Slots, s.id) {
			continue
		}
		switch h.Part { //nolint:exhaustive // the other parts serve no slot
		case smartbox.PartLocks:
			s.lockDown = h.Err != nil
		case smartbox.PartSensors:
			m.sensors(s, h.Err == nil)
		}
	}
}

// sensors: what was known is not known any more when they fail; they report anew when they are back.
func (m *Machine) sensors(s *slot, work bool) {
	if s.sensorDown != work {
		return
	}
	s.sensorDown = !work
	s.doorKnown, s.keyKnown, s.boltKnown = false, false, false
	s.boltBy = 0
	if work {
		return
	}
	if s.forced || s.long {
		s.forced, s.long = false, false
		m.sirens()
	}
	switch s.phase {
	case unlocked, open, settling: // nobody can see how it ends
		s.deadline = m.now.Uptime + m.times.Assume
	case resting:
		s.deadline = 0
	case authorised, queued, unlocking, stuck, ending:
	}
}
