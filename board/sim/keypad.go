package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"smartbox/board"
	"smartbox/device/chips"
)

// How a quick person types, and how long a contact bounces.
const (
	keyDown   = 60 * time.Millisecond
	keyUp     = 60 * time.Millisecond
	bounceFor = time.Millisecond
	bounces   = 3
)

// Press types keys, one after another, and returns when the last is up again. It takes 120 ms a key. The error
// is for a key that the keypad does not have; then none is typed.
func (c *Cabinet) Press(keys string) error {
	for _, k := range keys {
		if _, _, ok := c.position(k); !ok {
			return fmt.Errorf("sim: key %q: %w", k, ErrNotThere)
		}
	}
	c.pressing <- struct{}{}
	defer func() { <-c.pressing }()
	for _, k := range keys {
		if err := c.KeyDown(k); err != nil {
			return err
		}
		time.Sleep(keyDown)
		if err := c.KeyUp(k); err != nil {
			return err
		}
		time.Sleep(keyUp)
	}
	return nil
}

// KeyDown presses one key and leaves it down: a finger that rests on it, or a key that sticks.
func (c *Cabinet) KeyDown(key rune) error { return c.key(key, true) }

// KeyUp lets a key go.
func (c *Cabinet) KeyUp(key rune) error { return c.key(key, false) }

func (c *Cabinet) key(key rune, down bool) error {
	row, column, ok := c.position(key)
	if !ok {
		return fmt.Errorf("sim: key %q: %w", key, ErrNotThere)
	}
	if err := c.act(func() error { c.down[key] = down; return nil }); err != nil {
		return err
	}
	if c.hw.keypad != nil { // its chip debounces
		if down {
			c.hw.keypad.Press(row, column)
		} else {
			c.hw.keypad.Release(row, column)
		}
		return nil
	}
	k := c.profile.Keypad
	m, a, b := c.contact(k.Rows[row], k.Columns[column])
	for range bounces {
		touch(m, a, b, down)
		time.Sleep(bounceFor)
		touch(m, a, b, !down)
		time.Sleep(bounceFor)
	}
	touch(m, a, b, down)
	return nil
}

func (c *Cabinet) contact(row, column board.Pin) (m *chips.MCP23017, a, b int) {
	return c.hw.expanders[row.Expander], int(row.Bit), int(column.Bit)
}

func touch(m *chips.MCP23017, a, b int, closed bool) {
	if closed {
		m.Connect(a, b)
	} else {
		m.Disconnect(a, b)
	}
}

// position finds a key in the layout.
func (c *Cabinet) position(key rune) (row, column int, ok bool) {
	if key == '.' {
		return 0, 0, false
	}
	row = slices.IndexFunc(c.profile.Keypad.Layout, func(r string) bool { return strings.ContainsRune(r, key) })
	if row < 0 {
		return 0, 0, false
	}
	return row, strings.IndexRune(c.profile.Keypad.Layout[row], key), true
}
