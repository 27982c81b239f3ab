package sim

import "smartbox"

// CutCoil cuts the wire from a slot's pin to its coil, or mends it. The pin is driven and read back as ever, and
// Pulses tells of it; the latch does not move.
func (c *Cabinet) CutCoil(id smartbox.SlotID, cut bool) error {
	return c.with(id, func(s *slot) error {
		s.cut = cut
		return nil
	})
}

// StickBolt holds what the sensor of a slot's bolt says, whatever door and latch do, or lets go of it: a bolt that
// was bent and does not come home behind its door, which can still be opened and shut.
func (c *Cabinet) StickBolt(id smartbox.SlotID, stuck bool) error {
	return c.with(id, func(s *slot) error {
		if stuck && !s.stuck {
			s.home = s.latched
		}
		s.stuck = stuck
		return nil
	})
}

// bolt reports whether the bolt is home.
func (s *slot) bolt() bool {
	if s.stuck {
		return s.home
	}
	return s.latched
}
