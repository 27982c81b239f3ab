package smartbox

// Reason is why something was allowed, refused or noticed. Append only: it is part of the wire format.
type Reason uint8

// The reasons.
const (
	_ Reason = iota
	Granted
	ReturnAccepted
	UnknownCode
	UnknownBadge
	NotRegistered // invited, and has not registered yet
	Suspended
	Denied
	Banned
	Inactive
	Archived
	Removed
	Expunged
	UserNotYetValid
	UserExpired
	CardsOff
	BadgeNotActive
	CredentialExpired
	BackupSpent
	NoGrant
	GrantNotYetValid
	GrantExpired
	OutsideHours
	OnHoliday
	NotBooked      // the grant holds inside a booking only
	BookedByOther  //
	KeyUnknown     // a fob or a choice that this box does not know
	KeyBlocked     //
	KeyOut         // somebody has it
	KeyElsewhere   // it is not in this box
	KeyNotHeld     // a dropoff or handover of a key that she does not hold
	KnowledgeStale // older than the key's staleness budget
	ClockNotTrusted
	TooManyKeys
	KeysExclude
	GroupEmptyOut // as many keys of the group are out as may be
	NeedsCode
	NeedsBadge
	NeedsPerson
	NeedsReason
	NeedsNote
	SamePerson
	WrongPIN
	TooManyWrong // the panel is locked for guessing
	BatteryTooLow
	SlotRetired
	SlotDown // its board or sensor is dead
	SlotBusy
	BoxFull
	RecordFailed
	UnderMaintenance
	NothingToDo // she may take nothing now and holds nothing
	NotAllowed  // lacks the capability
	TimedOut
	Cancelled
	DoorStayedShut
	SensorDisagrees
	SignatureWrong
	SnapshotForeign
	SnapshotBroken
	SnapshotOld
	OwnerOrder // an administrator's or a technician's order
	AllowedUnrecorded
	NotReady // starting: no snapshot yet
	reasons
)

// String is the word of logs, API and scenario files, such as "outside-hours".
func (r Reason) String() string { return "" }

// Display is the sentence for the person at the panel: English, at most 40 characters, so that it
// fits two lines of 20. Other languages stand in the message catalogue.
func (r Reason) Display() string { return "" }

// Explain is the sentence for the administrator who asks why.
func (r Reason) Explain() string { return "" }
