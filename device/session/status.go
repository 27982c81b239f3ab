package session

import (
	"time"

	"smartbox"
)

// Status is what local administration sees of a machine. It shares nothing with it and holds no
// codes, badges or names.
type Status struct {
	Box       smartbox.BoxID
	Boot      uint64
	Uptime    time.Duration
	Revision  smartbox.Revision
	Ready     bool // a snapshot is in force
	Busy      bool // a person is at the panel
	Service   bool
	Releasing bool
	Tampered  bool
	Power     smartbox.Power
	Recording bool          // the journal takes events
	Held      uint32        // events held back, by the last RecordHealth
	Locked    time.Duration // left of the lock for guessing; 0 = none
	Queue     int           // slots that wait for a free coil
	Down      []string      // names of the parts that do not answer, ascending
	Slots     []SlotStatus  // in the order of the wiring
}

// SlotStatus is one slot of Status.
type SlotStatus struct {
	Slot       smartbox.SlotID
	Number     uint16
	Phase      string // resting, authorised, queued, unlocking, unlocked, stuck, open, settling, ending
	Open       bool
	KeyKnown   bool // a key sensor tells Key
	KeyThere   bool
	Key        smartbox.KeyID // by the book
	Retired    bool
	LockDown   bool
	SensorDown bool
	Trouble    smartbox.DoorTrouble
	Exchange   uint64
}

// Status is a copy of what there is to see.
func (m *Machine) Status() Status {
	st := Status{
		Boot: m.cfg.Boot, Uptime: m.now.Uptime, Ready: m.view != nil, Busy: m.Busy(),
		Service: m.book.Service, Releasing: m.release != nil, Tampered: m.tampered, Power: m.power(),
		Recording: !m.broken, Held: m.held, Queue: len(m.queue), Locked: m.lockLeft(),
		Down: sortedKeys(m.down),
	}
	if m.view != nil {
		st.Revision, st.Box = m.view.Revision(), m.view.Box().ID
	}
	for _, s := range m.slots {
		x := SlotStatus{
			Slot: s.id, Number: m.number(s), Phase: s.phase.String(), Open: s.open, KeyKnown: s.senses(), KeyThere: s.there,
			Key: m.occupant(s.id), Retired: m.retired(s), LockDown: s.lockDown, SensorDown: s.sensorDown,
			Trouble: m.book.Doors[s.id],
		}
		if s.job != nil {
			x.Exchange = s.job.event.Exchange
		}
		st.Slots = append(st.Slots, x)
	}
	return st
}
