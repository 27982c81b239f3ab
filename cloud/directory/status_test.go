package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
)

// TestMoves writes the status machine out, every status against every move, and compares it with the product's words.
func TestMoves(t *testing.T) {
	want := map[smartbox.Status]string{
		smartbox.StatusInvited:   "register:validated remove:removed archive:archived expunge:expunged",
		smartbox.StatusValidated: "suspend:suspended ban:banned deny:denied deactivate:inactive remove:removed archive:archived expunge:expunged",
		smartbox.StatusSuspended: "restore:validated validate:validated remove:removed archive:archived expunge:expunged",
		smartbox.StatusDenied:    "validate:validated remove:removed archive:archived expunge:expunged",
		smartbox.StatusBanned:    "validate:validated remove:removed archive:archived expunge:expunged",
		smartbox.StatusInactive:  "validate:validated remove:removed archive:archived expunge:expunged",
		smartbox.StatusArchived:  "expunge:expunged",
		smartbox.StatusRemoved:   "archive:archived expunge:expunged",
		smartbox.StatusExpunged:  "",
	}
	got := map[smartbox.Status]string{}
	for s := smartbox.StatusInvited; s <= smartbox.StatusExpunged; s++ {
		var line []string
		for _, m := range moves() {
			row, err := moveFrom(s, m.move)
			if err == nil {
				line = append(line, fmt.Sprintf("%s:%s", m.move, row.to))
				continue
			}
			if r, ok := errors.AsType[*RefusedError](err); !ok || r.Reason != RefusedMove {
				t.Errorf("%s from %s: %v", m.move, s, err)
			}
		}
		got[s] = strings.Join(line, " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("moves (-want +got):\n%s", diff)
	}
	if _, err := moveFrom(smartbox.StatusInvited, "fly"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a move that there is not: %v", err)
	}
}

// TestCan writes out who can what, by role and by scope.
func TestCan(t *testing.T) {
	all := []Capability{
		SeeOwn, SeeMembers, SeeAll, SeeKeys, ManageMembers, RemoveMembers, ManageGrants, ManageSchedules, ManageBookings,
		ManageKeys, ManageBoxes, CommandBoxes, ManageTokens, AdministerRoles,
	}
	can := func(a Actor) (list []Capability) {
		for _, c := range all {
			if a.Can(c) {
				list = append(list, c)
			}
		}
		return list
	}
	admin := smartbox.RoleAdministrator
	for _, c := range []struct {
		who  string
		a    Actor
		want []Capability
	}{
		{"basic", Actor{}, []Capability{SeeOwn}},
		{"manager", Actor{Role: smartbox.RoleManager}, []Capability{
			SeeOwn, SeeMembers, SeeKeys, ManageMembers, ManageGrants, ManageSchedules, ManageBookings,
		}},
		{"administrator", Actor{Role: admin}, all},
		{"system", Actor{System: true}, all},
		{"no scopes", Actor{Role: admin, Scopes: []Scope{}}, nil},
		{"reads", Actor{Role: admin, Scopes: []Scope{ScopeRead}}, []Capability{SeeOwn, SeeMembers, SeeAll, SeeKeys}},
		{"boxes", Actor{Role: admin, Scopes: []Scope{ScopeBoxes}}, []Capability{ManageBoxes}},
		{"beyond the role", Actor{Role: smartbox.RoleBasic, Scopes: scopes()}, []Capability{SeeOwn}},
	} {
		if diff := cmp.Diff(c.want, can(c.a)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.who, diff)
		}
	}
	if n := len(capabilities()); n != len(all) {
		t.Errorf("%d capabilities in the table, %d here", n, len(all))
	}
}

// TestBelow draws evenly: a code's digits must not be likelier than others.
func TestBelow(t *testing.T) {
	const draws = 20_000
	var seen [10]int
	for range draws {
		seen[below(10)]++
	}
	// Six standard deviations (42) to either side: once in 500 million runs.
	if least, most := slices.Min(seen[:]), slices.Max(seen[:]); least < draws/10-255 || most > draws/10+255 {
		t.Errorf("digits came %v times", seen)
	}
}

// FuzzCursor reads what clients send back as cursors.
func FuzzCursor(f *testing.F) {
	f.Add(cursor(FieldName, Position{Value: "anna", ID: 7 << 40}))
	f.Add("")
	f.Add("bm9uZQ")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parseCursor(FieldName, s)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		again, err := parseCursor(FieldName, cursor(FieldName, *p))
		if err != nil || *again != *p {
			t.Fatalf("%+v comes back as %+v: %v", p, again, err)
		}
		if _, err := parseCursor(FieldAt, s); err == nil {
			t.Fatal("a cursor of one order is taken for another's")
		}
	})
}
