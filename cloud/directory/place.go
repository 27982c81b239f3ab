package directory

import "smartbox"

// Location is a place with a time zone; it has boxes.
type Location struct {
	ID  smartbox.LocationID
	Org OrgID
	Meta
	Name string
	Zone string // IANA name, such as "Europe/Berlin"
}

// Holiday is one whole day at one location, or at all of the organization's.
type Holiday struct {
	ID  HolidayID
	Org OrgID
	Meta
	Location smartbox.LocationID // none = everywhere
	Date     smartbox.Date
	Name     string
}

// Box is a cabinet as its owners manage it. What it says of itself stands in BoxState.
type Box struct {
	ID  smartbox.BoxID
	Org OrgID
	Meta
	Name     string
	Location smartbox.LocationID
	Language string // "" = the organization's
	NeedPIN  bool
	GoTo     string // where to take a key that this box cannot accept; at most 20 characters
	Policy   smartbox.BoxPolicy
	Reasons  []smartbox.PickupReason
}

// Slot is one lockable compartment of a box.
type Slot struct {
	ID  smartbox.SlotID
	Org OrgID
	Meta
	Box     smartbox.BoxID
	Number  uint16 // printed on the door; unique in its box
	Retired bool
}

// Identity is how a box proves who it is. The zero Identity is a box that has not enrolled.
type Identity struct {
	Serial      string // of the certificate, hexadecimal
	Fingerprint string // SHA-256 of the certificate (DER), hexadecimal
	PublicKey   string // SHA-256 of the box's public key (SubjectPublicKeyInfo), hexadecimal
	Issued      smartbox.Stamp
	Expires     smartbox.Stamp
	Revoked     smartbox.Stamp // 0 = good
}
