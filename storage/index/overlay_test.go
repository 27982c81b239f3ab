package index_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"smartbox"
	"smartbox/storage/index"
	"smartbox/storage/index/indextest"
)

// sum is the digest of a snapshot with a difference taken out and put in.
func sum(t rapid.TB, s, out, in *smartbox.Snapshot) smartbox.StateSum {
	t.Helper()
	total, err := smartbox.SumState(s, cbor.Marshal)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		s     *smartbox.Snapshot
		count func(*smartbox.StateSum, smartbox.ItemKind, []byte)
	}{{out, (*smartbox.StateSum).Remove}, {in, (*smartbox.StateSum).Add}} {
		err := smartbox.EachItem(part.s, func(kind smartbox.ItemKind, v any) error {
			b, err := cbor.Marshal(v)
			part.count(&total, kind, b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return total
}

// randomDelta draws a delta on s that changes a few things, in every way in which one can, wrong ones included.
func randomDelta(t *rapid.T, s *smartbox.Snapshot) smartbox.Delta {
	other := indextest.Random(t)
	d := smartbox.Delta{Base: s.Revision, Revision: smartbox.Revision{Epoch: s.Revision.Epoch, Version: s.Revision.Version + 1}, IssuedAt: indextest.Noon}
	if rapid.IntRange(0, 3).Draw(t, "whole") == 0 {
		other.Revision = d.Revision
		return other.Diff(s)
	}
	p, r := &d.Put, &d.Drop
	p.Users = some(t, other.Users)
	p.Credentials = some(t, other.Credentials)
	p.Grants = some(t, other.Grants)
	for _, u := range some(t, s.Users) {
		r.Users = append(r.Users, u.ID)
	}
	for _, c := range some(t, s.Credentials) {
		r.Credentials = append(r.Credentials, c.Digest)
	}
	for _, g := range some(t, s.Grants) {
		r.Grants = append(r.Grants, g.ID)
	}
	if rapid.Bool().Draw(t, "edit") { // what is there, in another way
		for _, c := range some(t, s.Credentials) {
			c.Active = !c.Active
			p.Credentials = append(p.Credentials, c)
		}
		for _, g := range some(t, s.Grants) {
			if len(s.Users) > 0 {
				g.User = rapid.SampledFrom(s.Users).Draw(t, "to").ID
			}
			p.Grants = append(p.Grants, g)
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "things") > 0 {
		return d
	}
	p.Keys, p.Groups, p.Schedules, p.Bookings = some(t, other.Keys), some(t, other.Groups), some(t, other.Schedules), some(t, other.Bookings)
	for _, k := range some(t, s.Keys) {
		r.Keys = append(r.Keys, k.ID)
	}
	for _, c := range some(t, s.Schedules) {
		r.Schedules = append(r.Schedules, c.ID)
	}
	for _, b := range some(t, s.Bookings) {
		r.Bookings = append(r.Bookings, b.ID)
	}
	return d
}

// some draws none to three of a list.
func some[T any](t *rapid.T, list []T) (out []T) {
	if len(list) == 0 || rapid.Bool().Draw(t, "none") {
		return nil
	}
	for range rapid.IntRange(0, 3).Draw(t, "some") {
		out = append(out, rapid.SampledFrom(list).Draw(t, "one"))
	}
	return out
}

// TestChangedIndexAnswersAsThePlainViewDoes lays random deltas over an index, one over the other, beside plain snapshots.
func TestChangedIndexAnswersAsThePlainViewDoes(t *testing.T) {
	overlaid, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		s := indextest.Random(t)
		x := build(t, s)
		for range rapid.IntRange(1, 6).Draw(t, "deltas") {
			d := randomDelta(t, s)
			n, err := s.With(d)
			if err == nil {
				err = n.Validate(time.LoadLocation)
			}
			y, diff, yerr := x.Change(d)
			if err != nil {
				refused++
				if !errors.Is(yerr, smartbox.ErrSnapshot) {
					t.Fatalf("the plain way says %v, the index %v", err, yerr)
				}
				continue
			}
			if yerr != nil {
				t.Fatalf("a good delta is refused: %v", yerr)
			}
			if y.Changed() > 0 {
				overlaid++
			}
			before := x.Snapshot()
			if diff := cmp.Diff(s, before, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("the delta changed what it builds on:\n%s", diff)
			}
			if diff != nil && sum(t, s, &diff.Out, &diff.In) != sum(t, n, &smartbox.Snapshot{}, &smartbox.Snapshot{}) {
				t.Fatalf("the difference is another: %+v", diff)
			}
			want := plain(t, n)
			same(t, want, y)
			sameDecisions(t, n, want, y)
			if diff := cmp.Diff(n, y.Snapshot(), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("read back:\n%s", diff)
			}
			packed, err := y.Packed()
			if err != nil {
				t.Fatal(err)
			}
			again := build(t, n)
			if !cmp.Equal(packed.Flat(), again.Flat()) || !y.Same(again) || y.Same(x) {
				t.Fatal("packed, it is another image than that of its snapshot")
			}
			s, x = n, y
		}
	})
	t.Logf("%d deltas laid over, %d refused", overlaid, refused)
	if overlaid == 0 || refused == 0 {
		t.Error("the deltas try one way only")
	}
}

// TestDecisionOnChangedIndexDoesNotAllocate holds an index with changes to what a packed one does.
func TestDecisionOnChangedIndexDoesNotAllocate(t *testing.T) {
	x, book := build(t, indextest.Town(500)), smartbox.NewBook()
	for i := range 20 {
		x = withOne(t, x, i)
	}
	if x.Changed() == 0 {
		t.Fatal("nothing stands over the tables")
	}
	texts := []string{indextest.Code(3).Canonical(), indextest.Badge(400).Canonical(), "code:0"}
	keys := x.Keys()
	i := 0
	n := testing.AllocsPerRun(1000, func() {
		i++
		c, _ := x.Identify(texts[i%len(texts)])
		_ = smartbox.Decide(x, book, smartbox.Question{
			Action: smartbox.Pickup, User: c.User, Key: keys[i%len(keys)], Record: true,
			Moment: smartbox.Moment{Wall: indextest.Noon.Time(), Trust: smartbox.ClockSynced},
		})
	})
	if n != 0 {
		t.Errorf("%v allocations a decision", n)
	}
}

// one is a delta about one person: a new status, another badge, a grant more.
func one(x *index.Index, i int) smartbox.Delta {
	r := x.Revision()
	u, _ := x.User(indextest.UserID(i))
	u.Status = smartbox.StatusValidated
	u.Name = fmt.Sprint("Anna ", i)
	key := indextest.Key()
	c, _ := x.Identify(indextest.Badge(i).Canonical())
	put := c
	put.Digest = key.Digest(smartbox.WiegandBadge(smartbox.Wiegand37, 9, uint64(i)).Canonical())
	d := smartbox.Delta{
		Base: r, Revision: smartbox.Revision{Epoch: r.Epoch, Version: r.Version + 1}, IssuedAt: x.IssuedAt() + 1,
		Put: smartbox.Changes{
			Users:  []smartbox.User{u},
			Grants: []smartbox.Grant{{ID: smartbox.MustID[smartbox.Grant](fmt.Sprint("extra-", i)), User: u.ID, Target: smartbox.OnAll(), Role: smartbox.PermitExchange}},
		},
	}
	if c.Number != 0 {
		d.Put.Credentials = []smartbox.Credential{put}
		d.Drop.Credentials = []smartbox.Digest{c.Digest}
	}
	return d
}

func withOne(t rapid.TB, x *index.Index, i int) *index.Index {
	t.Helper()
	n, err := x.With(one(x, i))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTownInSmallSteps changes everybody of a town, one person at a time, past the point where changes are packed.
func TestTownInSmallSteps(t *testing.T) {
	const users = 1000
	x := build(t, indextest.Town(users))
	s := x.Snapshot()
	most, packed := 0, false
	for i := range users {
		d := one(x, i)
		n, err := x.With(d)
		if err != nil {
			t.Fatal(err)
		}
		most, packed = max(most, n.Changed()), packed || n.Changed() < x.Changed()
		if s, err = s.With(d); err != nil {
			t.Fatal(err)
		}
		if x = n; i%250 != 249 {
			continue
		}
		if diff := cmp.Diff(s, x.Snapshot(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		want := plain(t, s)
		for j := range users {
			for _, text := range []string{indextest.Code(j).Canonical(), indextest.Badge(j).Canonical()} {
				a, aok := want.Identify(text)
				b, ok := x.Identify(text)
				if a != b || aok != ok {
					t.Fatalf("%d: %+v, want %+v", j, b, a)
				}
			}
		}
	}
	if !packed {
		t.Errorf("never packed, %d rows of changes at most", most)
	}
}

// BenchmarkDelta applies a delta about one person to an index of 100,000.
func BenchmarkDelta(b *testing.B) {
	b.Run("one-person", func(b *testing.B) {
		x := large()
		for i := 0; b.Loop(); i++ {
			x = withOne(b, x, i%1000)
			if x.Changed() > 256 { // as when the cache packs from time to time
				x = large()
			}
		}
	})
	b.Run("drop-one", func(b *testing.B) {
		x := large()
		for i := 0; b.Loop(); i++ {
			r := x.Revision()
			d := smartbox.Delta{
				Base: r, Revision: smartbox.Revision{Epoch: r.Epoch, Version: r.Version + 1}, IssuedAt: x.IssuedAt(),
				Drop: smartbox.Drops{Users: []smartbox.UserID{indextest.UserID(i % 1000)}},
			}
			if _, err := x.With(d); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("rebuilt", func(b *testing.B) { // as every delta did it before
		x := large()
		for b.Loop() {
			s, err := x.Snapshot().With(one(x, 7))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := index.Build(s, indextest.Key(), time.LoadLocation); err != nil {
				b.Fatal(err)
			}
		}
	})
}
