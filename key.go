package smartbox

import "time"

// Key is what is exchanged.
type Key struct {
	ID       KeyID      `cbor:"1,keyasint,omitempty"`
	Name     string     `cbor:"2,keyasint,omitempty"`
	Location LocationID `cbor:"3,keyasint,omitempty"`
	Home     SlotID     `cbor:"4,keyasint,omitempty"` // its own slot where slots are fixed; none = any free slot
	Groups   []GroupID  `cbor:"5,keyasint,omitempty"` // ascending, no doubles
	Policy   KeyPolicy  `cbor:"6,keyasint,omitempty"`
	Blocked  bool       `cbor:"7,keyasint,omitempty"` // its fob is blocked: neither pickup nor dropoff; the display says where to go
}

// KeyPolicy is what a key demands of a pickup or a dropoff. A group's or the box's demand adds to it:
// the stricter holds.
type KeyPolicy struct {
	NeedPIN    bool          `cbor:"1,keyasint,omitempty"` // badge and access code, both
	People     uint8         `cbor:"2,keyasint,omitempty"` // how many different people, 0 and 1 = one; at most 3
	AskPickup  Ask           `cbor:"3,keyasint,omitempty"` // what to ask before the door opens
	AskDropoff Ask           `cbor:"4,keyasint,omitempty"` // what to ask before the door opens for a return
	Staleness  time.Duration `cbor:"5,keyasint,omitempty"` // how old the box's knowledge may be for a pickup; 0 = DefaultStaleness
	DueAfter   time.Duration `cbor:"6,keyasint,omitempty"` // due back so long after the pickup; 0 = never, unless booked
}

// DefaultStaleness is the staleness budget of a key that names none.
const DefaultStaleness = 7 * 24 * time.Hour

// Ask is a question at the panel that is answered by a number.
type Ask uint8

// What can be asked.
const (
	AskNothing Ask = iota
	AskReason      // one of the box's numbered reasons
	AskNote        // a number such as the mileage, up to 8 digits
)

var askNames = [...]string{"nothing", "reason", "note"}

// String is the word of the snapshot files.
func (a Ask) String() string { return nameOf(askNames[:], a, "ask") }

// MarshalText is String.
func (a Ask) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (a *Ask) UnmarshalText(b []byte) error { return parseName(askNames[:], b, a, "question") }

// Group is a named set of keys; a key says itself which groups it is in.
type Group struct {
	ID         GroupID `cbor:"1,keyasint,omitempty"`
	Name       string  `cbor:"2,keyasint,omitempty"`
	NeedPIN    bool    `cbor:"3,keyasint,omitempty"`
	People     uint8   `cbor:"4,keyasint,omitempty"`
	MaxPerUser uint8   `cbor:"5,keyasint,omitempty"` // most keys of this group in one person's hands; 0 = no limit; 1 = they exclude each other
	MaxOut     uint8   `cbor:"6,keyasint,omitempty"` // most keys of this group out at once, whoever has them; 0 = no limit
}
