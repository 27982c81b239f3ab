package adminapi

import "smartbox"

// Status is how the box fares.
type Status struct {
	Box       string         `json:"box"`
	Name      string         `json:"name,omitempty"`
	Profile   string         `json:"profile"`
	Version   string         `json:"version"`
	Boot      string         `json:"boot,omitempty"` // hexadecimal
	Uptime    string         `json:"uptime"`
	Time      smartbox.Stamp `json:"time"`
	Trust     smartbox.Trust `json:"clock"`
	Knowledge Knowledge      `json:"knowledge"`
	Record    Record         `json:"record"`
	Power     string         `json:"power"` // mains, battery or low
	Service   bool           `json:"maintenance"`
	Tampered  bool           `json:"tampered"`
	Slots     []Slot         `json:"slots"`
	Keys      []Key          `json:"keys"`
	Parts     []Part         `json:"parts,omitempty"` // that do not work
	Alive     bool           `json:"alive"`           // the decision loop answers
	Counts    Counts         `json:"counts"`
	Notes     []string       `json:"notes,omitempty"` // what a person should see to
}

// Counts are how much the box knows.
type Counts struct {
	Slots int `json:"slots"`
	Keys  int `json:"keys"`
}

// Knowledge is what the box decides from.
type Knowledge struct {
	Epoch     uint64         `json:"epoch"`
	Version   uint64         `json:"version"`
	IssuedAt  smartbox.Stamp `json:"issued_at"`
	Confirmed smartbox.Stamp `json:"confirmed,omitempty"`
	Age       string         `json:"age,omitempty"`
	Source    string         `json:"source"` // flat-a, flat-b, bolt or empty
}

// Record is how the journal fares.
type Record struct {
	Works bool   `json:"works"`
	Next  uint64 `json:"next"` // sequence number of the event to come
	Held  int    `json:"held"` // events that could not be written yet
	Error string `json:"error,omitempty"`

	Lost   uint64   `json:"lost,omitempty"`   // events that damage to the disk took, at most
	Damage []string `json:"damage,omitempty"` // where, with the mend
}

// Slot is one compartment.
type Slot struct {
	ID      smartbox.SlotID `json:"id"`
	Number  uint16          `json:"number"`
	Key     smartbox.KeyID  `json:"key,omitempty"` // by the book
	KeyName string          `json:"key_name,omitempty"`
	Trouble string          `json:"trouble,omitempty"` // open-long, forced, jammed, down or retired
}

// Key says where a key is.
type Key struct {
	ID       smartbox.KeyID  `json:"id"`
	Name     string          `json:"name,omitempty"`
	Place    string          `json:"place"` // in-slot, with-user, in-doubt or unknown
	Slot     smartbox.SlotID `json:"slot,omitempty"`
	Number   uint16          `json:"number,omitempty"` // of the slot
	User     smartbox.UserID `json:"user,omitempty"`
	UserName string          `json:"user_name,omitempty"`
	Since    smartbox.Stamp  `json:"since,omitempty"`
	Due      smartbox.Stamp  `json:"due,omitempty"`
	Overdue  bool            `json:"overdue,omitempty"`
}

// Part is a part of the box that does not work.
type Part struct {
	Part  string            `json:"part"`
	Name  string            `json:"name,omitempty"`
	Slots []smartbox.SlotID `json:"slots,omitempty"`
	Error string            `json:"error"`
}

// Event is one event of the journal, with the names that its ids have now.
type Event struct {
	Seq       uint64             `json:"seq"`
	At        smartbox.Stamp     `json:"at"`
	Clock     smartbox.Trust     `json:"clock"`
	Boot      string             `json:"boot"`
	Uptime    int64              `json:"uptime_ms"`
	Kind      smartbox.EventKind `json:"kind"`
	Alarm     bool               `json:"alarm,omitempty"`
	Reason    string             `json:"reason,omitempty"`
	User      smartbox.UserID    `json:"user,omitempty"`
	UserName  string             `json:"user_name,omitempty"`
	Other     smartbox.UserID    `json:"other,omitempty"`
	OtherName string             `json:"other_name,omitempty"`
	Third     smartbox.UserID    `json:"third,omitempty"`
	ThirdName string             `json:"third_name,omitempty"`
	Key       smartbox.KeyID     `json:"key,omitempty"`
	KeyName   string             `json:"key_name,omitempty"`
	Slot      smartbox.SlotID    `json:"slot,omitempty"`
	Number    uint16             `json:"slot_number,omitempty"`
	Exchange  uint64             `json:"exchange,omitempty"`
	Factors   []string           `json:"factors,omitempty"`
	Rule      string             `json:"rule,omitempty"`
	RuleName  string             `json:"rule_name,omitempty"`
	Epoch     uint64             `json:"epoch,omitempty"`
	Version   uint64             `json:"version,omitempty"`
	Age       string             `json:"age,omitempty"`
	Due       smartbox.Stamp     `json:"due,omitempty"`
	Count     uint32             `json:"count,omitempty"`
	Answer    uint32             `json:"answer,omitempty"`
	Assumed   bool               `json:"assumed,omitempty"`
	Actor     string             `json:"actor,omitempty"`
	Part      string             `json:"part,omitempty"`
}

// Why is an event with its explanation.
type Why struct {
	Event   Event  `json:"event"`
	Explain string `json:"explain"`           // the reason, in one sentence for the administrator
	Display string `json:"display,omitempty"` // what the person read
	Rule    string `json:"rule,omitempty"`    // what decided, in words: grant g7 on group fleet (Fleet)
	Based   string `json:"based,omitempty"`   // on which knowledge, in words
}

// Applied answers a snapshot.
type Applied struct {
	Epoch   uint64 `json:"epoch"`
	Version uint64 `json:"version"`
	Users   int    `json:"users"`
	Keys    int    `json:"keys"`
	Slots   int    `json:"slots"`
}

// Done answers an order.
type Done struct {
	Done   bool   `json:"done"`
	Reason string `json:"reason,omitempty"`
}

// Switch turns maintenance on or off.
type Switch struct {
	On bool `json:"on"`
}

// Verified is what a check of the whole journal found.
type Verified struct {
	Whole    bool     `json:"whole"` // every event there, unchanged, in its chain
	Events   uint64   `json:"events"`
	First    uint64   `json:"first,omitempty"`
	Last     uint64   `json:"last,omitempty"`
	Segments int      `json:"segments,omitempty"`
	Head     string   `json:"head,omitempty"` // hash of the chain's end, hexadecimal
	Problems []string `json:"problems,omitempty"`
}

// Error is what the daemon answers where it does not do as asked.
type Error struct {
	Status  int    `json:"-"` // of HTTP
	Code    string `json:"code"`
	Message string `json:"message"`
	Mend    string `json:"mend,omitempty"`
}

// Error is message and mend in one sentence.
func (e *Error) Error() string {
	if e.Mend == "" {
		return e.Message
	}
	return e.Message + ": " + e.Mend
}

// Failure is the body of an answer that is an Error.
type Failure struct {
	Error *Error `json:"error"`
}

// Codes of errors.
const (
	CodeBadRequest  = "bad-request"
	CodeNotFound    = "not-found"
	CodeRefused     = "refused"
	CodeSnapshot    = "snapshot-refused"
	CodeTooLarge    = "too-large"
	CodeUnavailable = "unavailable"
	CodeInternal    = "internal"
)
