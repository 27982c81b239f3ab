package directory

import "smartbox"

// Member is a person in one organization. A box knows it as smartbox.User, under the same id.
type Member struct {
	ID  smartbox.UserID
	Org OrgID
	Meta
	Kind     MemberKind
	Role     smartbox.Role
	Status   smartbox.Status
	StatusAt smartbox.Stamp // when it became so
	StatusBy string         // who made it so: an Actor's name, "box:…" or "system"
	Profile  ProfileID      // of a full member who has registered
	Person   Person
	Switches MemberSwitches
	MaxKeys  uint8          // most keys held at once; 0 = no limit
	From     smartbox.Stamp // not valid before; 0 = always
	Until    smartbox.Stamp // not valid from here on; 0 = for ever
	LastUsed smartbox.Stamp // last login or exchange; 0 = never
}

// Person is all that is personal about a member, in one place: expunging blanks it and nothing else need change.
type Person struct {
	FirstName string
	LastName  string
	Email     string // of a full member the address she logs in with, of a smartbox member an optional contact; lower case
	Phone     string
	Language  string // "" = the organization's
	Comment   string // sent with the invitation
}

// Name is what displays and lists show.
func (p Person) Name() string {
	switch {
	case p.FirstName == "":
		return p.LastName
	case p.LastName == "":
		return p.FirstName
	default:
		return p.FirstName + " " + p.LastName
	}
}

// MemberKind is how a member takes part.
type MemberKind uint8

// The kinds of member.
const (
	KindFull     MemberKind = iota // registers and logs in
	KindSmartbox                   // uses boxes only
)

var memberKindNames = [...]string{"full", "smartbox"}

// MemberSwitches are the yes/no settings of a member.
type MemberSwitches struct {
	PasswordLogin          bool
	QuickAccess            bool // a link in a mail opens without signing in
	AppAccess              bool // the web app on a phone
	CardAccess             bool // badges open; without it only the access code does
	CardsWithoutActivation bool // a new badge works at once
}

// box are the switches that a box obeys.
func (w MemberSwitches) box() (s smartbox.Switches) {
	if w.CardAccess {
		s |= smartbox.CardAccess
	}
	if w.CardsWithoutActivation {
		s |= smartbox.CardsWithoutActivation
	}
	return s
}
