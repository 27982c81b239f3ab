package smartbox

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

// ErrBadge says that a text is no badge. It never holds the text.
var ErrBadge = errors.New(`not a badge: write the technology and the number, such as "uid:04A224B2C35D80", "w26:8-12345" or "ibutton:0184D5F2010000C3"`)

// wiegandBits are the greatest facility and card number of the formats with two fields, by the open
// 26-bit format (8 + 16) and its wider kin: 34 bits (16 + 16) and 37 bits (16 + 19).
func (t Technology) wiegandBits() (facility, card int) {
	switch t {
	case Wiegand26:
		return 8, 16
	case Wiegand34:
		return 16, 16
	case Wiegand37:
		return 16, 19
	case ISO14443A, IButton:
		return 0, 0
	default:
		return 0, 0
	}
}

// ParseBadge reads a badge's canonical form, or a form that people write (lower case, colons, dashes or
// spaces between bytes, leading zeros), and returns the canonical one. The error is ErrBadge.
func ParseBadge(s string) (Badge, error) {
	name, number, ok := strings.Cut(strings.TrimSpace(s), ":")
	if !ok {
		return "", ErrBadge
	}
	name = strings.ToLower(name)
	for t := Wiegand26; t <= IButton; t++ {
		if t.String() != name {
			continue
		}
		if f, c := t.wiegandBits(); c != 0 {
			return parseWiegand(t, number, f, c)
		}
		return parseBytes(t, number)
	}
	return "", ErrBadge
}

func parseWiegand(t Technology, s string, facilityBits, cardBits int) (Badge, error) {
	f, c, ok := strings.Cut(s, "-")
	facility, err1 := strconv.ParseUint(strings.TrimSpace(f), 10, facilityBits)
	card, err2 := strconv.ParseUint(strings.TrimSpace(c), 10, cardBits)
	if !ok || err1 != nil || err2 != nil {
		return "", ErrBadge
	}
	return WiegandBadge(t, facility, card), nil
}

// parseBytes takes UIDs of 4, 7 or 10 bytes (ISO/IEC 14443-3) and 1-Wire ROM ids of 8.
func parseBytes(t Technology, s string) (Badge, error) {
	b, err := hex.DecodeString(strings.NewReplacer(":", "", "-", "", " ", "").Replace(s))
	if err != nil {
		return "", ErrBadge
	}
	switch n := len(b); {
	case t == IButton && n == 8, t == ISO14443A && (n == 4 || n == 7 || n == 10):
		return Badge(t.String() + ":" + strings.ToUpper(hex.EncodeToString(b))), nil
	default:
		return "", ErrBadge
	}
}

// IButtonBadge is the badge or fob of a 1-Wire ROM id, family code first.
func IButtonBadge(rom [8]byte) Badge {
	return Badge(IButton.String() + ":" + strings.ToUpper(hex.EncodeToString(rom[:])))
}
