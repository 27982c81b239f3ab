package smartbox

import "time"

// Schedule says when a grant holds: weekly windows in the time zone of the key's location.
type Schedule struct {
	ID       ScheduleID  `cbor:"1,keyasint,omitempty"`
	Name     string      `cbor:"2,keyasint,omitempty"`
	Windows  []Window    `cbor:"3,keyasint,omitempty"`
	Holidays HolidayRule `cbor:"4,keyasint,omitempty"`
}

// Days is a set of weekdays; bit 0 is Sunday, as in time.Weekday.
type Days uint8

// Has reports whether the weekday is in the set.
func (d Days) Has(w time.Weekday) bool { return d&(1<<w) != 0 }

// Window is one time shift. From is inclusive, To exclusive, both by the wall clock of the place.
// A window with To <= From ends on the next day; From == To is a whole day of 24 hours by the clock.
// Days are the days on which it begins.
type Window struct {
	Days Days   `cbor:"1,keyasint,omitempty"`
	From Minute `cbor:"2,keyasint,omitempty"`
	To   Minute `cbor:"3,keyasint,omitempty"`
}

// Minute of a day, 0 to 1440.
type Minute uint16

// HolidayRule is what a schedule does on a holiday of the location. An overnight window belongs
// to the day on which it began.
type HolidayRule uint8

// The rules for holidays.
const (
	HolidaysClosed HolidayRule = iota // no window holds
	HolidaysAsUsual
	HolidaysOnly // the windows hold on holidays only
)

var holidayNames = [...]string{"closed", "as-usual", "only"}

// String is the word of the snapshot files.
func (h HolidayRule) String() string { return nameOf(holidayNames[:], h, "holiday rule") }

// MarshalText is String.
func (h HolidayRule) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *HolidayRule) UnmarshalText(b []byte) error {
	return parseName(holidayNames[:], b, h, "holiday rule")
}

// Date is a calendar day: year * 10000 + month * 100 + day. It orders as days do.
type Date uint32

// DateOf is the day of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(y*10000 + int(m)*100 + d) //nolint:gosec // a calendar day fits into 32 bits
}
