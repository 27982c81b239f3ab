package smartbox

// Snapshot is one revision of all that a box needs to decide. Every list is ascending by ID
// (Credentials by Digest) without doubles; Normalize sorts, Validate checks.
type Snapshot struct {
	Revision    Revision
	IssuedAt    Stamp // when the cloud, or the maker of the file, said that this is how things are
	Box         Box
	Slots       []Slot
	Locations   []Location
	Schedules   []Schedule
	Groups      []Group
	Keys        []Key
	Users       []User
	Credentials []Credential
	Grants      []Grant // ascending by (User, ID)
	Bookings    []Booking
	Custody     []Custody // where keys are, for those of which the journal knows nothing
}

// Delta turns the snapshot of revision Base into that of Revision. Puts replace or add; drops take
// away, and dropping what is not there is no error: a delta can be applied twice.
type Delta struct {
	Base     Revision
	Revision Revision
	IssuedAt Stamp
	Put      Changes
	Drop     Drops
}

// Changes are things added or replaced. Box is replaced where it is not nil.
type Changes struct {
	Box         *Box
	Slots       []Slot
	Locations   []Location
	Schedules   []Schedule
	Groups      []Group
	Keys        []Key
	Users       []User
	Credentials []Credential
	Grants      []Grant
	Bookings    []Booking
}

// Drops are things taken away. Dropping a user takes her credentials, grants and bookings along;
// dropping a key its fobs, the grants on it and its bookings.
type Drops struct {
	Slots       []SlotID
	Locations   []LocationID
	Schedules   []ScheduleID
	Groups      []GroupID
	Keys        []KeyID
	Users       []UserID
	Credentials []Digest
	Grants      []GrantID
	Bookings    []BookingID
}
