package index_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"smartbox"
	"smartbox/storage/index"
	"smartbox/storage/index/indextest"
)

func plain(t rapid.TB, s *smartbox.Snapshot) smartbox.View {
	t.Helper()
	key := indextest.Key()
	v, err := smartbox.NewMapView(s, &key, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func build(t rapid.TB, s *smartbox.Snapshot) *index.Index {
	t.Helper()
	x, err := index.Build(s, indextest.Key(), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// answers is all that a view says, about everything that the snapshot or a stranger could name.
func answers(v smartbox.View) map[string]any {
	all := map[string]any{
		"revision": v.Revision(), "issued": v.IssuedAt(), "box": v.Box(), "keys": v.Keys(), "slots": v.Slots(), "seats": v.Seats(),
	}
	note := func(what string, name, x any, ok bool) {
		all[what+" "+name.(interface{ String() string }).String()] = []any{x, ok}
	}
	for _, text := range indextest.Texts() {
		c, ok := v.Identify(text)
		all[text] = []any{c, ok}
	}
	ids := []string{"", "here", "box-1", "zzz"}
	for _, prefix := range "usgklcpb" {
		for i := range 12 {
			ids = append(ids, fmt.Sprint(string(prefix), i))
		}
	}
	for _, id := range ids {
		u := smartbox.MustID[smartbox.User](id)
		user, ok := v.User(u)
		note("user", u, user, ok)
		from, to := v.Grants(u)
		var grants []smartbox.Grant
		for i := from; i < to; i++ {
			grants = append(grants, v.Grant(i))
		}
		note("grants", u, grants, from <= to)
		key, ok := v.Key(smartbox.KeyID(u))
		note("key", u, key, ok)
		slot, ok := v.Slot(smartbox.SlotID(u))
		note("slot", u, slot, ok)
		group, ok := v.Group(smartbox.GroupID(u))
		note("group", u, group, ok)
		location, ok := v.Location(smartbox.LocationID(u))
		note("location", u, location, ok)
		note("zone", u, v.Zone(smartbox.LocationID(u)).String(), true)
		schedule, ok := v.Schedule(smartbox.ScheduleID(u))
		note("schedule", u, schedule, ok)
		note("bookings", u, v.Bookings(smartbox.KeyID(u)), true)
	}
	return all
}

func same(t rapid.TB, want, got smartbox.View) {
	t.Helper()
	if diff := cmp.Diff(answers(want), answers(got), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("plain view -, index +\n%s", diff)
	}
}

// sameDecisions compares decisions on both over random questions.
func sameDecisions(t *rapid.T, s *smartbox.Snapshot, want, got smartbox.View) {
	t.Helper()
	if len(s.Users) == 0 || len(s.Keys) == 0 {
		return
	}
	for range 20 {
		b := smartbox.NewBook()
		q := smartbox.Question{
			Action:  smartbox.Action(rapid.Uint8Range(1, 3).Draw(t, "action")),
			User:    rapid.SampledFrom(s.Users).Draw(t, "user").ID,
			Key:     rapid.SampledFrom(s.Keys).Draw(t, "key").ID,
			Factors: smartbox.Factors(rapid.Uint8Range(0, 31).Draw(t, "factors")),
			Answer:  rapid.Bool().Draw(t, "answer"), Record: true,
			Moment: smartbox.Moment{
				Wall:  (indextest.Noon + smartbox.Stamp(rapid.Int64Range(-72, 72).Draw(t, "hour"))*3_600_000).Time(),
				Trust: smartbox.Trust(rapid.Uint8Range(0, 2).Draw(t, "trust")),
			},
		}
		if a, b := smartbox.Decide(want, b, q), smartbox.Decide(got, b, q); a != b {
			t.Fatalf("%+v: plain view decides\n%+v, index\n%+v", q, a, b)
		}
	}
}

func TestIndexAnswersAsThePlainViewDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := indextest.Random(t)
		want, got := plain(t, s), build(t, s)
		same(t, want, got)
		sameDecisions(t, s, want, got)
		if diff := cmp.Diff(s, got.Snapshot(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("read back:\n%s", diff)
		}
		again, err := index.Load(got.Flat(), indextest.Key(), time.LoadLocation)
		if err != nil {
			t.Fatal(err)
		}
		same(t, want, again)
		if diff := cmp.Diff(got.Flat(), build(t, got.Snapshot()).Flat()); diff != "" {
			t.Fatal("the same snapshot gives another image")
		}
	})
}

func TestTown(t *testing.T) {
	s := indextest.Town(3000)
	want, got := plain(t, s), build(t, s)
	for i := range 3000 {
		for _, text := range []string{indextest.Code(i).Canonical(), indextest.Badge(i).Canonical()} {
			a, _ := want.Identify(text)
			b, ok := got.Identify(text)
			if a != b || !ok {
				t.Fatalf("%d: %+v, want %+v", i, b, a)
			}
			ua, _ := want.User(a.User)
			ub, _ := got.User(a.User)
			if ua != ub || ub.ID != indextest.UserID(i) {
				t.Fatalf("%d: %+v, want %+v", i, ub, ua)
			}
		}
		from, _ := want.Grants(indextest.UserID(i))
		f, to := got.Grants(indextest.UserID(i))
		for n := f; n < to; n++ {
			if a, b := want.Grant(from+n-f), got.Grant(n); a != b {
				t.Fatalf("%d: %+v, want %+v", i, b, a)
			}
		}
	}
	if diff := cmp.Diff(s, got.Snapshot(), cmpopts.EquateEmpty()); diff != "" {
		t.Fatal(diff)
	}
}
