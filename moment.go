package smartbox

import (
	"fmt"
	"time"
)

// Stamp is a wall-clock time in milliseconds since 1970 UTC. 0 means "not set".
type Stamp int64

// StampOf cuts a time to milliseconds; the zero time gives the zero Stamp.
func StampOf(t time.Time) Stamp {
	if t.IsZero() {
		return 0
	}
	return Stamp(t.UnixMilli())
}

// Time is the stamp in UTC; the zero Stamp gives the zero time.
func (s Stamp) Time() time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(s)).UTC()
}

// String is RFC 3339 in UTC, "" for none.
func (s Stamp) String() string {
	if s == 0 {
		return ""
	}
	return s.Time().Format("2006-01-02T15:04:05.000Z07:00")
}

// Trust says how far the wall clock can be believed.
type Trust uint8

// Levels of trust, from none to full.
const (
	ClockUntrusted Trust = iota // no battery clock and not yet synced, or contradicted
	ClockRTC                    // set from a battery clock that was synced before
	ClockSynced                 // disciplined by a network or the cloud since this boot
)

var trustNames = [...]string{"untrusted", "rtc", "synced"}

// String is the word of the protocol: untrusted, rtc or synced.
func (t Trust) String() string { return nameOf(trustNames[:], t, "trust") }

// MarshalText is String.
func (t Trust) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Trust) UnmarshalText(b []byte) error { return parseName(trustNames[:], b, t, "clock trust") }

// Moment is one point in time as a box knows it. Timeouts count in Uptime, which never jumps;
// schedules and due times read Wall, which may.
type Moment struct {
	Uptime time.Duration // since the daemon's boot; never goes back
	Wall   time.Time     // in UTC; never before the last recorded time
	Trust  Trust         // of Wall
}

// Stamp is the wall time of the moment.
func (m Moment) Stamp() Stamp { return StampOf(m.Wall) }

// Add is the moment d later.
func (m Moment) Add(d time.Duration) Moment {
	return Moment{Uptime: m.Uptime + d, Wall: m.Wall.Add(d), Trust: m.Trust}
}

// nameOf and parseName give every enumeration of the domain the same text form.
func nameOf[E ~uint8](names []string, e E, kind string) string {
	if int(e) < len(names) && names[e] != "" {
		return names[e]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(e))
}

func parseName[E ~uint8](names []string, b []byte, to *E, kind string) error {
	for i, n := range names {
		if n == string(b) && n != "" {
			*to = E(i)
			return nil
		}
	}
	return &UnknownWordError{Kind: kind, Word: string(b), Known: names}
}

// UnknownWordError says that a word is not one of an enumeration.
type UnknownWordError struct {
	Kind  string   // what was read, such as "clock trust"
	Word  string   // what stood there
	Known []string // what could have
}

func (e *UnknownWordError) Error() string {
	return fmt.Sprintf("unknown %s %q: use one of %q", e.Kind, e.Word, e.Known)
}
