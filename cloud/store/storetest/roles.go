package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cloud/directory"
)

// testManager holds a manager to the groups she belongs to.
func testManager(t *testing.T, open Open) {
	h := NewHouse(t, open)
	van, bus := h.Key(h.North, true), h.Key(h.South, false)
	n := h.NewMember("Mona", smartbox.OnGroup(h.Fleet))
	n.Role = smartbox.RoleManager
	mona, _, err := h.Service.CreateMember(h.Ctx, h.Admin, n)
	h.must(err)
	berta, _ := h.Member("Berta", smartbox.OnKey(bus))
	manager := directory.Actor{Org: h.Admin.Org, Member: mona.ID, Role: smartbox.RoleManager}
	basic := directory.Actor{Org: h.Admin.Org, Member: berta.ID, Role: smartbox.RoleBasic}

	anna, _, err := h.Service.CreateMember(h.Ctx, manager, h.NewMember("Anna", smartbox.OnGroup(h.Fleet)))
	h.must(err)
	h.must(h.Service.RemoveCredential(h.Ctx, manager, h.credential(anna.ID)))
	forbidden := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, directory.ErrForbidden) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, _, err = h.Service.CreateMember(h.Ctx, manager, h.NewMember("Carla", smartbox.OnKey(bus)))
	forbidden("a grant on a key of no group of hers", err)
	_, _, err = h.Service.CreateMember(h.Ctx, manager, h.NewMember("Carla", smartbox.OnAll()))
	forbidden("a grant on all keys", err)
	_, _, err = h.Service.CreateMember(h.Ctx, manager, n)
	forbidden("another manager", err)
	_, err = h.Service.SetCode(h.Ctx, manager, berta.ID, directory.CodeWish{Random: true})
	forbidden("the code of somebody in no group of hers", err)
	_, err = h.Service.SetCode(h.Ctx, manager, h.Admin.Member, directory.CodeWish{Random: true})
	forbidden("the administrator's code", err)
	_, err = h.Service.MoveMember(h.Ctx, manager, anna.ID, 0, directory.MoveBan, "")
	forbidden("a ban", err)
	_, err = h.Service.Boxes.Create(h.Ctx, manager, directory.Box{Name: "East", Location: h.Depot})
	forbidden("a box", err)
	_, err = h.Service.Members.List(h.Ctx, basic, directory.List{})
	forbidden("a basic member's list of members", err)
	if me := Must[directory.Member](t)(h.Service.Members.Get(h.Ctx, basic, berta.ID)); me.ID != berta.ID {
		t.Error("a basic member does not see herself")
	}

	j := newJournal(t, 1)
	j.add(smartbox.Event{Kind: smartbox.PickupTaken, User: anna.ID, Key: van, At: 1})
	j.add(smartbox.Event{Kind: smartbox.PickupTaken, User: berta.ID, Key: bus, At: 2})
	Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, j.batch(1, 2)))
	sees := func(a directory.Actor, want ...smartbox.KeyID) {
		t.Helper()
		var got []smartbox.KeyID
		for _, e := range Must[[]directory.StoredEvent](t)(h.Service.Events(h.Ctx, a, directory.EventFilter{})) {
			got = append(got, e.Event.Key)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s sees (-want +got):\n%s", a.Name(), diff)
		}
	}
	sees(h.Admin, van, bus)
	sees(manager, van)
	sees(basic, bus)
	_, err = h.Service.Event(h.Ctx, manager, 2)
	if !errors.Is(err, directory.ErrNotFound) {
		t.Errorf("an event of another group's key: %v", err)
	}
}

func (h *House) credential(member smartbox.UserID) directory.CredentialID {
	h.T.Helper()
	p := Must[directory.Page[directory.Credential]](h.T)(h.Service.Credentials.List(h.Ctx, h.Admin,
		directory.List{Where: []directory.Cond{directory.Eq(directory.FieldMember, member)}}))
	if len(p.Things) == 0 {
		h.T.Fatal("no credential")
	}
	return p.Things[0].ID
}

// testConsequences takes events in that mean something for the directory.
func testConsequences(t *testing.T, open Open) {
	h := NewHouse(t, open)
	van := h.Key(h.North, false)
	anna, _ := h.Member("Anna", smartbox.OnKey(van))
	badge := Must[directory.Credential](t)(h.Service.AddBadge(h.Ctx, h.Admin, anna.ID, "w26:8-12345", false))
	codes := Must[[]smartbox.Code](t)(h.Service.BackupCodes(h.Ctx, h.Admin, anna.ID, 2))
	var spent uint32
	for _, c := range h.Snapshot(h.North).Credentials {
		key := Must[smartbox.BoxKey](t)(h.Service.BoxKey(h.Ctx, h.North))
		if c.Digest == key.Digest(codes[0].Canonical()) {
			spent = c.Number
		}
	}
	j := newJournal(t, 1)
	at := smartbox.StampOf(h.Now.Now()) + 1
	j.add(smartbox.Event{Kind: smartbox.BadgeActivated, User: anna.ID, Cred: badge.Number, At: at})
	j.add(smartbox.Event{Kind: smartbox.BackupUsed, User: anna.ID, Cred: spent, At: at})
	j.add(smartbox.Event{Kind: smartbox.AccessRefused, User: anna.ID, Key: van, Reason: smartbox.NoGrant, At: at, Age: -1})
	j.add(smartbox.Event{Kind: smartbox.UserDenied, User: anna.ID, At: at})
	h.Now.Add(1_000_000_000)
	Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, j.batch(1, 4)))
	if b := Must[directory.Credential](t)(h.Service.Credentials.Get(h.Ctx, h.Admin, badge.ID)); !b.Active {
		t.Error("the badge that was activated at the box is not active")
	}
	if got := h.Identify(h.North, codes[0].Canonical()); got != 0 {
		t.Error("the backup code that was used still opens")
	}
	if got := h.Identify(h.North, codes[1].Canonical()); got != anna.ID {
		t.Error("the other backup code is gone too")
	}
	if m := Must[directory.Member](t)(h.Service.Members.Get(h.Ctx, h.Admin, anna.ID)); m.Status != smartbox.StatusDenied {
		t.Errorf("a member denied at a box is %s", m.Status)
	}
	w := Must[directory.Why](t)(h.Service.EventWhy(h.Ctx, h.Admin, 3))
	if w.Explain != smartbox.NoGrant.Explain() || w.Member == nil || w.Member.ID != anna.ID || w.Key == nil || w.Key.ID != van || w.Age >= 0 {
		t.Errorf("why: %+v", w)
	}
	// An administrator validates her; the box's event, told again from another journal, is older than that.
	h.Now.Add(1_000_000_000)
	Must[directory.Member](t)(h.Service.MoveMember(h.Ctx, h.Admin, anna.ID, 0, directory.MoveValidate, ""))
	late := newJournal(t, 2)
	late.add(smartbox.Event{Kind: smartbox.UserDenied, User: anna.ID, At: at})
	Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.South, late.batch(1, 1)))
	if m := Must[directory.Member](t)(h.Service.Members.Get(h.Ctx, h.Admin, anna.ID)); m.Status != smartbox.StatusValidated {
		t.Errorf("an old event made her %s again", m.Status)
	}
}
