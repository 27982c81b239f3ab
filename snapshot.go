package smartbox

// Snapshot is one revision of all that a box needs to decide. Every list is ascending by ID
// (Credentials by Digest) without doubles; Normalize sorts, Validate checks.
type Snapshot struct {
	Revision    Revision     `cbor:"1,keyasint,omitempty"`
	IssuedAt    Stamp        `cbor:"2,keyasint,omitempty"` // when the cloud, or the maker of the file, said that this is how things are
	Box         Box          `cbor:"3,keyasint,omitempty"`
	Slots       []Slot       `cbor:"4,keyasint,omitempty"`
	Locations   []Location   `cbor:"5,keyasint,omitempty"`
	Schedules   []Schedule   `cbor:"6,keyasint,omitempty"`
	Groups      []Group      `cbor:"7,keyasint,omitempty"`
	Keys        []Key        `cbor:"8,keyasint,omitempty"`
	Users       []User       `cbor:"9,keyasint,omitempty"`
	Credentials []Credential `cbor:"10,keyasint,omitempty"`
	Grants      []Grant      `cbor:"11,keyasint,omitempty"` // ascending by (User, ID)
	Bookings    []Booking    `cbor:"12,keyasint,omitempty"`
	Custody     []Custody    `cbor:"13,keyasint,omitempty"` // where keys are, for those of which the journal knows nothing
}

// Delta turns the snapshot of revision Base into that of Revision. Puts replace or add; drops take
// away, and dropping what is not there is no error: a delta can be applied twice.
type Delta struct {
	Base     Revision `cbor:"1,keyasint,omitempty"`
	Revision Revision `cbor:"2,keyasint,omitempty"`
	IssuedAt Stamp    `cbor:"3,keyasint,omitempty"`
	Put      Changes  `cbor:"4,keyasint,omitempty"`
	Drop     Drops    `cbor:"5,keyasint,omitempty"`
}

// Changes are things added or replaced. Box is replaced where it is not nil.
type Changes struct {
	Box         *Box         `cbor:"1,keyasint,omitempty"`
	Slots       []Slot       `cbor:"2,keyasint,omitempty"`
	Locations   []Location   `cbor:"3,keyasint,omitempty"`
	Schedules   []Schedule   `cbor:"4,keyasint,omitempty"`
	Groups      []Group      `cbor:"5,keyasint,omitempty"`
	Keys        []Key        `cbor:"6,keyasint,omitempty"`
	Users       []User       `cbor:"7,keyasint,omitempty"`
	Credentials []Credential `cbor:"8,keyasint,omitempty"`
	Grants      []Grant      `cbor:"9,keyasint,omitempty"`
	Bookings    []Booking    `cbor:"10,keyasint,omitempty"`
}

// Drops are things taken away. Dropping a user takes her credentials, grants and bookings along;
// dropping a key its fobs, the grants on it and its bookings.
type Drops struct {
	Slots       []SlotID     `cbor:"1,keyasint,omitempty"`
	Locations   []LocationID `cbor:"2,keyasint,omitempty"`
	Schedules   []ScheduleID `cbor:"3,keyasint,omitempty"`
	Groups      []GroupID    `cbor:"4,keyasint,omitempty"`
	Keys        []KeyID      `cbor:"5,keyasint,omitempty"`
	Users       []UserID     `cbor:"6,keyasint,omitempty"`
	Credentials []Digest     `cbor:"7,keyasint,omitempty"`
	Grants      []GrantID    `cbor:"8,keyasint,omitempty"`
	Bookings    []BookingID  `cbor:"9,keyasint,omitempty"`
}
