package smartbox

import "time"

// Event is one fact that happened at a box. It is never changed and never deleted; it carries ids
// and no names, so that a person can be forgotten while the history still reads.
type Event struct {
	Seq      uint64        `cbor:"1,keyasint,omitempty"` // given by the journal, from 1 without a gap
	Boot     uint64        `cbor:"2,keyasint,omitempty"` // random, of the daemon's run that wrote it
	Uptime   time.Duration `cbor:"3,keyasint,omitempty"` // since that boot, to the millisecond
	At       Stamp         `cbor:"4,keyasint,omitempty"` // wall time, as good as Trust says
	Trust    Trust         `cbor:"5,keyasint,omitempty"`
	Kind     EventKind     `cbor:"6,keyasint,omitempty"`
	Reason   Reason        `cbor:"7,keyasint,omitempty"`
	User     UserID        `cbor:"8,keyasint,omitempty"`  // who acted, or whose return it was
	Other    UserID        `cbor:"9,keyasint,omitempty"`  // the second person: receiver of a handover, witness, previous holder
	Third    UserID        `cbor:"10,keyasint,omitempty"` // the third of three people
	Key      KeyID         `cbor:"11,keyasint,omitempty"`
	Slot     SlotID        `cbor:"12,keyasint,omitempty"`
	Exchange uint64        `cbor:"13,keyasint,omitempty"` // ties the events of one exchange together; 0 = none
	Factors  Factors       `cbor:"14,keyasint,omitempty"` // how User identified herself
	Cred     uint32        `cbor:"15,keyasint,omitempty"` // Credential.Number, where one matters: badge activated, backup code used
	Rule     Rule          `cbor:"16,keyasint,omitempty"` // what decided
	Revision Revision      `cbor:"17,keyasint,omitempty"` // of the knowledge that the decision was made from
	Age      Stamp         `cbor:"18,keyasint,omitempty"` // of that knowledge, in milliseconds; -1 = not known
	Due      Stamp         `cbor:"19,keyasint,omitempty"` // when a key is due back
	Count    uint32        `cbor:"20,keyasint,omitempty"` // attempts, seconds or percent, by Kind
	Answer   uint32        `cbor:"21,keyasint,omitempty"` // what was typed for a reason or a note
	Assumed  bool          `cbor:"22,keyasint,omitempty"` // no sensor confirmed it
	Actor    string        `cbor:"23,keyasint,omitempty"` // who asked from outside the panel: "uid:1000", "cmd:41"; at most 32 bytes
	Part     DevicePart    `cbor:"24,keyasint,omitempty"` // what failed or came back
}

// Revision is a version of a box's knowledge.
type Revision struct {
	Epoch   uint64 `cbor:"1,keyasint,omitempty"` // changes when the cloud's history was cut (a restore, a box that moved)
	Version uint64 `cbor:"2,keyasint,omitempty"` // counts up within an epoch
}

// EventKind is what happened.
type EventKind uint8

// The kinds of event. An *Authorised one stands in the journal before the lock moves.
// The order is part of the wire format: append only.
const (
	_ EventKind = iota
	PickupAuthorised
	PickupTaken
	PickupNotTaken
	DropoffAuthorised
	DropoffReturned
	DropoffNotReturned
	HandedOver
	AccessRefused    // someone known, refused: Reason says why
	AccessUnknown    // a code or a badge that nobody has
	PanelLocked      // too many wrong codes; Count = seconds
	DuressRaised     // silent
	BadgeActivated   // Cred
	BackupUsed       // Cred
	UserDenied       // ten wrong PINs behind one badge
	DoorLeftOpen     // alarm
	DoorShut         // after DoorLeftOpen or DoorForced
	DoorForced       // alarm: opened without a cause
	LockJammed       // unlocked but not opened, or the lock sensor disagrees
	LockFreed        // after LockJammed
	KeyMissing       // gone without an exchange
	KeyUnexpected    // there, and should not be
	KeyWrong         // another key than the one exchanged
	DiscrepancyFound // records and sensors disagree after a start or a manual opening
	DiscrepancySolved
	KeyOverdue       // alarm, once
	TamperOpened     // alarm
	TamperClosed     //
	MainsLost        //
	MainsBack        //
	BatteryLow       // Count = percent
	BatteryGood      // Count = percent
	PartDown         // Part, Slot where it serves one
	PartUp           //
	MaintenanceBegun // User or Actor
	MaintenanceEnded
	SlotAuthorised // a slot to be opened in maintenance or by a command
	SlotOpened     // and it was
	SlotClosed     // and shut again; the book is compared with the sensors
	ReleaseBegun   // emergency release of all
	ReleaseSlot    // one of them, before its lock moves
	ReleaseEnded
	SnapshotApplied // Revision
	SnapshotRefused // Reason
	ClockSet        // At = new time, Uptime = when: rebases what was stamped before
	Started         // first of a boot
	Stopped         // last of an orderly run
	RecordBroken    // appending failed; written once it works again. Count = events held back
	RecordMended
	KeyPlaced    // custody set by hand or by a snapshot, not by an exchange
	UserFreed    // a denied user was validated again by a newer snapshot
	UnlockFailed // authorised, but the lock's driver reports that no pulse was given
	eventKinds
)

// DevicePart is a part of a box that can fail by itself.
type DevicePart uint8

// The parts. Like EventKind, append only.
const (
	_ DevicePart = iota
	PartKeypad
	PartReader
	PartDisplay
	PartLocks   // the expander behind a bank of locks
	PartSensors // the expander behind door contacts and key sensors
	PartLights
	PartSounder
	PartInputs // tamper, mains, battery
	PartBus
	PartJournal
	PartStore
	PartClock
	deviceParts
)

var partNames = [...]string{
	"", "keypad", "reader", "display", "locks", "sensors", "lights", "sounder", "inputs", "bus",
	"journal", "store", "clock",
}

// String is the word of events and status.
func (p DevicePart) String() string { return nameOf(partNames[:], p, "part") }

var eventNames = [...]string{
	"", "pickup-authorised", "pickup-taken", "pickup-not-taken",
	"dropoff-authorised", "dropoff-returned", "dropoff-not-returned", "handed-over",
	"access-refused", "access-unknown", "panel-locked", "duress", "badge-activated", "backup-used", "user-denied",
	"door-left-open", "door-shut", "door-forced", "lock-jammed", "lock-freed",
	"key-missing", "key-unexpected", "key-wrong", "discrepancy-found", "discrepancy-solved", "key-overdue",
	"tamper-opened", "tamper-closed", "mains-lost", "mains-back", "battery-low", "battery-good",
	"part-down", "part-up", "maintenance-begun", "maintenance-ended",
	"slot-authorised", "slot-opened", "slot-closed", "release-begun", "release-slot", "release-ended",
	"snapshot-applied", "snapshot-refused", "clock-set", "started", "stopped",
	"record-broken", "record-mended", "key-placed", "user-freed", "unlock-failed",
}

// String is the word of logs, API and scenario files.
func (k EventKind) String() string { return nameOf(eventNames[:], k, "event") }

// EventKinds are all kinds there are, ascending.
func EventKinds() []EventKind {
	all := make([]EventKind, 0, eventKinds-1)
	for k := EventKind(1); k < eventKinds; k++ {
		all = append(all, k)
	}
	return all
}

// MarshalText is String.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *EventKind) UnmarshalText(b []byte) error { return parseName(eventNames[:], b, k, "event") }

// Authorises reports whether a lock may move for an event of this kind once it is on record.
func (k EventKind) Authorises() bool {
	switch k { //nolint:exhaustive // the rest authorise nothing
	case PickupAuthorised, DropoffAuthorised, SlotAuthorised, ReleaseSlot:
		return true
	default:
		return false
	}
}

// Alarm reports whether somebody should come and look.
func (k EventKind) Alarm() bool {
	switch k { //nolint:exhaustive // the rest are no alarms
	case DuressRaised, UserDenied, PanelLocked, DoorLeftOpen, DoorForced, LockJammed, KeyMissing, KeyUnexpected,
		KeyWrong, DiscrepancyFound, KeyOverdue, TamperOpened, MainsLost, BatteryLow, PartDown, RecordBroken:
		return true
	default:
		return false
	}
}
