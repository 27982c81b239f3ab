package smartbox

import "time"

// Slot is one lockable compartment of a box.
type Slot struct {
	ID      SlotID `cbor:"1,keyasint,omitempty"`
	Number  uint16 `cbor:"2,keyasint,omitempty"` // printed on the door and said on the display; 1 or more
	Retired bool   `cbor:"3,keyasint,omitempty"` // out of service by an administrator's word
}

// Location is a place with a time zone.
type Location struct {
	ID       LocationID `cbor:"1,keyasint,omitempty"`
	Name     string     `cbor:"2,keyasint,omitempty"`
	Zone     string     `cbor:"3,keyasint,omitempty"` // IANA name, such as "Europe/Berlin"
	Holidays []Holiday  `cbor:"4,keyasint,omitempty"` // ascending by date, no doubles
}

// Holiday is one whole day at a location.
type Holiday struct {
	Date Date   `cbor:"1,keyasint,omitempty"`
	Name string `cbor:"2,keyasint,omitempty"`
}

// Box is a cabinet and its policies.
type Box struct {
	ID       BoxID          `cbor:"1,keyasint,omitempty"`
	Name     string         `cbor:"2,keyasint,omitempty"`
	Location LocationID     `cbor:"3,keyasint,omitempty"`
	Language string         `cbor:"4,keyasint,omitempty"` // of the display when nobody is identified; "" = "en"
	NeedPIN  bool           `cbor:"5,keyasint,omitempty"` // badge and access code for every key
	GoTo     string         `cbor:"6,keyasint,omitempty"` // where to take a key that this box cannot accept, for the display; at most 20 characters
	Policy   BoxPolicy      `cbor:"7,keyasint,omitempty"`
	Reasons  []PickupReason `cbor:"8,keyasint,omitempty"` // ascending by number
}

// PickupReason is one answer to AskReason.
type PickupReason struct {
	Number uint8  `cbor:"1,keyasint,omitempty"` // 1 to 9, typed at the panel
	Text   string `cbor:"2,keyasint,omitempty"`
}

// BoxPolicy are the choices that the rules leave to the owner of a box. The zero value is the
// careful default of each.
type BoxPolicy struct {
	AllowUnrecorded     bool          `cbor:"1,keyasint,omitempty"` // a broken record lets pickups through with an alarm, rather than refusing them
	AllowUntrustedClock bool          `cbor:"2,keyasint,omitempty"` // grants with schedules hold although the time is not trusted
	PickupsOnBattery    bool          `cbor:"3,keyasint,omitempty"` // low battery does not stop pickups
	DoorOpenLimit       time.Duration `cbor:"4,keyasint,omitempty"` // a door open longer raises the alarm; 0 = 60 s
}

// DefaultDoorOpenLimit is how long a door may stand open when the box does not say.
const DefaultDoorOpenLimit = 60 * time.Second
