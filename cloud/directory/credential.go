package directory

import "smartbox"

// Credential is an access code, a backup code, a badge or a key's fob. Its text is sealed; boxes get a digest under
// their own key, and nothing that is read back shows it.
type Credential struct {
	ID  CredentialID
	Org OrgID
	Meta
	Kind   smartbox.CredentialKind
	Member smartbox.UserID // of a code, backup code or badge
	Key    smartbox.KeyID  // of a fob
	Number uint32          // names it in events; unique in the organization
	Active bool            // of a badge: it was activated
	Until  smartbox.Stamp  // not valid from here on; 0 = for ever
	Length uint8           // digits of a code; 0 for badges and fobs
	Tech   string          // technology of a badge or fob, such as "w26"; "" for codes
	Sealed []byte          // canonical text under the Sealer
	Lookup []byte          // keyed digest of the canonical text; unique in the organization
}

// Sealer keeps secrets that the cloud must be able to read again, and makes digests by which it finds them.
// cloud/trust has one. Both methods bind what they make to the context, an organization's or box's id.
type Sealer interface {
	Seal(context string, plain []byte) ([]byte, error)
	Open(context string, sealed []byte) ([]byte, error)
	// Lookup is a keyed digest of at least 16 bytes, the same for the same text under the same context.
	Lookup(context, text string) []byte
}

// CodeWish is what kind of access code somebody asks for.
type CodeWish struct {
	Random bool
	Custom smartbox.Code // where not Random; "" = no code
}
