package smartbox

// User is a member of an organization as a box knows her: enough to decide and to greet, no more.
type User struct {
	ID       UserID   `cbor:"1,keyasint,omitempty"`
	Name     string   `cbor:"2,keyasint,omitempty"` // shown on the display: "Hello Anna"; blank once expunged
	Role     Role     `cbor:"3,keyasint,omitempty"` // what she may do at the panel besides exchanging keys
	Status   Status   `cbor:"4,keyasint,omitempty"` // only StatusValidated takes keys out
	Switches Switches `cbor:"5,keyasint,omitempty"`
	MaxKeys  uint8    `cbor:"6,keyasint,omitempty"` // most keys held at once; 0 = no limit
	Language string   `cbor:"7,keyasint,omitempty"` // "en", "de", ...; "" = the box's own
	From     Stamp    `cbor:"8,keyasint,omitempty"` // not valid before; 0 = always
	Until    Stamp    `cbor:"9,keyasint,omitempty"` // not valid from here on; 0 = for ever
}

// Role is what a member may administer.
type Role uint8

// The roles, each with all that the one before it may do.
const (
	RoleBasic Role = iota
	RoleManager
	RoleAdministrator
)

var roleNames = [...]string{"basic", "manager", "administrator"}

// String is the word of the product.
func (r Role) String() string { return nameOf(roleNames[:], r, "role") }

// MarshalText is String.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Role) UnmarshalText(b []byte) error { return parseName(roleNames[:], b, r, "role") }

// Capability is one thing a role may do at a box. Code asks for capabilities, never for a role.
type Capability uint8

// What a person at the panel may do.
const (
	CanExchange Capability = iota // pick up and drop off keys that a grant covers
	CanServe                      // open the service menu: maintenance mode, open any slot
	CanRelease                    // emergency release of all slots
)

// Can reports whether the role has the capability.
func (r Role) Can(c Capability) bool {
	switch c {
	case CanExchange:
		return r <= RoleAdministrator
	case CanServe, CanRelease:
		return r == RoleAdministrator
	default:
		return false
	}
}

// Status is where a member stands in her life. See the status machine of the product.
type Status uint8

// The statuses. A box sees removed, archived and expunged members only as tombstones, but
// refuses each of them by name should one arrive.
const (
	StatusInvited Status = iota
	StatusValidated
	StatusSuspended
	StatusDenied
	StatusBanned
	StatusInactive
	StatusArchived
	StatusRemoved
	StatusExpunged
)

var statusNames = [...]string{
	"invited", "validated", "suspended", "denied", "banned", "inactive", "archived", "removed", "expunged",
}

// String is the word of the product.
func (s Status) String() string { return nameOf(statusNames[:], s, "status") }

// MarshalText is String.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Status) UnmarshalText(b []byte) error { return parseName(statusNames[:], b, s, "status") }

// Switches are the yes/no settings of a member that a box obeys.
type Switches uint8

// The switches.
const (
	CardAccess             Switches = 1 << iota // badges open; without it only the access code does
	CardsWithoutActivation                      // a new badge works at once
)

// Has reports whether all of the switches in s are on.
func (w Switches) Has(s Switches) bool { return w&s == s }
