package panel

import (
	"context"
	"time"

	"smartbox"
)

// Feed is what the page tells beside the cabinet itself. Its methods are safe for concurrent use.
type Feed interface {
	// Recent are the last updates, at most n, the oldest first.
	Recent(n int) []Update
	// Subscribe gives the updates from now on until ctx ends, when the channel is closed. A page that does not
	// keep up may miss some.
	Subscribe(ctx context.Context) <-chan Update
	// People are those of the demonstration, with their codes: the page hints at what to try.
	People() []Person
	// Keys are the keys of the demonstration, by their fobs.
	Keys() []KeyTag
	// Names are for people to read; "" where the id is not known.
	UserName(id smartbox.UserID) string
	KeyName(id smartbox.KeyID) string
	SlotNumber(id smartbox.SlotID) uint16 // 0 where the id is not known
}

// Update is one fact for the log, or one decision: one of the two is set.
type Update struct {
	Event    *smartbox.Event
	Decision *Decided
}

// Decided is a question that was decided.
type Decided struct {
	At       time.Time
	Question smartbox.Question
	Decision smartbox.Decision
}

// Person is somebody of the demonstration.
type Person struct {
	Name  string
	Code  string         // typed at the keypad; "" = none
	Badge smartbox.Badge // "" = none
	Note  string         // what to expect: "may take the vans"
}

// KeyTag is a key with its fob.
type KeyTag struct {
	Name string
	Fob  smartbox.Badge
}
