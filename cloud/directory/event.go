package directory

import "smartbox"

// StoredEvent is an event as it arrived. Payload is what the hash chain runs over.
type StoredEvent struct {
	Org      OrgID
	ID       int64 // counts up within the organization in the order of commit, without gaps
	Box      smartbox.BoxID
	Epoch    uint64 // of the box's journal
	Event    smartbox.Event
	Payload  []byte
	Hash     smartbox.ChainHash
	Received smartbox.Stamp
}

// Chain is how far a box's journal has been taken in.
type Chain struct {
	Box   smartbox.BoxID
	Epoch uint64
	Upto  uint64
	Hash  smartbox.ChainHash
}

// Alarm is something that the cloud noticed and somebody should look at. Alarms of boxes are events.
type Alarm struct {
	ID  AlarmID
	Org OrgID
	Meta
	Box    smartbox.BoxID
	Kind   AlarmKind
	At     smartbox.Stamp
	Detail string // numbers and ids only
}

// AlarmKind is what an alarm is about.
type AlarmKind string

// The kinds of alarm.
const (
	AlarmEventGap      AlarmKind = "event-gap"       // a box's journal lacks events
	AlarmEventEdited   AlarmKind = "event-edited"    // a box's hash chain does not fit what arrived
	AlarmEventForm     AlarmKind = "event-form"      // an event does not decode
	AlarmStateDiffers  AlarmKind = "state-differs"   // a box holds another state than it should at its version
	AlarmTwoBoxes      AlarmKind = "two-boxes"       // two boxes with one identity
	AlarmForeignEvents AlarmKind = "foreign-history" // a box's journal began anew
)

// Command is an order to a box. Its counter is given once and never used again.
type Command struct {
	ID  CommandID
	Org OrgID
	Meta
	Box       smartbox.BoxID
	Counter   uint64 // monotonic per box
	Type      string // as sync/wire names it: "open", "reboot", ...
	Body      []byte // arguments, as sync/wire encodes them
	Reason    string // what the actor gave as reason
	Actor     string
	NotBefore smartbox.Stamp
	Expires   smartbox.Stamp
	State     CommandState
	Result    string // what the box answered
}

// CommandState is how far a command has come.
type CommandState uint8

// The states of a command.
const (
	CommandWaiting CommandState = iota
	CommandSent
	CommandDone
	CommandFailed
	CommandExpired
)

var commandStateNames = [...]string{"waiting", "sent", "done", "failed", "expired"}

// Claim lets one box enrol, once.
type Claim struct {
	Box     smartbox.BoxID
	Org     OrgID
	Digest  []byte // SHA-256 of the claim code; unique
	Expires smartbox.Stamp
	Used    smartbox.Stamp // 0 = not yet
}
