package smartbox

import "time"

// Custody says where a key is.
type Custody struct {
	Key     KeyID
	Place   Place
	Slot    SlotID // of InSlot
	User    UserID // of WithUser
	Since   Stamp
	Due     Stamp // when it is due back; 0 = never
	Overdue bool  // and the alarm was raised
	Assumed bool  // no sensor confirmed it
}

// Place is the sort of place a key can be in.
type Place uint8

// The places.
const (
	Nowhere Place = iota // not known
	InSlot
	WithUser
	InDoubt // records and sensors disagree; a discrepancy case is open
)

// Book is what has happened so far, as far as it bears on what may happen next: custody, guesses,
// spent backup codes, activated badges, open alarms. It is folded from events by Apply and by nothing
// else, so that it can be rebuilt from the journal, or from a checkpoint and the events after it.
//
// A Book is not safe for concurrent use; Clone gives a copy that shares nothing.
type Book struct {
	LastSeq      uint64 // of the last event applied
	LastAt       Stamp  // time never goes back behind it
	LastExchange uint64

	Custody   map[KeyID]Custody
	Guess     Guesses
	BadPINs   map[UserID]uint8    // in a row, behind a badge
	Denied    map[UserID]Revision // denied here; a user put by a newer revision is free again
	Spent     map[uint32]bool     // backup codes used, by Credential.Number
	Activated map[uint32]bool     // badges activated here
	Doors     map[SlotID]DoorTrouble
	Open      map[SlotID]OpenExchange // authorised, and not yet ended: to be reconciled after a cut
	Tampered  bool
	OnBattery bool
	LowPower  bool
	Service   bool  // maintenance mode
	Releasing bool  // an emergency release was cut short
	Synced    Stamp // when the cloud last confirmed Revision
	Revision  Revision
}

// Guesses count wrong codes at a panel; see rule 7.
type Guesses struct {
	InRow  uint16 // since the last right one, or the last lock
	Locks  uint16 // locks in a row; doubles the next one
	Today  uint16
	Day    Date          // of Today, UTC
	Locked time.Duration // length of the lock in force when it began; 0 = none
	Boot   uint64        // and in which boot, at which uptime
	Since  time.Duration
}

// DoorTrouble is an alarm that still stands at a slot.
type DoorTrouble uint8

// Troubles of a slot.
const (
	DoorFine DoorTrouble = iota
	DoorOpenLong
	DoorBroken // forced
	DoorJammed
)

// OpenExchange is an exchange whose end is not on record yet.
type OpenExchange struct {
	Kind     EventKind // which authorisation it was
	Exchange uint64
	User     UserID
	Key      KeyID
}
