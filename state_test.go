package smartbox_test

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"smartbox"
)

// TestStateSum: the sum is that of the set, whatever the order in which items came and went.
func TestStateSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type item struct {
			kind smartbox.ItemKind
			body string
		}
		items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) item {
			return item{
				smartbox.ItemKind(rapid.IntRange(int(smartbox.ItemBox), int(smartbox.ItemBooking)).Draw(t, "kind")),
				rapid.String().Draw(t, "body"),
			}
		}), 0, 20).Draw(t, "items")
		order := rapid.Permutation(items).Draw(t, "order")
		var a, b smartbox.StateSum
		for _, i := range items {
			a.Add(i.kind, []byte(i.body))
		}
		for _, i := range order {
			b.Add(i.kind, []byte(i.body))
			b.Add(smartbox.ItemGrant, []byte("passing"))
		}
		for range order {
			b.Remove(smartbox.ItemGrant, []byte("passing"))
		}
		if a != b {
			t.Fatalf("%x in one order, %x in another", a, b)
		}
		for _, i := range order {
			b.Remove(i.kind, []byte(i.body))
		}
		if b != (smartbox.StateSum{}) {
			t.Fatalf("nothing left, and the sum is %x", b)
		}
	})
}

func TestStateSumTellsKindsApart(t *testing.T) {
	var a, b smartbox.StateSum
	a.Add(smartbox.ItemUser, []byte("x"))
	b.Add(smartbox.ItemKey, []byte("x"))
	if a == b {
		t.Error("a user and a key of the same bytes have one digest")
	}
}

func TestSumState(t *testing.T) {
	s := &smartbox.Snapshot{
		Box:   smartbox.Box{ID: 1},
		Slots: []smartbox.Slot{{ID: 2}}, Locations: []smartbox.Location{{ID: 3}}, Schedules: []smartbox.Schedule{{ID: 4}},
		Groups: []smartbox.Group{{ID: 5}}, Keys: []smartbox.Key{{ID: 6}}, Users: []smartbox.User{{ID: 7}},
		Credentials: []smartbox.Credential{{Number: 8}}, Grants: []smartbox.Grant{{ID: 9}}, Bookings: []smartbox.Booking{{ID: 10}},
	}
	whole, err := smartbox.SumState(s, json.Marshal)
	if err != nil {
		t.Fatal(err)
	}
	moved := *s
	moved.Revision, moved.IssuedAt, moved.Custody = smartbox.Revision{Epoch: 1}, 5, []smartbox.Custody{{Key: 6}}
	if again, _ := smartbox.SumState(&moved, json.Marshal); again != whole {
		t.Error("the digest depends on what is no knowledge")
	}
	seen := map[smartbox.StateSum]string{whole: "whole"}
	for name, less := range map[string]func(*smartbox.Snapshot){
		"box":         func(s *smartbox.Snapshot) { s.Box = smartbox.Box{} },
		"slots":       func(s *smartbox.Snapshot) { s.Slots = nil },
		"locations":   func(s *smartbox.Snapshot) { s.Locations = nil },
		"schedules":   func(s *smartbox.Snapshot) { s.Schedules = nil },
		"groups":      func(s *smartbox.Snapshot) { s.Groups = nil },
		"keys":        func(s *smartbox.Snapshot) { s.Keys = nil },
		"users":       func(s *smartbox.Snapshot) { s.Users = nil },
		"credentials": func(s *smartbox.Snapshot) { s.Credentials = nil },
		"grants":      func(s *smartbox.Snapshot) { s.Grants = nil },
		"bookings":    func(s *smartbox.Snapshot) { s.Bookings = nil },
	} {
		c := *s
		less(&c)
		sum, err := smartbox.SumState(&c, json.Marshal)
		if other, ok := seen[sum]; ok || err != nil {
			t.Errorf("without %s the digest is that of %q (%v)", name, other, err)
		}
		seen[sum] = name
	}
	broken := errors.New("broken")
	if _, err := smartbox.SumState(s, func(any) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("an item that cannot be encoded: %v", err)
	}
}

func TestItemKindWords(t *testing.T) {
	for k := smartbox.ItemBox; k <= smartbox.ItemBooking; k++ {
		text, err := k.MarshalText()
		var back smartbox.ItemKind
		if err != nil || back.UnmarshalText(text) != nil || back != k {
			t.Errorf("%d: %q reads back as %d", k, text, back)
		}
	}
	if err := new(smartbox.ItemKind).UnmarshalText([]byte("spoon")); err == nil {
		t.Error("a spoon is an item")
	}
}
