package smartbox

import "time"

// View is one immutable revision, ready for decisions. storage/index is the fast one; MapView the
// plain one that tests compare it with. A View is safe for any number of goroutines, does no I/O,
// and its methods do not allocate. Slices that it hands out must not be written to.
type View interface {
	Revision() Revision
	IssuedAt() Stamp
	Box() Box

	// Identify finds a credential by its canonical text (Code.Canonical, Badge.Canonical). It takes
	// the same time whether it finds one or not.
	Identify(canonical string) (Credential, bool)

	User(UserID) (User, bool)
	// Grants of a user are the numbers from..to-1 for Grant; none gives from == to.
	Grants(UserID) (from, to int)
	Grant(int) Grant

	Key(KeyID) (Key, bool)
	Keys() []KeyID // ascending
	Slot(SlotID) (Slot, bool)
	Slots() []Slot // ascending by Number
	Group(GroupID) (Group, bool)
	Location(LocationID) (Location, bool)
	Zone(LocationID) *time.Location // UTC where the location is not known
	Schedule(ScheduleID) (Schedule, bool)
	Bookings(KeyID) []Booking // ascending by From
	Seats() []Custody         // Snapshot.Custody
}
