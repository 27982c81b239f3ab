package session

// maxCoils is how many locks may be under current at once: the supply is laid out for two.
const maxCoils = 2

// enqueue lets the slot wait for a coil. Its authorisation is answered.
func (m *Machine) enqueue(s *slot) {
	s.phase, s.deadline = queued, 0
	m.queue = append(m.queue, s)
}

// pump gives current to the slots that waited longest.
func (m *Machine) pump() {
	for m.coils < maxCoils && len(m.queue) > 0 {
		s := m.queue[0]
		if s.coil { // the pulse before this one is not over: wait for it, out of turn for nobody
			return
		}
		m.queue = m.queue[1:]
		m.coils++
		s.coil, s.phase = true, unlocking
		m.emit(Unlock{Slot: s.id, Ticket: s.job.ticket})
	}
}

// unlocked takes the end of a pulse.
func (m *Machine) unlocked(in Unlocked) {
	s := m.byID[in.Slot]
	if s == nil || !s.coil {
		return
	}
	s.coil = false
	m.coils--
	if in.Err != nil {
		m.unlockFailed(s)
		return
	}
	s.lockDown = false
	m.released(s)
	switch {
	case s.phase != unlocking: // the door was quicker, and may be shut again
	case s.open && s.contact():
		m.opened(s)
	default:
		m.awaitDoor(s)
	}
}
