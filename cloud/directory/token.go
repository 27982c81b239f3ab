package directory

import "smartbox"

// Token lets a program use the API. Only its digest is stored.
type Token struct {
	ID  TokenID
	Org OrgID
	Meta
	Name     string
	Digest   []byte // SHA-256 of the secret, which has 256 bits of its own
	Scopes   []Scope
	Role     smartbox.Role
	Member   smartbox.UserID // on whose behalf; none = the organization's own
	Expires  smartbox.Stamp  // 0 = never
	LastUsed smartbox.Stamp
}

// Scope is what a token may be used for, on top of what its role may do.
type Scope string

// The scopes.
const (
	ScopeRead     Scope = "read"     // see everything that the role may see
	ScopeMembers  Scope = "members"  // change members, their credentials and grants
	ScopeKeys     Scope = "keys"     // change keys, groups, bookings, schedules
	ScopeBoxes    Scope = "boxes"    // change locations, boxes, slots
	ScopeCommands Scope = "commands" // send commands to boxes
	ScopeTokens   Scope = "tokens"   // make and revoke tokens
)

// AuditEntry says who changed what. It names things by id; it holds no personal data and no secret.
type AuditEntry struct {
	ID  AuditID
	Org OrgID
	Meta
	At     smartbox.Stamp
	Actor  string // Actor.Name
	Action string // "create", "update", "delete", "suspend", ...
	Kind   string // "member", "key", ...
	Thing  string // its id
	Reason string // what the actor gave as reason
}

// IdempotencyRecord keeps the answer to a request that may come again.
type IdempotencyRecord struct {
	Org         OrgID
	Key         string // Idempotency-Key, with the token that used it
	Fingerprint []byte // of the request; another request under the same key is a conflict
	Status      int    // HTTP; 0 = still under way
	Header      []byte // as the API wrote it
	Body        []byte
	Expires     smartbox.Stamp
}
