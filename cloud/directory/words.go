package directory

import (
	"fmt"

	"smartbox"
)

// nameOf and parseName give every enumeration of the package the same text form.
func nameOf[E ~uint8](names []string, e E, kind string) string {
	if int(e) < len(names) && names[e] != "" {
		return names[e]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(e))
}

func parseName[E ~uint8](names []string, b []byte, to *E, kind string) error {
	for i, n := range names {
		if n == string(b) && n != "" {
			*to = E(i)
			return nil
		}
	}
	return &smartbox.UnknownWordError{Kind: kind, Word: string(b), Known: names}
}

// String is the word of the product.
func (p Plan) String() string { return nameOf(planNames[:], p, "plan") }

// MarshalText is String.
func (p Plan) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Plan) UnmarshalText(b []byte) error { return parseName(planNames[:], b, p, "plan") }

// String is the word of the product.
func (k MemberKind) String() string { return nameOf(memberKindNames[:], k, "member kind") }

// MarshalText is String.
func (k MemberKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *MemberKind) UnmarshalText(b []byte) error {
	return parseName(memberKindNames[:], b, k, "member kind")
}

// String is the word of the API.
func (s CommandState) String() string { return nameOf(commandStateNames[:], s, "command state") }

// MarshalText is String.
func (s CommandState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *CommandState) UnmarshalText(b []byte) error {
	return parseName(commandStateNames[:], b, s, "command state")
}
