package keypad

import (
	"errors"
	"fmt"
	"time"

	"smartbox"
	"smartbox/device"
)

// ErrStuck says that a key has been down for longer than a person holds one.
var ErrStuck = errors.New("key is stuck; free or replace it")

// Held follows the keys that are down and turns their moves into events: one Pressed when a key goes down, a
// Health when it has been down for too long, and another when it comes up after all. Other keys work on.
// It is for one goroutine; the zero value needs Name and Limit.
type Held struct {
	Name  string        // of the keypad, for Health
	Limit time.Duration // a key held longer is stuck

	down map[rune]time.Time
	told map[rune]bool
}

// Press notes a key going down. One that is down already gives no event.
func (h *Held) Press(now time.Time, key rune, emit func(device.Event)) {
	if _, is := h.down[key]; is || key == 0 {
		return
	}
	if h.down == nil {
		h.down, h.told = map[rune]time.Time{}, map[rune]bool{}
	}
	h.down[key] = now
	emit(device.Pressed{Key: key})
}

// Release notes a key coming up.
func (h *Held) Release(now time.Time, key rune, emit func(device.Event)) {
	since, is := h.down[key]
	if !is {
		return
	}
	delete(h.down, key)
	if h.told[key] {
		delete(h.told, key)
		emit(device.Health{Part: smartbox.PartKeypad, Name: h.name(key), After: now.Sub(since)})
	}
}

// Check reports the keys that have become stuck by now.
func (h *Held) Check(now time.Time, emit func(device.Event)) {
	for key, since := range h.down {
		if held := now.Sub(since); held > h.Limit && !h.told[key] {
			h.told[key] = true
			emit(device.Health{
				Part: smartbox.PartKeypad, Name: h.name(key),
				Err: fmt.Errorf("%w (held for %v)", ErrStuck, held.Round(time.Second)),
			})
		}
	}
}

// Forget lets all keys come up, as after a gap in what was seen of them.
func (h *Held) Forget(now time.Time, emit func(device.Event)) {
	for key := range h.down {
		h.Release(now, key, emit)
	}
}

// Any reports whether a key is down.
func (h *Held) Any() bool { return len(h.down) > 0 }

// Busy reports whether a key is down that is not stuck.
func (h *Held) Busy() bool { return len(h.down) > len(h.told) }

func (h *Held) name(key rune) string { return fmt.Sprintf("%s key %c", h.Name, key) }
