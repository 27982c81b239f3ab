package wiegand

import (
	"errors"
	"fmt"
	"math/bits"

	"smartbox"
)

// Errors of a frame. None holds the number.
var (
	// ErrLength says that a frame has a number of bits that no known format has.
	ErrLength = errors.New("wiegand: not a frame of 26, 34 or 37 bits")
	// ErrParity says that a frame's parity is wrong: bits were lost or read falsely, or the format is set wrongly.
	ErrParity = errors.New("wiegand: parity is wrong")
)

// Bits is a frame: the last N bits of V, the first one received on top.
type Bits struct {
	V uint64
	N int
}

// Parity37 is how the two parity bits of a 37 bit frame are made.
type Parity37 uint8

// The layouts of 37 bits.
const (
	EvenOdd Parity37 = iota // even over bits 2–19, odd over 19–36: H10304
	OddEven                 // a vendor's reversed one
)

// Settings say how a reader sends, where readers differ.
type Settings struct {
	Parity37        Parity37
	Inverted        bool // D0 and D1 are crossed, or the reader inverts: each bit is its opposite
	ReverseFacility bool // the facility's bits come lowest first
}

// layout of a format: a parity bit, facility, card, a parity bit. Each parity bit covers span data bits, the first
// from the front and the second from the back; they overlap where data bits are odd in number.
type layout struct {
	tech           smartbox.Technology
	facility, card int
	span           int
}

func layoutOf(n int) (layout, bool) {
	switch n {
	case 26:
		return layout{smartbox.Wiegand26, 8, 16, 12}, true
	case 34:
		return layout{smartbox.Wiegand34, 16, 16, 16}, true
	case 37:
		return layout{smartbox.Wiegand37, 16, 19, 18}, true
	}
	return layout{}, false
}

// Number is what a badge says.
type Number struct {
	Technology     smartbox.Technology
	Facility, Card uint64
}

// Badge is the number's canonical form.
func (n Number) Badge() smartbox.Badge {
	return smartbox.WiegandBadge(n.Technology, n.Facility, n.Card)
}

// String hides the number: it is personal data.
func (n Number) String() string { return n.Technology.String() + ":…" }

// Decode reads a frame. The error wraps ErrLength or ErrParity.
func (s Settings) Decode(b Bits) (Number, error) {
	l, ok := layoutOf(b.N)
	if !ok {
		return Number{}, fmt.Errorf("%w: it has %d", ErrLength, b.N)
	}
	v := b.V & (1<<b.N - 1)
	if s.Inverted {
		v ^= 1<<b.N - 1
	}
	data := v >> 1 & (1<<(b.N-2) - 1)
	first, last := s.parity(l, data)
	if v>>(b.N-1) != first || v&1 != last {
		return Number{}, fmt.Errorf("%w in a frame of %d bits", ErrParity, b.N)
	}
	facility := data >> l.card
	if s.ReverseFacility {
		facility = reverse(facility, l.facility)
	}
	return Number{Technology: l.tech, Facility: facility, Card: data & (1<<l.card - 1)}, nil
}

// ErrRange says that a number does not fit its format.
var ErrRange = errors.New("wiegand: number does not fit the format")

// Encode makes the frame of a number: what a reader with these settings sends. The error wraps ErrRange.
func (s Settings) Encode(n Number) (Bits, error) {
	size := map[smartbox.Technology]int{smartbox.Wiegand26: 26, smartbox.Wiegand34: 34, smartbox.Wiegand37: 37}[n.Technology]
	l, ok := layoutOf(size)
	if !ok || n.Facility >= 1<<l.facility || n.Card >= 1<<l.card {
		return Bits{}, fmt.Errorf("%w %s", ErrRange, n.Technology)
	}
	facility := n.Facility
	if s.ReverseFacility {
		facility = reverse(facility, l.facility)
	}
	data := facility<<l.card | n.Card
	first, last := s.parity(l, data)
	v := first<<(size-1) | data<<1 | last
	if s.Inverted {
		v ^= 1<<size - 1
	}
	return Bits{V: v, N: size}, nil
}

// parity is the two parity bits that belong to the data.
func (s Settings) parity(l layout, data uint64) (first, last uint64) {
	size := l.facility + l.card
	first = uint64(bits.OnesCount64(data>>(size-l.span)) & 1)
	last = uint64(bits.OnesCount64(data&(1<<l.span-1))&1) ^ 1
	if l.tech == smartbox.Wiegand37 && s.Parity37 == OddEven {
		return first ^ 1, last ^ 1
	}
	return first, last
}

// reverse turns the lowest n bits around.
func reverse(v uint64, n int) uint64 { return bits.Reverse64(v) >> (64 - n) }

// String is the bits as '0' and '1'; it is the number, so keep it out of logs.
func (b Bits) String() string {
	out := make([]byte, 0, 64)
	for i := b.N - 1; i >= 0; i-- {
		out = append(out, '0'+byte(b.V>>i&1))
	}
	return string(out)
}
