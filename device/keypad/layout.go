// Package keypad is what all keypads have in common: which key is where, and what happens to one
// that is held for ever. The drivers are the packages tca8418 and matrix; keypadtest holds them to
// one contract.
package keypad

import (
	"errors"
	"fmt"
	"strings"
)

// Layout is the keys of a keypad, a string a row: "123". A space is a place without a key.
type Layout []string

// Telephone is four rows of three: the digits, '*' and '#'.
func Telephone() Layout { return Layout{"123", "456", "789", "*0#"} }

// Square is four rows of four. Its keys A to D say nothing to a box, and are left out.
func Square() Layout {
	l := Telephone()
	for i := range l {
		l[i] += " "
	}
	return l
}

// ErrLayout says that a layout cannot be.
var ErrLayout = errors.New("not a keypad layout")

// Check says whether the layout has at most rows x columns places, the keys '0' to '9', '*' and '#'
// each at most once, and no others. The error wraps ErrLayout.
func (l Layout) Check(rows, columns int) error {
	if len(l) == 0 || len(l) > rows {
		return fmt.Errorf("%w: %d rows; use 1 to %d", ErrLayout, len(l), rows)
	}
	seen := map[rune]bool{}
	for i, row := range l {
		if row == "" || len(row) > columns || len(row) != len(l[0]) {
			return fmt.Errorf("%w: row %d has %d columns; use 1 to %d, the same in each", ErrLayout, i+1, len(row), columns)
		}
		for _, k := range row {
			switch {
			case k == ' ':
			case !strings.ContainsRune("0123456789*#", k):
				return fmt.Errorf("%w: %q is no key; use 0 to 9, * and #", ErrLayout, k)
			case seen[k]:
				return fmt.Errorf("%w: %q is there twice", ErrLayout, k)
			}
			seen[k] = true
		}
	}
	if len(seen) == 0 || (len(seen) == 1 && seen[' ']) {
		return fmt.Errorf("%w: no key", ErrLayout)
	}
	return nil
}

// Size is how many rows and columns there are.
func (l Layout) Size() (rows, columns int) {
	if len(l) == 0 {
		return 0, 0
	}
	return len(l), len(l[0])
}

// Key is the key at a row and a column, from 0; 0 where there is none.
func (l Layout) Key(row, column int) rune {
	if row < 0 || row >= len(l) || column < 0 || column >= len(l[row]) || l[row][column] == ' ' {
		return 0
	}
	return rune(l[row][column])
}

// Find is where a key is.
func (l Layout) Find(key rune) (row, column int, ok bool) {
	for r := range l {
		if c := strings.IndexRune(l[r], key); c >= 0 && key != ' ' {
			return r, c, true
		}
	}
	return 0, 0, false
}
