package smartbox

import "fmt"

// Grant gives a user a permission role on a target, within a schedule and a validity.
type Grant struct {
	ID       GrantID        `cbor:"1,keyasint,omitempty"`
	User     UserID         `cbor:"2,keyasint,omitempty"`
	Target   Target         `cbor:"3,keyasint,omitempty"`
	Role     PermissionRole `cbor:"4,keyasint,omitempty"`
	Schedule ScheduleID     `cbor:"5,keyasint,omitempty"` // none = at all hours
	From     Stamp          `cbor:"6,keyasint,omitempty"` // not valid before; 0 = always
	Until    Stamp          `cbor:"7,keyasint,omitempty"` // not valid from here on; 0 = for ever
}

// Target is what a grant covers. Which id it holds depends on Kind.
type Target struct {
	Kind TargetKind `cbor:"1,keyasint,omitempty"`
	Ref  uint64     `cbor:"2,keyasint,omitempty"` // a KeyID, GroupID or LocationID; 0 for TargetAll
}

// TargetKind is the sort of thing that a grant covers.
type TargetKind uint8

// The kinds of target.
const (
	TargetKey TargetKind = iota + 1
	TargetGroup
	TargetLocation
	TargetAll // every key of the organization
)

var targetNames = [...]string{"", "key", "group", "location", "all"}

// String is the word of the import files: key, group, location or all.
func (k TargetKind) String() string { return nameOf(targetNames[:], k, "target") }

// OnKey covers one key.
func OnKey(k KeyID) Target { return Target{TargetKey, uint64(k)} }

// OnGroup covers the keys of a group.
func OnGroup(g GroupID) Target { return Target{TargetGroup, uint64(g)} }

// OnLocation covers the keys of a location.
func OnLocation(l LocationID) Target { return Target{TargetLocation, uint64(l)} }

// OnAll covers every key of the organization.
func OnAll() Target { return Target{Kind: TargetAll} }

// String is "key:van-3", "group:fleet", "location:depot" or "all".
func (t Target) String() string {
	if t.Kind == TargetAll {
		return "all"
	}
	return fmt.Sprintf("%s:%s", t.Kind, ID[any](t.Ref))
}

// PermissionRole is what a grant permits.
type PermissionRole uint8

// The permission roles.
const (
	PermitExchange PermissionRole = iota + 1 // pick up and drop off
	PermitReserve                            // the same, but only inside a booking of one's own
	PermitManage                             // exchange, see the key's events, grant it on
)

var permissionNames = [...]string{"", "exchange", "reserve", "manage"}

// String is the word of the product.
func (p PermissionRole) String() string { return nameOf(permissionNames[:], p, "permission role") }

// MarshalText is String.
func (p PermissionRole) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *PermissionRole) UnmarshalText(b []byte) error {
	return parseName(permissionNames[:], b, p, "permission role")
}

// Booking reserves a key for a user.
type Booking struct {
	ID    BookingID `cbor:"1,keyasint,omitempty"`
	User  UserID    `cbor:"2,keyasint,omitempty"`
	Key   KeyID     `cbor:"3,keyasint,omitempty"`
	From  Stamp     `cbor:"4,keyasint,omitempty"` // inclusive
	Until Stamp     `cbor:"5,keyasint,omitempty"` // exclusive; the key is due back then
}
