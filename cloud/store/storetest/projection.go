package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

// SameDigest checks that the digest that was kept up with each change is that of the whole.
func (h *House) SameDigest(s directory.StateSnapshot) {
	h.T.Helper()
	want, err := wire.StateDigest(s.Snapshot)
	h.must(err)
	if want != s.Digest {
		h.T.Fatalf("box %s at %v: the digest kept up is not that of the snapshot", s.Box.ID, s.Revision)
	}
}

// Users of a box.
func (h *House) Users(box smartbox.BoxID) []smartbox.UserID {
	h.T.Helper()
	var ids []smartbox.UserID
	for _, u := range h.Snapshot(box).Users {
		ids = append(ids, u.ID)
	}
	return ids
}

// box is a copy of a box's state that follows deltas.
type box struct {
	id    smartbox.BoxID
	state *smartbox.Snapshot
}

// follow brings the copy to the newest state by a delta, or by a snapshot where no delta leads there.
func (h *House) follow(b *box) {
	h.T.Helper()
	if b.state != nil {
		d, err := h.Service.DeltaFor(h.Ctx, b.id, b.state.Revision.Epoch, b.state.Revision.Version)
		if err == nil {
			b.state, err = b.state.With(d.Delta)
			h.must(err)
			return
		}
		if !errors.Is(err, directory.ErrNeedsSnapshot) {
			h.T.Fatal(err)
		}
	}
	b.state = h.Snapshot(b.id)
}

// same compares the copy with the state itself.
func (h *House) same(b *box) {
	h.T.Helper()
	want := h.Snapshot(b.id)
	got := *b.state
	got.Custody, want.Custody = nil, nil
	got.IssuedAt, want.IssuedAt = 0, 0
	if diff := cmp.Diff(plain(want), plain(&got)); diff != "" {
		h.T.Fatalf("box %s: deltas lead elsewhere than the snapshot (-want +got):\n%s", b.id, diff)
	}
}

// plain is a snapshot with nil for every empty list.
func plain(s *smartbox.Snapshot) smartbox.Snapshot {
	p := *s
	p.Slots, p.Locations, p.Schedules, p.Groups = none(p.Slots), none(p.Locations), none(p.Schedules), none(p.Groups)
	p.Keys, p.Users, p.Credentials, p.Grants, p.Bookings = none(p.Keys), none(p.Users), none(p.Credentials), none(p.Grants), none(p.Bookings)
	return p
}

func none[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

func testProjection(t *testing.T, open Open) {
	h := NewHouse(t, open)
	van, bus := h.Key(h.North, true), h.Key(h.South, false)
	anna, code := h.Member("Anna", smartbox.OnKey(van))
	berta, _ := h.Member("Berta", smartbox.OnGroup(h.Fleet))
	clara, _ := h.Member("Clara", smartbox.OnKey(bus))
	dora, _ := h.Member("Dora", smartbox.OnAll())
	admin := h.Admin.Member

	on := func(box smartbox.BoxID, want ...smartbox.UserID) {
		t.Helper()
		slices.Sort(want)
		if diff := cmp.Diff(want, h.Users(box)); diff != "" {
			t.Fatalf("users of %s (-want +got):\n%s", box, diff)
		}
	}
	on(h.North, admin, anna.ID, berta.ID, dora.ID)
	on(h.South, admin, clara.ID, dora.ID)
	if got := h.Identify(h.North, code.Canonical()); got != anna.ID {
		t.Fatalf("code at north is %q's", got)
	}
	if got := h.Identify(h.South, code.Canonical()); got != 0 {
		t.Fatalf("code at south is %q's", got)
	}

	// The group's key moves, and its people with it.
	key := Must[directory.Key](t)(h.Service.Keys.Get(h.Ctx, h.Admin, van))
	key.Box = h.South
	key = Must[directory.Key](t)(h.Service.Keys.Update(h.Ctx, h.Admin, key))
	on(h.North, admin, dora.ID)
	on(h.South, admin, anna.ID, berta.ID, clara.ID, dora.ID)

	// Out of the group: who had it by the group has it no more.
	key.Groups = nil
	key = Must[directory.Key](t)(h.Service.Keys.Update(h.Ctx, h.Admin, key))
	on(h.South, admin, anna.ID, clara.ID, dora.ID)
	if n := len(h.Snapshot(h.South).Groups); n != 0 {
		t.Fatalf("%d groups without a key are left on the box", n)
	}

	// The key is deleted, and the grants on it.
	h.must(h.Service.Keys.Delete(h.Ctx, h.Admin, van, key.Version))
	on(h.South, admin, clara.ID, dora.ID)

	// Suspended people stay, for the box refuses them by name; removed ones go.
	Must[directory.Member](t)(h.Service.MoveMember(h.Ctx, h.Admin, clara.ID, 0, directory.MoveSuspend, ""))
	on(h.South, admin, clara.ID, dora.ID)
	i := slices.IndexFunc(h.Snapshot(h.South).Users, func(u smartbox.User) bool { return u.ID == clara.ID })
	if s := h.Snapshot(h.South).Users[i].Status; s != smartbox.StatusSuspended {
		t.Fatalf("clara is %s at the box", s)
	}
	Must[directory.Member](t)(h.Service.MoveMember(h.Ctx, h.Admin, clara.ID, 0, directory.MoveRemove, ""))
	on(h.South, admin, dora.ID)
}

func testSchedulesFollowGrants(t *testing.T, open Open) {
	h := NewHouse(t, open)
	van := h.Key(h.North, false)
	late := Must[directory.Schedule](t)(h.Service.Schedules.Create(h.Ctx, h.Admin, directory.Schedule{
		Name: "Late", Windows: []smartbox.Window{{Days: 62, From: 840, To: 1320}},
	}))
	grant := func(name string) (directory.Member, directory.Grant) {
		m, _ := h.Member(name)
		return m, Must[directory.Grant](t)(h.Service.Grants.Create(h.Ctx, h.Admin, directory.Grant{
			Member: m.ID, Target: smartbox.OnKey(van), Role: smartbox.PermitExchange, Schedule: late.ID,
		}))
	}
	want := func(n int) {
		t.Helper()
		if got := len(h.Snapshot(h.North).Schedules); got != n {
			t.Fatalf("%d schedules on the box, not %d", got, n)
		}
	}
	want(0)
	_, first := grant("Anna")
	berta, _ := grant("Berta")
	want(1)
	late.Windows[0].To = 1380
	late = Must[directory.Schedule](t)(h.Service.Schedules.Update(h.Ctx, h.Admin, late))
	if got := h.Snapshot(h.North).Schedules[0].Windows[0].To; got != 1380 {
		t.Fatalf("the box's schedule ends at %d", got)
	}
	h.must(h.Service.Grants.Delete(h.Ctx, h.Admin, first.ID, 0))
	want(1)
	if err := h.Service.Schedules.Delete(h.Ctx, h.Admin, late.ID, 0); !errors.Is(err, directory.ErrRefused) {
		t.Fatalf("a schedule in use is deleted: %v", err)
	}
	Must[directory.Member](t)(h.Service.MoveMember(h.Ctx, h.Admin, berta.ID, 0, directory.MoveRemove, ""))
	want(0)
	h.must(h.Service.Schedules.Delete(h.Ctx, h.Admin, late.ID, 0))
}
