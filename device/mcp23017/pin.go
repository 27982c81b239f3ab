package mcp23017

import (
	"errors"
	"fmt"
)

// Pin is one of the 16 pins: 0 to 7 are GPA0 to GPA7, 8 to 15 are GPB0 to GPB7.
type Pin uint8

// Pins is how many pins a chip has.
const Pins = 16

// outputOnly are the pins that cannot be inputs.
const outputOnly = 0x8080

// ErrPin says that a text is no pin.
var ErrPin = errors.New("not a pin of an MCP23017; use GPA0 to GPA7 and GPB0 to GPB7")

// ParsePin reads "GPA0" to "GPB7". The error wraps ErrPin.
func ParsePin(s string) (Pin, error) {
	if len(s) != 4 || s[:2] != "GP" || (s[2] != 'A' && s[2] != 'B') || s[3] < '0' || s[3] > '7' {
		return 0, fmt.Errorf("%w: %q", ErrPin, s)
	}
	return Pin(s[2]-'A')<<3 | Pin(s[3]-'0'), nil
}

// String is the pin's name in the datasheet.
func (p Pin) String() string { return fmt.Sprintf("GP%c%d", 'A'+rune(p>>3), p&7) }

// Mask is the pin's bit in the masks of this package.
func (p Pin) Mask() uint16 { return 1 << p }

// CanRead reports whether the pin can be an input: all but GPA7 and GPB7.
func (p Pin) CanRead() bool { return p < Pins && p.Mask()&outputOnly == 0 }
