package smartbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Code is an access code or a backup code: digits, a string and never a number, for leading zeros count.
// It prints as dots, so that it cannot reach a log by accident.
type Code string

// Length of an access code in digits.
const (
	MinCode = 4
	MaxCode = 8
	// MaxBackup is the greatest length of a backup code.
	MaxBackup = 12
)

// ErrCode says that a text is no access code.
var ErrCode = errors.New("not an access code: use 4 to 8 digits")

// ParseCode checks that s is an access code. The error never holds s.
func ParseCode(s string) (Code, error) {
	if len(s) < MinCode || len(s) > MaxCode || strings.Trim(s, "0123456789") != "" {
		return "", ErrCode
	}
	return Code(s), nil
}

// String hides the digits.
func (c Code) String() string { return strings.Repeat("•", len(c)) }

// GoString hides the digits from %#v.
func (c Code) GoString() string { return `smartbox.Code("` + c.String() + `")` }

// MarshalText hides the digits from JSON and logs.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Duress is the code with its last digit raised by one, 9 becoming 0: it opens as the code does
// and raises a silent alarm.
func (c Code) Duress() Code { return c.turn(1) }

// Calm undoes Duress: it is the code that was meant where c is a code typed under duress.
func (c Code) Calm() Code { return c.turn(9) }

func (c Code) turn(by byte) Code {
	if c == "" {
		return c
	}
	b := []byte(c)
	last := len(b) - 1
	b[last] = '0' + (b[last]-'0'+by)%10
	return Code(b)
}

// Canonical is the text that is digested for a code.
func (c Code) Canonical() string { return "code:" + string(c) }

// Technology is how a badge or a fob speaks.
type Technology uint8

// The technologies. The number of a badge is canonical within its technology.
const (
	Wiegand26 Technology = iota + 1
	Wiegand34
	Wiegand37
	ISO14443A // a card's UID; it can be cloned: an identifier, not a secret
	IButton   // 1-Wire ROM id
)

var technologyNames = [...]string{"", "w26", "w34", "w37", "uid", "ibutton"}

// String is the prefix of the canonical form.
func (t Technology) String() string { return nameOf(technologyNames[:], t, "technology") }

// Badge identifies a user's badge or a key's fob in its canonical form: "w26:8-12345" (facility,
// card, both decimal without leading zeros), "w34:" and "w37:" alike, "uid:04A224B2C35D80" and
// "ibutton:..." in upper-case hexadecimal, first byte first. Equal badges are equal strings.
// It prints shortened, for it is personal data.
type Badge string

// String shows the technology only.
func (b Badge) String() string {
	tech, _, _ := strings.Cut(string(b), ":")
	return tech + ":…"
}

// GoString hides the number from %#v.
func (b Badge) GoString() string { return `smartbox.Badge("` + b.String() + `")` }

// MarshalText hides the number from JSON and logs.
func (b Badge) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// Canonical is the text that is digested for a badge or a fob.
func (b Badge) Canonical() string { return string(b) }

// UIDBadge is the badge of a card's UID of 4, 7 or 10 bytes.
func UIDBadge(uid []byte) Badge {
	return Badge("uid:" + strings.ToUpper(hex.EncodeToString(uid)))
}

// WiegandBadge is the badge of a facility and a card number.
func WiegandBadge(t Technology, facility, card uint64) Badge {
	return Badge(fmt.Sprintf("%s:%d-%d", t, facility, card))
}

// Digest is a credential as a box stores it: HMAC-SHA256 under the box's key over the canonical
// text, cut to 16 bytes.
type Digest [16]byte

// BoxKey is the secret under which a box's credentials are digested. It never leaves the box and
// the cloud, and prints as nothing.
type BoxKey [32]byte

// String hides the key.
func (BoxKey) String() string { return "box key" }

// GoString hides the key from %#v.
func (BoxKey) GoString() string { return "smartbox.BoxKey{…}" }

// Digest is the keyed digest of a canonical text (RFC 2104, SHA-256, cut to 16 bytes). It does
// not allocate for texts of up to 64 bytes.
func (k *BoxKey) Digest(canonical string) (d Digest) {
	if len(canonical) > sha256.BlockSize {
		h := hmac.New(sha256.New, k[:])
		h.Write([]byte(canonical))
		copy(d[:], h.Sum(nil))
		return d
	}
	var inner [2 * sha256.BlockSize]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range sha256.BlockSize {
		var b byte
		if i < len(k) {
			b = k[i]
		}
		inner[i], outer[i] = b^0x36, b^0x5c
	}
	n := copy(inner[sha256.BlockSize:], canonical)
	sum := sha256.Sum256(inner[:sha256.BlockSize+n])
	copy(outer[sha256.BlockSize:], sum[:])
	sum = sha256.Sum256(outer[:])
	copy(d[:], sum[:])
	return d
}

// CredentialKind is what a digest stands for.
type CredentialKind uint8

// The kinds of credential.
const (
	AccessCode CredentialKind = iota + 1
	UserBadge
	KeyFob
	BackupCode // one use, printed, works offline
)

var credentialNames = [...]string{"", "code", "badge", "fob", "backup"}

// String is the word of the events.
func (k CredentialKind) String() string { return nameOf(credentialNames[:], k, "credential") }

// Credential ties a digest to a user or, for a fob, to a key.
type Credential struct {
	Digest Digest         `cbor:"1,keyasint,omitempty"`
	Number uint32         `cbor:"2,keyasint,omitempty"` // names the credential in events, in place of its digest; unique in a box, not 0
	Kind   CredentialKind `cbor:"3,keyasint,omitempty"`
	User   UserID         `cbor:"4,keyasint,omitempty"` // of a code, badge or backup code
	Key    KeyID          `cbor:"5,keyasint,omitempty"` // of a fob
	Active bool           `cbor:"6,keyasint,omitempty"` // a badge that was activated, by the cloud's word; a box may know of a later activation
	Until  Stamp          `cbor:"7,keyasint,omitempty"` // not valid from here on; 0 = for ever
}

// Factors are the ways in which a person has shown who she is in this visit.
type Factors uint8

// The factors.
const (
	ByCode Factors = 1 << iota
	ByBadge
	ByBackup
	ByDuress // the code was typed under duress
	ByFob    // a key's own fob, which identifies the key and nobody
)

// Has reports whether all of f are there.
func (s Factors) Has(f Factors) bool { return s&f == f }
