package directory

import (
	"time"

	"smartbox"
)

// The kinds of ID that only the cloud knows. Those of boxes, keys, users and so on are the domain's.
type (
	// OrgID names an organization.
	OrgID = smartbox.ID[Organization]
	// ProfileID names a profile.
	ProfileID = smartbox.ID[Profile]
	// CredentialID names a code, a badge or a fob.
	CredentialID = smartbox.ID[Credential]
	// HolidayID names a holiday.
	HolidayID = smartbox.ID[Holiday]
	// TokenID names an API token.
	TokenID = smartbox.ID[Token]
	// CommandID names a command to a box.
	CommandID = smartbox.ID[Command]
	// AlarmID names an alarm.
	AlarmID = smartbox.ID[Alarm]
	// AuditID names an entry of the audit.
	AuditID = smartbox.ID[AuditEntry]
)

// Meta is what every stored thing carries. Version counts its changes from 1 and is its ETag: an update that
// names another version than the stored one is refused with ErrStale.
type Meta struct {
	Version int64
	Created smartbox.Stamp
	Updated smartbox.Stamp
}

// Organization is a tenant.
type Organization struct {
	ID OrgID
	Meta
	Name     string
	Plan     Plan
	Settings Settings
}

// Plan is what an organization pays for.
type Plan uint8

// The plans.
const (
	PlanFree Plan = iota
	PlanPaid
)

var planNames = [...]string{"free", "paid"}

// Settings are an organization's choices.
type Settings struct {
	CodeLength    int           // digits of a generated access code, 4 to 8; 0 = as few as keep 1,000 possible codes to each one given
	InactiveAfter time.Duration // a member who uses nothing for so long becomes inactive; 0 = 90 days
	Language      string        // of mails and displays where nobody says otherwise; "" = "en"
}

// Profile is a person who can log in. It lives outside organizations.
type Profile struct {
	ID ProfileID
	Meta
	Email    string // lower case; unique
	Phone    string // E.164; unique where set
	Password string // argon2id in PHC form, never the password; "" = none yet
	Disabled bool   // archived or expunged: logs in nowhere
}
