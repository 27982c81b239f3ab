package board

import (
	"fmt"
	"strings"
)

// Pin is a line of the board, or a pin of an expander, or none (the zero Pin).
type Pin struct {
	Line     string // of the board, such as "GPIO17"
	Expander string // the name of an expander; Line is "" then
	Bit      uint8  // of the expander: 0 to 7 are GPA0 to GPA7, 8 to 15 are GPB0 to GPB7
}

// None reports whether there is no pin.
func (p Pin) None() bool { return p == Pin{} }

// String is the pin as a profile writes it: "GPIO17" or "locks.A0".
func (p Pin) String() string {
	if p.Expander == "" {
		return p.Line
	}
	return fmt.Sprintf("%s.%s", p.Expander, bitName(p.Bit))
}

// OutputOnly reports whether the pin cannot be read: GPA7 and GPB7 of an MCP23017 (DS20001952D, section 1.1).
func (p Pin) OutputOnly() bool { return p.Expander != "" && p.Bit%8 == 7 }

func bitName(b uint8) string { return fmt.Sprintf("%c%d", 'A'+b/8, b%8) }

// maxRange bounds what one range can stand for, so that a typing error costs no memory.
const maxRange = 256

// parsePins reads a list of pins: "locks.A0-A7", "doors.A0-A6,B0", "GPIO5,GPIO6". An item that names no expander
// belongs to the one named before it in the same list. A range may run backwards.
func parsePins(s string) ([]Pin, error) {
	var out []Pin
	expander := ""
	for item := range strings.SplitSeq(s, ",") {
		item = strings.TrimSpace(item)
		if name, rest, ok := strings.Cut(item, "."); ok {
			if !isName(name) {
				return nil, fmt.Errorf("%q is no pin: write a line's name, or expander.A0", item)
			}
			expander, item = name, rest
		}
		if expander == "" {
			if !isLine(item) {
				return nil, fmt.Errorf("%q is no pin: write a line's name such as GPIO17, or expander.A0", item)
			}
			out = append(out, Pin{Line: item})
			continue
		}
		bits, err := parseBits(item)
		if err != nil {
			return nil, err
		}
		for _, b := range bits {
			out = append(out, Pin{Expander: expander, Bit: b})
		}
		if len(out) > maxRange {
			return nil, fmt.Errorf("more than %d pins: no cabinet has so many", maxRange)
		}
	}
	return out, nil
}

func parseBits(s string) ([]uint8, error) {
	first, last, ranged := strings.Cut(s, "-")
	from, ok1 := parseBit(first)
	to, ok2 := parseBit(last)
	if !ranged {
		to, ok2 = from, ok1
	}
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("%q is no pin of an expander: use A0 to A7, B0 to B7 or a range such as A0-A6", s)
	}
	var out []uint8
	for b := from; ; {
		out = append(out, b)
		switch {
		case b < to:
			b++
		case b > to:
			b--
		default:
			return out, nil
		}
	}
}

func parseBit(s string) (uint8, bool) {
	if len(s) != 2 || (s[0] != 'A' && s[0] != 'B') || s[1] < '0' || s[1] > '7' {
		return 0, false
	}
	return (s[0]-'A')*8 + s[1] - '0', true
}

// isName reports whether s can name a thing in a profile: 1 to 32 of a-z, 0-9 and '-', a letter first.
func isName(s string) bool {
	if s == "" || len(s) > 32 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// isLine reports whether s can be the name of a GPIO line. The kernel's names are free text; these are all that is
// seen on boards, such as "GPIO17", "PA12", "P9_12" and "SDA1/I2C". A line whose name has other characters is named by
// its offset in the chip.
func isLine(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '/', c == '-', c == ':':
		default:
			return false
		}
	}
	return true
}
