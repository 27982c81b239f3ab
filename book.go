package smartbox

import (
	"maps"
	"slices"
	"time"
)

// Custody says where a key is.
type Custody struct {
	Key     KeyID  `cbor:"1,keyasint,omitempty"`
	Place   Place  `cbor:"2,keyasint,omitempty"`
	Slot    SlotID `cbor:"3,keyasint,omitempty"` // of InSlot and InDoubt; of WithUser where Assumed, the slot it was taken from
	User    UserID `cbor:"4,keyasint,omitempty"` // of WithUser
	Since   Stamp  `cbor:"5,keyasint,omitempty"`
	Due     Stamp  `cbor:"6,keyasint,omitempty"` // when it is due back; 0 = never
	Overdue bool   `cbor:"7,keyasint,omitempty"` // and the alarm was raised
	Assumed bool   `cbor:"8,keyasint,omitempty"` // no sensor confirmed it
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
	LastSeq      uint64 `cbor:"1,keyasint,omitempty"` // of the last event applied
	LastAt       Stamp  `cbor:"2,keyasint,omitempty"` // a clock that is not synced never goes back behind it
	LastExchange uint64 `cbor:"3,keyasint,omitempty"`

	Custody   map[KeyID]Custody       `cbor:"4,keyasint,omitempty"`
	Guess     Guesses                 `cbor:"5,keyasint,omitempty"`
	BadPINs   map[UserID]uint8        `cbor:"6,keyasint,omitempty"` // in a row, behind a badge
	Denied    map[UserID]Revision     `cbor:"7,keyasint,omitempty"` // denied here; a user put by a newer revision is free again
	Spent     map[uint32]bool         `cbor:"8,keyasint,omitempty"` // backup codes used, by Credential.Number
	Activated map[uint32]bool         `cbor:"9,keyasint,omitempty"` // badges activated here
	Doors     map[SlotID]DoorTrouble  `cbor:"10,keyasint,omitempty"`
	Open      map[SlotID]OpenExchange `cbor:"11,keyasint,omitempty"` // authorised, and not yet ended: to be reconciled after a cut
	Tampered  bool                    `cbor:"12,keyasint,omitempty"`
	OnBattery bool                    `cbor:"13,keyasint,omitempty"`
	LowPower  bool                    `cbor:"14,keyasint,omitempty"`
	Service   bool                    `cbor:"15,keyasint,omitempty"` // maintenance mode
	Releasing bool                    `cbor:"16,keyasint,omitempty"` // an emergency release was cut short
	Synced    Stamp                   `cbor:"17,keyasint,omitempty"` // when the cloud last confirmed Revision
	Revision  Revision                `cbor:"18,keyasint,omitempty"`
	TrueAt    Stamp                   `cbor:"19,keyasint,omitempty"` // latest time stamped by a synced clock; no clock goes back behind it
}

// Guesses count wrong codes at a panel; see rule 7.
type Guesses struct {
	InRow  uint16        `cbor:"1,keyasint,omitempty"` // since the last right one, or the last lock
	Locks  uint16        `cbor:"2,keyasint,omitempty"` // locks in a row; doubles the next one
	Today  uint16        `cbor:"3,keyasint,omitempty"`
	Day    Date          `cbor:"4,keyasint,omitempty"` // of Today, UTC
	Locked time.Duration `cbor:"5,keyasint,omitempty"` // length of the lock in force when it began; 0 = none
	Boot   uint64        `cbor:"6,keyasint,omitempty"` // and in which boot, at which uptime
	Since  time.Duration `cbor:"7,keyasint,omitempty"`
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
	Kind     EventKind `cbor:"1,keyasint,omitempty"` // which authorisation it was
	Exchange uint64    `cbor:"2,keyasint,omitempty"`
	User     UserID    `cbor:"3,keyasint,omitempty"`
	Key      KeyID     `cbor:"4,keyasint,omitempty"`
}

// NewBook is the book of a box that has lived through nothing.
func NewBook() *Book {
	return &Book{
		Custody: map[KeyID]Custody{}, BadPINs: map[UserID]uint8{}, Denied: map[UserID]Revision{},
		Spent: map[uint32]bool{}, Activated: map[uint32]bool{}, Doors: map[SlotID]DoorTrouble{},
		Open: map[SlotID]OpenExchange{},
	}
}

// Clone is a copy that shares nothing.
func (b *Book) Clone() *Book {
	c := *b
	c.Custody = cloneMap(b.Custody)
	c.BadPINs = cloneMap(b.BadPINs)
	c.Denied = cloneMap(b.Denied)
	c.Spent = cloneMap(b.Spent)
	c.Activated = cloneMap(b.Activated)
	c.Doors = cloneMap(b.Doors)
	c.Open = cloneMap(b.Open)
	return &c
}

// cloneMap never returns nil, so that a book decoded from a checkpoint can be written to.
func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	c := make(map[K]V, len(m))
	maps.Copy(c, m)
	return c
}

// Where is the key's custody: the book's own, else what the view's Seats say, else its home slot, else Nowhere.
func (b *Book) Where(v View, k KeyID) Custody {
	if c, ok := b.Custody[k]; ok {
		return c
	}
	for _, c := range v.Seats() {
		if c.Key == k {
			return c
		}
	}
	if key, ok := v.Key(k); ok && key.Home != 0 {
		return Custody{Key: k, Place: InSlot, Slot: key.Home, Assumed: true}
	}
	return Custody{Key: k}
}

// Held are the keys that the user has by the book, ascending.
func (b *Book) Held(u UserID) []KeyID {
	var held []KeyID
	for k, c := range b.Custody {
		if c.Place == WithUser && c.User == u {
			held = append(held, k)
		}
	}
	slices.Sort(held)
	return held
}

// Confirm notes that the knowledge in force was still right at the stamp. It is the one thing in a
// book that no event tells, for nothing happened: losing it makes the box more careful, not less.
func (b *Book) Confirm(at Stamp) { b.Synced = max(b.Synced, at) }
