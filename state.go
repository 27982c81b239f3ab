package smartbox

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// StateSum is the digest of a state as a set of items: the sum modulo 2^256, big-endian, of
// SHA-256("smartbox state 1" ‖ kind as 1 byte ‖ encoded item) over all of them. It does not depend on their order, and a
// change costs what changed: subtract what was, add what is. The zero StateSum is that of no items.
//
// It tells two honest ends that they hold the same. It is no commitment against one who chooses items to make two sets
// collide; what is true is told by signatures.
type StateSum [sha256.Size]byte

// ItemKind is the sort of one item of a state; the numbers are those of the fields of Changes.
type ItemKind uint8

// The kinds of item. Append only: they are part of every digest.
const (
	ItemBox ItemKind = iota + 1
	ItemSlot
	ItemLocation
	ItemSchedule
	ItemGroup
	ItemKey
	ItemUser
	ItemCredential
	ItemGrant
	ItemBooking
)

var itemNames = [...]string{
	"", "box", "slot", "location", "schedule", "group", "key", "user", "credential", "grant", "booking",
}

// String is the word of messages and tables.
func (k ItemKind) String() string { return nameOf(itemNames[:], k, "item") }

// MarshalText is String.
func (k ItemKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *ItemKind) UnmarshalText(b []byte) error { return parseName(itemNames[:], b, k, "item") }

// Add counts an item in: body is its encoding.
func (s *StateSum) Add(kind ItemKind, body []byte) {
	s.carry(itemHash(kind, body), bits.Add64)
}

// Remove counts an item out that was counted in with the same body.
func (s *StateSum) Remove(kind ItemKind, body []byte) {
	s.carry(itemHash(kind, body), bits.Sub64)
}

func itemHash(kind ItemKind, body []byte) StateSum {
	var room [512]byte
	b := append(room[:0], "smartbox state 1"...)
	b = append(b, byte(kind))
	return sha256.Sum256(append(b, body...))
}

func (s *StateSum) carry(x StateSum, op func(x, y, carry uint64) (uint64, uint64)) {
	var c, w uint64
	for i := len(s) - 8; i >= 0; i -= 8 {
		w, c = op(binary.BigEndian.Uint64(s[i:]), binary.BigEndian.Uint64(x[i:]), c)
		binary.BigEndian.PutUint64(s[i:], w)
	}
}

// SumState is the sum over the items of a snapshot, each as marshal encodes it. Revision, IssuedAt and Custody are not
// in it: the first travels beside it, the others are no knowledge that a delta carries on.
func SumState(s *Snapshot, marshal func(v any) ([]byte, error)) (StateSum, error) {
	var sum StateSum
	err := EachItem(s, func(kind ItemKind, item any) error {
		b, err := marshal(item)
		if err == nil {
			sum.Add(kind, b)
		}
		return err
	})
	if err != nil {
		return StateSum{}, err
	}
	return sum, nil
}

// EachItem calls f with every item of a snapshot that SumState counts, as a pointer into it, until f fails.
func EachItem(s *Snapshot, f func(kind ItemKind, item any) error) error {
	w := items{f: f}
	if s.Box.ID != 0 {
		eachOf(&w, ItemBox, []Box{s.Box})
	}
	eachOf(&w, ItemSlot, s.Slots)
	eachOf(&w, ItemLocation, s.Locations)
	eachOf(&w, ItemSchedule, s.Schedules)
	eachOf(&w, ItemGroup, s.Groups)
	eachOf(&w, ItemKey, s.Keys)
	eachOf(&w, ItemUser, s.Users)
	eachOf(&w, ItemCredential, s.Credentials)
	eachOf(&w, ItemGrant, s.Grants)
	eachOf(&w, ItemBooking, s.Bookings)
	return w.err
}

// items calls f until the first error.
type items struct {
	f   func(kind ItemKind, item any) error
	err error
}

func eachOf[T any](w *items, kind ItemKind, list []T) {
	for i := range list {
		if w.err == nil {
			w.err = w.f(kind, &list[i])
		}
	}
}
