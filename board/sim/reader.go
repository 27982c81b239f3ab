package sim

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smartbox"
	"smartbox/board"
	"smartbox/device/wiegand"
)

// tapTime is how long a person holds a badge to the reader.
const tapTime = 250 * time.Millisecond

// Tap brings a badge or a fob to the reader and takes it away again. It takes 250 ms with a PN532. The error is
// for a badge that this reader cannot read; it never holds the number.
func (c *Cabinet) Tap(b smartbox.Badge) error {
	c.tapping <- struct{}{}
	defer func() { <-c.tapping }()
	if err := c.HoldBadge(b); err != nil {
		return err
	}
	time.Sleep(tapTime)
	return c.LiftBadge(b)
}

// HoldBadge lays a badge on the reader and leaves it there. A Wiegand reader sends it once.
func (c *Cabinet) HoldBadge(b smartbox.Badge) error {
	send, err := c.badge(b)
	if err != nil {
		return err
	}
	if err := c.act(func() error { c.reader = append(c.reader, b); return nil }); err != nil {
		return err
	}
	send()
	return nil
}

// LiftBadge takes a badge off the reader.
func (c *Cabinet) LiftBadge(b smartbox.Badge) error {
	return c.act(func() error {
		i := slices.Index(c.reader, b)
		if i < 0 {
			return fmt.Errorf("badge: %w", ErrNotThere)
		}
		c.reader = slices.Delete(c.reader, i, i+1)
		if c.hw.pn532 != nil {
			uid, err := uidOf(b)
			if err != nil {
				return err
			}
			c.hw.pn532.Take(uid)
		}
		return nil
	})
}

// badge prepares to lay a badge on the reader.
func (c *Cabinet) badge(b smartbox.Badge) (send func(), err error) {
	switch c.profile.Reader.Kind {
	case board.ReaderPN532UART, board.ReaderPN532I2C:
		uid, err := uidOf(b)
		if err != nil {
			return nil, err
		}
		return func() { c.hw.pn532.Put(uid) }, nil
	case board.ReaderWiegand:
		n, err := numberOf(b)
		if err != nil {
			return nil, err
		}
		s := wiegand.Settings{}
		if c.profile.Reader.Reverse {
			s.Parity37 = wiegand.OddEven
		}
		bits, err := s.Encode(n)
		if err != nil {
			return nil, err
		}
		return func() { c.hw.wiegand.Send(bits.String()) }, nil
	case board.NoReader:
	}
	return nil, fmt.Errorf("reader: %w", ErrNotThere)
}

// Misread brings something to the reader that it notices and cannot read, and takes it away again: to a PN532 a card
// whose answer makes no sense, for 250 ms; over Wiegand half a frame.
func (c *Cabinet) Misread() error {
	c.tapping <- struct{}{}
	defer func() { <-c.tapping }()
	switch {
	case c.hw.wiegand != nil:
		return c.SendFrame(halfFrame)
	case c.hw.pn532 == nil:
		return fmt.Errorf("reader: %w", ErrNotThere)
	}
	if err := c.act(func() error { c.hw.pn532.Put(noUID()); return nil }); err != nil {
		return err
	}
	time.Sleep(tapTime)
	return c.act(func() error { c.hw.pn532.Take(noUID()); return nil })
}

// halfFrame is a Wiegand frame that broke off.
const halfFrame = "1010101"

// noUID is the UID of a card whose answer was garbled: ISO/IEC 14443-3 knows 4, 7 and 10 bytes.
func noUID() []byte { return []byte{1, 2, 3, 4, 5} }

// SendFrame sends raw bits over Wiegand, to try half a frame or a wrong parity: '0' and '1'.
func (c *Cabinet) SendFrame(bits string) error {
	if c.hw.wiegand == nil {
		return fmt.Errorf("wiegand reader: %w", ErrNotThere)
	}
	c.hw.wiegand.Send(bits)
	return nil
}

func uidOf(b smartbox.Badge) ([]byte, error) {
	hexed, ok := strings.CutPrefix(string(b), "uid:")
	uid, err := hex.DecodeString(hexed)
	if !ok || err != nil || (len(uid) != 4 && len(uid) != 7 && len(uid) != 10) {
		return nil, fmt.Errorf("sim: a PN532 reads cards with a UID of 4, 7 or 10 bytes, not %s", b)
	}
	return uid, nil
}

func numberOf(b smartbox.Badge) (wiegand.Number, error) {
	tech, rest, _ := strings.Cut(string(b), ":")
	facility, card, _ := strings.Cut(rest, "-")
	f, err1 := strconv.ParseUint(facility, 10, 32)
	n, err2 := strconv.ParseUint(card, 10, 32)
	kinds := map[string]smartbox.Technology{"w26": smartbox.Wiegand26, "w34": smartbox.Wiegand34, "w37": smartbox.Wiegand37}
	kind, ok := kinds[tech]
	if !ok || err1 != nil || err2 != nil {
		return wiegand.Number{}, fmt.Errorf("sim: a Wiegand reader reads badges such as w26:8-12345, not %s", b)
	}
	return wiegand.Number{Technology: kind, Facility: f, Card: n}, nil
}
