package smartbox

import "time"

// Slot is one lockable compartment of a box.
type Slot struct {
	ID      SlotID
	Number  uint16 // printed on the door and said on the display; 1 or more
	Retired bool   // out of service by an administrator's word
}

// Location is a place with a time zone.
type Location struct {
	ID       LocationID
	Name     string
	Zone     string    // IANA name, such as "Europe/Berlin"
	Holidays []Holiday // ascending by date, no doubles
}

// Holiday is one whole day at a location.
type Holiday struct {
	Date Date
	Name string
}

// Box is a cabinet and its policies.
type Box struct {
	ID       BoxID
	Name     string
	Location LocationID
	Language string // of the display when nobody is identified; "" = "en"
	NeedPIN  bool   // badge and access code for every key
	GoTo     string // where to take a key that this box cannot accept, for the display; at most 20 characters
	Policy   BoxPolicy
	Reasons  []PickupReason // ascending by number
}

// PickupReason is one answer to AskReason.
type PickupReason struct {
	Number uint8 // 1 to 9, typed at the panel
	Text   string
}

// BoxPolicy are the choices that the rules leave to the owner of a box. The zero value is the
// careful default of each.
type BoxPolicy struct {
	AllowUnrecorded     bool          // a broken record lets pickups through with an alarm, rather than refusing them
	AllowUntrustedClock bool          // grants with schedules hold although the time is not trusted
	PickupsOnBattery    bool          // low battery does not stop pickups
	DoorOpenLimit       time.Duration // a door open longer raises the alarm; 0 = 60 s
}

// DefaultDoorOpenLimit is how long a door may stand open when the box does not say.
const DefaultDoorOpenLimit = 60 * time.Second
