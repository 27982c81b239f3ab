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
	NotReady  // starting: no snapshot yet
	SlotEmpty // the key should be there, and is not
	PowerCut  // the box lost its power, or was restarted, before the exchange had ended
	reasons
)

// reasonText is what a reason is called and how it is said to two kinds of people.
type reasonText struct{ word, display, explain string }

// String is the word of logs, API and scenario files, such as "outside-hours".
func (r Reason) String() string {
	if r < reasons {
		return reasonTexts[r].word
	}
	return nameOf(nil, r, "reason")
}

// MarshalText is String.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote; the empty text is the zero Reason.
func (r *Reason) UnmarshalText(b []byte) error {
	known := make([]string, 0, len(reasonTexts))
	for i, t := range reasonTexts {
		if t.word == string(b) {
			*r = Reason(i)
			return nil
		}
		known = append(known, t.word)
	}
	return &UnknownWordError{Kind: "reason", Word: string(b), Known: known}
}

// Display is the sentence for the person at the panel: English, at most 40 characters, so that it
// fits two lines of 20. Other languages stand in the message catalogue.
func (r Reason) Display() string {
	if r < reasons {
		return reasonTexts[r].display
	}
	return ""
}

// Explain is the sentence for the administrator who asks why.
func (r Reason) Explain() string {
	if r < reasons {
		return reasonTexts[r].explain
	}
	return ""
}
