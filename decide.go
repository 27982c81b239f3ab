package smartbox

import "time"

// Action is what a person wants to do with a key.
type Action uint8

// The actions.
const (
	Pickup Action = iota + 1
	Dropoff
	Receive // take a key over from its holder's hand, without opening a slot
)

// Question is what Decide is asked.
type Question struct {
	Action  Action
	User    UserID
	Key     KeyID
	Factors Factors
	With    [2]UserID // the other people who have identified themselves for this exchange
	Answer  bool      // a reason or a note has been given
	Moment  Moment
	Power   Power
	Record  bool // the journal takes events; false = broken
}

// Power is what feeds the box.
type Power uint8

// The states of the supply.
const (
	PowerMains Power = iota
	PowerBattery
	PowerLow // on battery, and it is nearly empty
)

// Decision is the answer, with all that is needed to explain it later.
type Decision struct {
	Allowed  bool
	Reason   Reason        // why, or why not
	Needs    Need          // what is still missing, when Reason asks for more
	Rule     Rule          // what decided
	Revision Revision      // of the knowledge it was decided from
	Age      time.Duration // of that knowledge; negative = not known
	Due      Stamp         // when the key will be due back; 0 = never
}

// Need is a set of things that would turn a refusal into a permission within this visit.
type Need uint8

// The needs.
const (
	NeedCode   Need = 1 << iota // the access code behind the badge
	NeedBadge                   // the badge behind the access code
	NeedPerson                  // another person
	NeedReason                  // an answer to AskReason
	NeedNote                    // an answer to AskNote
)

// Rule names what decided: a grant, a schedule, a policy of a key, group, box or user.
type Rule struct {
	Kind RuleKind `cbor:"1,keyasint,omitempty"`
	Ref  uint64   `cbor:"2,keyasint,omitempty"` // the id of the thing, 0 where Kind says it all
}

// RuleKind is the sort of thing that decided. Append only.
type RuleKind uint8

// The kinds of rule.
const (
	_ RuleKind = iota
	RuleGrant
	RuleSchedule
	RuleBooking
	RuleUser
	RuleKey
	RuleGroup
	RuleBox
	RuleSlot
	RuleCredential
	RuleReturns // returns are always accepted
	RuleNoGrant // nothing covers the key
	ruleKinds
)

var ruleNames = [...]string{
	"", "grant", "schedule", "booking", "user", "key", "group", "box", "slot", "credential", "returns", "no-grant",
}

// String is the word of the explanations.
func (k RuleKind) String() string { return nameOf(ruleNames[:], k, "rule") }
