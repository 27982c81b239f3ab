package session

import (
	"errors"
	"slices"
	"time"

	"smartbox"
)

// errLate says that the journal did not answer in time.
var errLate = errors.New("the journal did not answer in time")

// pending is a record that is not answered yet.
type pending struct {
	ticket   uint64
	event    smartbox.Event
	deadline time.Duration
	then     func(error) // runs once, after the event was applied to the book; may be nil
}

// record asks for an event to be made durable. It fills in what every event carries. then runs when the
// answer is there, or is overdue.
func (m *Machine) record(e smartbox.Event, then func(error)) uint64 {
	e.Boot, e.Uptime = m.cfg.Boot, m.now.Uptime.Truncate(time.Millisecond)
	e.At, e.Trust = m.now.Stamp(), m.now.Trust
	m.ticket++
	m.pending = append(m.pending, pending{m.ticket, e, m.now.Uptime + m.patience(), then})
	m.emit(Record{Ticket: m.ticket, Event: e})
	return m.ticket
}

// patience is how long an answer may take: less once the journal is known not to work, so that a hung disk
// does not keep each return waiting anew.
func (m *Machine) patience() time.Duration {
	if m.broken {
		return m.times.Record / 5
	}
	return m.times.Record
}

// waitsFor reports whether such an event about the key or the user is being recorded.
func (m *Machine) waitsFor(k smartbox.EventKind, key smartbox.KeyID, user smartbox.UserID) bool {
	return slices.ContainsFunc(m.pending, func(p pending) bool {
		return p.event.Kind == k && p.event.Key == key && p.event.User == user
	})
}

// recorded takes an answer. One that comes after its deadline, or for an event that was held back and is
// now written, only says that the journal works again.
func (m *Machine) recorded(in Recorded) {
	for i, p := range m.pending {
		if p.ticket == in.Ticket {
			m.pending = append(m.pending[:i:i], m.pending[i+1:]...)
			m.settle(p, in.Seq, in.Err)
			return
		}
	}
	if in.Err == nil && in.Ticket != 0 && in.Ticket <= m.ticket {
		m.book.LastSeq = max(m.book.LastSeq, in.Seq)
		m.recording(true)
	}
}

// settle folds the event into the book, whether it is durable or held back: what happened has happened.
func (m *Machine) settle(p pending, seq uint64, err error) {
	if err == nil {
		p.event.Seq = seq
	}
	m.book.Apply(p.event)
	m.seated = false
	m.scanDue()
	m.recording(err == nil)
	if p.then != nil && !m.ended {
		p.then(err)
	}
}

// expireRecords gives up waiting. The events stay with the caller, who writes them once it can.
func (m *Machine) expireRecords() {
	for len(m.pending) > 0 && past(m.pending[0].deadline, m.now) {
		p := m.pending[0]
		m.pending = m.pending[1:]
		m.settle(p, 0, errLate)
	}
}

// recording notes whether the journal takes events. Both turns are on record, the first once it can be.
func (m *Machine) recording(works bool) {
	if m.broken != works {
		return
	}
	m.broken = !works
	if m.ended {
		return
	}
	if m.broken {
		for i := range m.pending { // the oldest stays the first to expire
			m.pending[i].deadline = min(m.pending[i].deadline, m.now.Uptime+m.patience())
		}
		m.record(smartbox.Event{Kind: smartbox.RecordBroken, Part: smartbox.PartJournal, Count: m.held}, nil)
		return
	}
	m.record(smartbox.Event{Kind: smartbox.RecordMended, Part: smartbox.PartJournal, Count: m.held}, nil)
	m.held = 0
}

// unrecorded reports whether the owner lets pickups through without a record.
func (m *Machine) unrecorded() bool { return m.view != nil && m.view.Box().Policy.AllowUnrecorded }

// decided copies what an event says of the decision behind it.
func decided(e smartbox.Event, d smartbox.Decision) smartbox.Event {
	e.Reason, e.Rule, e.Revision, e.Due = d.Reason, d.Rule, d.Revision, d.Due
	e.Age = ageStamp(d.Age)
	return e
}

// ageStamp is an age as events carry it: milliseconds, -1 = not known.
func ageStamp(d time.Duration) smartbox.Stamp {
	if d < 0 {
		return -1
	}
	return smartbox.Stamp(d.Milliseconds())
}

// Unanswered is how many records wait for their Recorded.
func (m *Machine) Unanswered() int { return len(m.pending) }
