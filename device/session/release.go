package session

import (
	"slices"

	"smartbox"
	"smartbox/device"
)

// release is an emergency release under way: all slots, one after another, each on record before its lock moves.
type release struct {
	by      smartbox.Event // User or Actor
	rest    []*slot
	later   []*slot // in an exchange whose door is not open: not settled yet, or about to be unlocked
	current *slot
}

// confirmRelease is the second step at the panel: the access code was typed once more.
func (m *Machine) confirmRelease() {
	v := m.panel.visit
	e := smartbox.Event{User: v.me.user.ID, Factors: v.me.factors}
	if m.release == nil {
		m.releaseAll(e, 0)
	}
	m.say(m.text(MsgReleasing))
}

// releaseAll records the beginning; the first slot follows its answer.
func (m *Machine) releaseAll(by smartbox.Event, order uint64) {
	r := &release{by: by}
	m.release = r
	e := by
	e.Kind, e.Reason = smartbox.ReleaseBegun, smartbox.OwnerOrder
	m.known(&e)
	m.record(e, func(err error) {
		if m.release != r {
			return
		}
		why := smartbox.Granted
		if err != nil && !m.unrecorded() {
			why = smartbox.RecordFailed
		}
		if order != 0 {
			m.emit(Answered{ID: order, Reason: why})
		}
		if why == smartbox.Granted {
			r.rest = append(r.rest, m.slots...)
			m.play(device.SoundAttention)
		}
		m.releaseNext()
	})
}

// released goes on with the release once the pulse of its current slot is over, or will not come.
func (m *Machine) released(s *slot) {
	if m.release != nil && m.release.current == s {
		m.releaseNext()
	}
}

// rested lets a release come back to a slot that was not settled.
func (m *Machine) rested(s *slot) {
	r := m.release
	if r == nil {
		return
	}
	if i := slices.Index(r.later, s); i >= 0 {
		r.later = slices.Delete(r.later, i, i+1)
		r.rest = append(r.rest, s)
		if r.current == nil {
			m.releaseNext()
		}
	}
}

// sawOpen takes a slot whose door opened after all off the release's list.
func (m *Machine) sawOpen(s *slot) {
	r := m.release
	if r == nil {
		return
	}
	if i := slices.Index(r.later, s); i >= 0 {
		r.later = slices.Delete(r.later, i, i+1)
		if r.current == nil {
			m.releaseNext()
		}
	}
}

// awaits reports whether a release comes back to the slot once its exchange has ended.
func (r *release) awaits(s *slot) bool { return r != nil && slices.Contains(r.later, s) }

// releaseNext opens the next slot. One that is in an exchange opens for that; should it end with its door still shut,
// the release comes back to it.
func (m *Machine) releaseNext() {
	r := m.release
	r.current = nil
	for len(r.rest) > 0 {
		s := r.rest[0]
		r.rest = r.rest[1:]
		if s.phase == stuck { // it did not open for that, and may not be tried again
			m.finish(s, false, smartbox.DoorStayedShut, false)
		}
		if s.phase == open {
			continue
		}
		if s.phase != resting {
			r.later = append(r.later, s)
			continue
		}
		r.current = s
		e := r.by
		e.Kind = smartbox.ReleaseSlot
		m.start(s, m.openJob(s, e, 0))
		return
	}
	if len(r.later) > 0 {
		return
	}
	m.release = nil
	e := r.by
	e.Kind, e.Reason = smartbox.ReleaseEnded, smartbox.OwnerOrder
	m.record(e, nil)
}
