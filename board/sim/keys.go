package sim

import (
	"slices"

	"smartbox"
)

// TakeKey takes the key out of an open slot into the hand, and returns its fob.
func (c *Cabinet) TakeKey(id smartbox.SlotID) (fob smartbox.Badge, err error) {
	err = c.with(id, func(s *slot) error {
		switch {
		case !s.open:
			return ErrShut
		case s.key == "":
			return ErrEmpty
		}
		fob, s.key = s.key, ""
		c.hand = append(c.hand, fob)
		return nil
	})
	return fob, err
}

// PutKey hangs a key that is in the hand into an open slot.
func (c *Cabinet) PutKey(id smartbox.SlotID, fob smartbox.Badge) error {
	return c.with(id, func(s *slot) error {
		i := slices.Index(c.hand, fob)
		switch {
		case !s.open:
			return ErrShut
		case s.key != "":
			return ErrFull
		case i < 0:
			return ErrNotHeld
		}
		s.key = fob
		c.hand = slices.Delete(c.hand, i, i+1)
		return nil
	})
}

// Bring puts a key into the hand that comes from elsewhere: one that was out at the start, or a strange one.
func (c *Cabinet) Bring(fob smartbox.Badge) error {
	return c.act(func() error {
		if !slices.Contains(c.hand, fob) {
			c.hand = append(c.hand, fob)
		}
		return nil
	})
}

// Smuggle puts a key on a slot's hook, or takes it off where fob is "", whatever the door says: a hand through the back
// of the cabinet, or a sensor that errs.
func (c *Cabinet) Smuggle(id smartbox.SlotID, fob smartbox.Badge) error {
	return c.with(id, func(s *slot) error {
		s.key = fob
		return nil
	})
}

// Hand are the keys in the hand, in the order they were taken.
func (c *Cabinet) Hand() []smartbox.Badge {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.hand)
}

// KeyIn is the fob of the key that hangs in a slot, "" for none.
func (c *Cabinet) KeyIn(id smartbox.SlotID) smartbox.Badge {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.index[id]; ok {
		return s.key
	}
	return ""
}
