package smartbox_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"smartbox"
)

// TestValidateNames what is wrong, one fault a case.
func TestValidateNames(t *testing.T) {
	for want, breakIt := range map[string]func(s *smartbox.Snapshot){
		"box has no id":                          func(s *smartbox.Snapshot) { s.Box.ID = 0 },
		"does not say when it was issued":        func(s *smartbox.Snapshot) { s.IssuedAt = 0 },
		`location "moon" is not in the snapshot`: func(s *smartbox.Snapshot) { s.Box.Location = place("moon") },
		"go-to text is longer":                   func(s *smartbox.Snapshot) { s.Box.GoTo = strings.Repeat("x", 21) },
		"reason 0: number it":                    func(s *smartbox.Snapshot) { s.Box.Reasons = []smartbox.PickupReason{{}} },
		"reason 2 stands twice":                  func(s *smartbox.Snapshot) { s.Box.Reasons = []smartbox.PickupReason{{Number: 2}, {Number: 2}} },
		`slot s2: number 1 is 0 or that of slot`: func(s *smartbox.Snapshot) { s.Slots[1].Number = 1 },
		`slot "s1": stands twice`:                func(s *smartbox.Snapshot) { s.Slots[1].ID = slot("s1") },
		`slot "": no id`:                         func(s *smartbox.Snapshot) { s.Slots[0].ID = 0 },
		`zone "Mars/Base" is not known`:          func(s *smartbox.Snapshot) { s.Locations[0].Zone = "Mars/Base" },
		`holiday 2026-02-30 is no date`:          func(s *smartbox.Snapshot) { s.Locations[0].Holidays[0].Date = 20260230 },
		"a window has no weekday":                func(s *smartbox.Snapshot) { s.Schedules[0].Windows[0].Days = 0 },
		"minutes are past midnight":              func(s *smartbox.Snapshot) { s.Schedules[0].Windows[0].To = 1441 },
		"demands 4 people":                       func(s *smartbox.Snapshot) { s.Groups[0].People = 4 },
		`home slot "s9" is not in the snapshot`:  func(s *smartbox.Snapshot) { s.Keys[0].Home = slot("s9") },
		`slot s1 is the home of key van-1 too`:   func(s *smartbox.Snapshot) { s.Keys[2].Home = slot("s1") },
		`group "boats" is not in the snapshot`:   func(s *smartbox.Snapshot) { s.Keys[0].Groups = []smartbox.GroupID{group("boats")} },
		"a time span is negative":                func(s *smartbox.Snapshot) { s.Keys[0].Policy.Staleness = -1 },
		"user anna: status(77)":                  func(s *smartbox.Snapshot) { s.Users[0].Status = 77 },
		"name is longer than 64 bytes":           func(s *smartbox.Snapshot) { s.Users[0].Name = strings.Repeat("ä", 33) },
		`credential 1: user "carl" is not`:       func(s *smartbox.Snapshot) { s.Credentials[0].User = user("carl") },
		"two people or keys have the same code":  func(s *smartbox.Snapshot) { s.Credentials = append(s.Credentials, s.Credentials[0]) },
		"its number is 0":                        func(s *smartbox.Snapshot) { s.Credentials[0].Number = 0 },
		"credential 1: credential(9)":            func(s *smartbox.Snapshot) { s.Credentials[0].Kind = 9 },
		`grant g1: user "carl" is not`:           func(s *smartbox.Snapshot) { s.Grants[0].User = user("carl") },
		`grant g1: target key:moon is not`:       func(s *smartbox.Snapshot) { s.Grants[0].Target = smartbox.OnKey(key("moon")) },
		`grant g1: schedule "night" is not`:      func(s *smartbox.Snapshot) { s.Grants[0].Schedule = sched("night") },
		"grant g1: permission role(0)":           func(s *smartbox.Snapshot) { s.Grants[0].Role = 0 },
		`grant "g1": no id, or one that stands`:  func(s *smartbox.Snapshot) { s.Grants[1].ID = grant("g1") },
		"booking b: ends before it begins": func(s *smartbox.Snapshot) {
			s.Bookings = []smartbox.Booking{{ID: booking("b"), User: user("anna"), Key: key("safe")}}
		},
		`custody of key safe: key or slot "s9"`: func(s *smartbox.Snapshot) {
			s.Custody = []smartbox.Custody{{Key: key("safe"), Place: smartbox.InSlot, Slot: slot("s9")}}
		},
	} {
		t.Run(want, func(t *testing.T) {
			s := world()
			if err := s.Validate(time.LoadLocation); err != nil {
				t.Fatalf("the world itself: %v", err)
			}
			breakIt(s)
			err := s.Validate(time.LoadLocation)
			if !errors.Is(err, smartbox.ErrSnapshot) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestValidateDoesNotFlood(t *testing.T) {
	s := world()
	for i := range 1000 {
		s.Grants = append(s.Grants, smartbox.Grant{ID: grant(fmt.Sprintf("x%d", i)), User: user("ben")})
	}
	if n := strings.Count(s.Validate(time.LoadLocation).Error(), "\n"); n > 25 {
		t.Errorf("%d lines", n)
	}
}

// randomWorld draws a valid snapshot.
func randomWorld(t *rapid.T, version uint64) *smartbox.Snapshot {
	s := world()
	s.Revision.Version = version
	s.Credentials, s.Grants = nil, nil
	s.Box.GoTo = rapid.SampledFrom([]string{"", "Office"}).Draw(t, "goto")
	s.Users = nil
	for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"anna", "ben", "cleo", "dora", "emil"}), rapid.ID).Draw(t, "users") {
		s.Users = append(s.Users, smartbox.User{ID: user(name), Status: smartbox.Status(rapid.Uint8Max(8).Draw(t, "status"))})
		code := smartbox.Code(rapid.StringMatching(`[0-9]{5}`).Draw(t, "code"))
		if rapid.Bool().Draw(t, "has code") {
			s.Credentials = append(s.Credentials, smartbox.Credential{
				Digest: boxKey.Digest(string(code) + name), Number: uint32(len(s.Credentials) + 1), Kind: smartbox.AccessCode, User: user(name),
			})
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "grants") {
			s.Grants = append(s.Grants, smartbox.Grant{
				ID: grant(fmt.Sprintf("%s-%d", name, i)), User: user(name), Role: smartbox.PermitExchange,
				Target: rapid.SampledFrom([]smartbox.Target{smartbox.OnAll(), smartbox.OnKey(key("safe")), smartbox.OnGroup(group("fleet"))}).Draw(t, "target"),
			})
		}
	}
	s.Keys = slices.DeleteFunc(s.Keys, func(k smartbox.Key) bool { return k.ID == key("van-2") && rapid.Bool().Draw(t, "sold") })
	s.Normalize()
	return s
}

// TestDiffThenWith is the property that syncing stands on: what a delta makes of the old is the new.
func TestDiffThenWith(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, now := randomWorld(t, 1), randomWorld(t, 2)
		d := now.Diff(old)
		got, err := old.With(d)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(now, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
		if err := got.Validate(time.LoadLocation); err != nil {
			t.Fatal(err)
		}
		if _, err := now.With(d); !errors.Is(err, smartbox.ErrBase) {
			t.Fatalf("applied to its own result: %v", err)
		}
		same := now.Diff(now)
		if diff := cmp.Diff(smartbox.Delta{Base: now.Revision, Revision: now.Revision, IssuedAt: now.IssuedAt}, same); diff != "" {
			t.Fatalf("nothing changed, and yet\n%s", diff)
		}
	})
}

func TestDroppingAPersonTakesAlongWhatWasHers(t *testing.T) {
	s := world()
	s.Bookings = []smartbox.Booking{{ID: booking("b"), User: user("anna"), Key: key("safe"), From: 1, Until: 2}}
	got, err := s.With(smartbox.Delta{
		Base: s.Revision, Revision: smartbox.Revision{Epoch: 1, Version: 42}, IssuedAt: s.IssuedAt,
		Drop: smartbox.Drops{Users: []smartbox.UserID{user("anna"), user("anna"), user("nobody")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Users) != 1 || len(got.Credentials) != 0 || len(got.Grants) != 1 || len(got.Bookings) != 0 {
		t.Errorf("%+v", got)
	}
	if err := got.Validate(time.LoadLocation); err != nil {
		t.Error(err)
	}
	if len(s.Users) != 2 || len(s.Credentials) != 1 {
		t.Error("the old snapshot changed")
	}
}
