package smartbox

import (
	"errors"
	"fmt"
)

// MaxID is the greatest number of characters an ID can have.
const MaxID = 12

// ErrID says that a text is not an ID.
var ErrID = errors.New("not an id")

// ID names one thing of kind T: 1 to 12 characters out of a-z, 0-9 and '-', the first of them no '-'.
//
// The text is packed into 64 bits, so that an ID costs no pointer, compares in one instruction and
// orders as its text does. The zero ID means "none" and has the empty text. An ID is made once, by the
// cloud or by the person who writes a snapshot file, and is never used again for another thing.
type ID[T any] uint64

// The kinds of ID are distinct types: a key's id does not compile where a slot's is wanted.
type (
	// BoxID names a box.
	BoxID = ID[Box]
	// SlotID names a slot.
	SlotID = ID[Slot]
	// KeyID names a key.
	KeyID = ID[Key]
	// GroupID names a key group.
	GroupID = ID[Group]
	// UserID names a user.
	UserID = ID[User]
	// GrantID names a grant.
	GrantID = ID[Grant]
	// ScheduleID names a schedule.
	ScheduleID = ID[Schedule]
	// LocationID names a location.
	LocationID = ID[Location]
	// BookingID names a booking.
	BookingID = ID[Booking]
)

// idSymbols in the order of their bytes, so that packed ids order as texts do; 0 pads on the right.
const (
	idSymbols = "-0123456789abcdefghijklmnopqrstuvwxyz"
	idBase    = uint64(len(idSymbols) + 1)
)

// ParseID reads an id. The empty text is the zero ID. The error wraps ErrID.
func ParseID[T any](s string) (ID[T], error) {
	if len(s) > MaxID {
		return 0, fmt.Errorf("%w: %q has %d characters; use at most %d", ErrID, s, len(s), MaxID)
	}
	var n uint64
	for i := range MaxID {
		n *= idBase
		if i >= len(s) {
			continue
		}
		d := idDigit(s[i])
		if d == 0 || (i == 0 && s[i] == '-') {
			return 0, fmt.Errorf("%w: %q: use a-z, 0-9 and, not first, '-'", ErrID, s)
		}
		n += d
	}
	return ID[T](n), nil
}

// MustID is ParseID for texts known to be good, as in tests; it panics on a bad one.
func MustID[T any](s string) ID[T] {
	id, err := ParseID[T](s)
	if err != nil {
		panic(err)
	}
	return id
}

func idDigit(c byte) uint64 {
	switch {
	case c == '-':
		return 1
	case '0' <= c && c <= '9':
		return uint64(c-'0') + 2
	case 'a' <= c && c <= 'z':
		return uint64(c-'a') + 12
	default:
		return 0
	}
}

// Valid reports whether the number is the packing of some text, the empty one included.
func (id ID[T]) Valid() bool {
	n, ended, last := uint64(id), false, uint64(0)
	for range MaxID { // from the last character to the first
		last = n % idBase
		n /= idBase
		if last == 0 && ended {
			return false // a hole
		}
		ended = ended || last != 0
	}
	return n == 0 && last != 1 // '-' does not come first
}

// String is the id's text; "" for none.
func (id ID[T]) String() string {
	var b [MaxID]byte
	n, end := uint64(id), 0
	for i := MaxID - 1; i >= 0; i-- {
		d := n % idBase
		n /= idBase
		if d == 0 {
			continue
		}
		b[i] = idSymbols[d-1]
		end = max(end, i+1)
	}
	for i := range end { // a hole can only come from a number that is no id; make it visible
		if b[i] == 0 {
			b[i] = '?'
		}
	}
	return string(b[:end])
}

// MarshalText is String, for JSON and YAML.
func (id ID[T]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is ParseID.
func (id *ID[T]) UnmarshalText(b []byte) error {
	p, err := ParseID[T](string(b))
	if err != nil {
		return err
	}
	*id = p
	return nil
}
