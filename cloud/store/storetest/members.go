package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cloud/directory"
)

func testCodes(t *testing.T, open Open) {
	h := NewHouse(t, open)
	van := h.Key(h.North, false)
	set := func(name, code string) error {
		n := h.NewMember(name, smartbox.OnKey(van))
		n.Code = directory.CodeWish{Custom: smartbox.Code(code)}
		_, _, err := h.Service.CreateMember(h.Ctx, h.Admin, n)
		return err
	}
	h.must(set("Anna", "481209"))
	for code, want := range map[string]error{
		"481209": directory.ErrConflict, // hers
		"481200": directory.ErrConflict, // hers under duress
		"481208": directory.ErrConflict, // hers is this one's under duress
		"48120":  nil,
		"12":     directory.ErrInvalid,
		"12345a": directory.ErrInvalid,
	} {
		err := set("Berta", code)
		if !errors.Is(err, want) {
			t.Errorf("%d digits: %v, not %v", len(code), err, want)
		}
		if err != nil && strings.Contains(err.Error(), code) {
			t.Error("the error tells the code")
		}
	}
	// As many codes as guessing allows: ten of four digits, then longer ones by themselves.
	lengths := map[int]int{}
	for range 12 {
		_, code := h.Member("Clara", smartbox.OnKey(van))
		lengths[len(code)]++
	}
	if diff := cmp.Diff(map[int]int{4: 10, 5: 2}, lengths); diff != "" {
		t.Fatalf("lengths of random codes (-want +got):\n%s", diff)
	}
	if err := set("Dora", "9999"); !refused(err, directory.RefusedCodeSpace) {
		t.Fatalf("an eleventh code of four digits: %v", err)
	}
	// Elsewhere there is room, until a grant leads here.
	n := h.NewMember("Emma")
	n.Code = directory.CodeWish{}
	emma, _, err := h.Service.CreateMember(h.Ctx, h.Admin, n)
	h.must(err)
	shown := Must[directory.Shown](t)(h.Service.SetCode(h.Ctx, h.Admin, emma.ID, directory.CodeWish{Random: true}))
	if len(shown.Code) != 4 {
		t.Fatalf("a code of %d digits for a member on no box", len(shown.Code))
	}
	_, err = h.Service.Grants.Create(h.Ctx, h.Admin, directory.Grant{Member: emma.ID, Target: smartbox.OnKey(van), Role: smartbox.PermitExchange})
	if !refused(err, directory.RefusedCodeSpace) {
		t.Fatalf("a grant that brings an eleventh code: %v", err)
	}
	// A new code takes the old one's place, which is free at once.
	again := Must[directory.Shown](t)(h.Service.SetCode(h.Ctx, h.Admin, emma.ID, directory.CodeWish{Custom: "77001100"}))
	h.must(set("Fanny", "990011"))
	if again.Code != "77001100" {
		t.Fatal("the code that was set is not the one that was wished for")
	}
	_, err = h.Service.Grants.Create(h.Ctx, h.Admin, directory.Grant{Member: emma.ID, Target: smartbox.OnKey(van), Role: smartbox.PermitExchange})
	h.must(err)
	if got := h.Identify(h.North, again.Code.Canonical()); got != emma.ID {
		t.Fatalf("the new code is %q's", got)
	}
	if got := h.Identify(h.North, shown.Code.Canonical()); got != 0 {
		t.Fatal("the old code still opens")
	}
	if codes := Must[[]smartbox.Code](t)(h.Service.BackupCodes(h.Ctx, h.Admin, emma.ID, 3)); len(codes) != 3 || len(codes[0]) != 10 {
		t.Fatalf("%d backup codes", len(codes))
	}
}

func refused(err error, why directory.RefusalReason) bool {
	r, ok := errors.AsType[*directory.RefusedError](err)
	return ok && r.Reason == why
}

func testRemoval(t *testing.T, open Open) {
	h := NewHouse(t, open)
	van := h.Key(h.North, false)
	anna, _ := h.Member("Anna", smartbox.OnKey(van))
	slot := h.Snapshot(h.North).Slots[0].ID
	j := newJournal(t, 7)
	j.add(smartbox.Event{Kind: smartbox.PickupTaken, User: anna.ID, Key: van, Slot: slot, At: 1000})
	j.add(smartbox.Event{Kind: smartbox.DropoffReturned, User: anna.ID, Key: van, Slot: slot, At: 2000})
	Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, j.batch(1, 1)))
	move := func(m directory.Move) error {
		_, err := h.Service.MoveMember(h.Ctx, h.Admin, anna.ID, 0, m, "")
		return err
	}
	for _, m := range []directory.Move{directory.MoveRemove, directory.MoveArchive, directory.MoveExpunge} {
		if err := move(m); !refused(err, directory.RefusedHoldsKey) {
			t.Fatalf("%s while she holds a key: %v", m, err)
		}
	}
	if err := h.Service.Keys.Delete(h.Ctx, h.Admin, van, 0); !refused(err, directory.RefusedKeyOut) {
		t.Fatalf("a key that is out is deleted: %v", err)
	}
	Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, j.batch(2, 2)))
	if err := move(directory.MoveRestore); !refused(err, directory.RefusedMove) {
		t.Fatalf("restore of a validated member: %v", err)
	}
	if _, err := h.Service.MoveMember(h.Ctx, h.Admin, anna.ID, anna.Version+5, directory.MoveSuspend, ""); !errors.Is(err, directory.ErrStale) {
		t.Fatalf("a move by an old version: %v", err)
	}
	if _, err := h.Service.MoveMember(h.Ctx, h.Admin, h.Admin.Member, 0, directory.MoveSuspend, ""); !refused(err, directory.RefusedLastAdmin) {
		t.Fatalf("the last administrator: %v", err)
	}

	// Expunged: her name is nowhere, events stay as they were, and the box has to answer.
	before := h.events(directory.EventFilter{Member: anna.ID})
	h.must(move(directory.MoveExpunge))
	if diff := cmp.Diff(before, h.events(directory.EventFilter{Member: anna.ID})); diff != "" {
		t.Fatalf("history was rewritten:\n%s", diff)
	}
	gone := Must[directory.Member](t)(h.Service.Members.Get(h.Ctx, h.Admin, anna.ID))
	if gone.Person != (directory.Person{}) || gone.Status != smartbox.StatusExpunged {
		t.Fatalf("what is left of her: %+v", gone)
	}
	missing := func(want int) {
		t.Helper()
		n := 0
		for _, e := range Must[[]directory.Erasure](t)(h.Service.Erasures(h.Ctx, h.Admin, anna.ID)) {
			if e.Receipt == 0 {
				n++
			}
		}
		if n != want {
			t.Fatalf("%d boxes have still to answer, not %d", n, want)
		}
	}
	missing(1)
	s := Must[directory.StateSnapshot](t)(h.Service.SnapshotFor(h.Ctx, h.North))
	if diff := cmp.Diff([]smartbox.UserID{anna.ID}, s.Erase); diff != "" {
		t.Fatalf("asked to forget (-want +got):\n%s", diff)
	}
	applied := func(forgotten ...smartbox.UserID) {
		t.Helper()
		if !Must[bool](t)(h.Service.Applied(h.Ctx, h.North, s.Revision, s.Digest, forgotten)) {
			t.Fatal("said to differ")
		}
	}
	applied()
	missing(1)
	applied(anna.ID)
	missing(0)
}

func testSearch(t *testing.T, open Open) {
	h := NewHouse(t, open)
	for n := range 25 {
		m := h.NewMember(fmt.Sprintf("Anna%02d", n))
		m.Code = directory.CodeWish{}
		_, _, err := h.Service.CreateMember(h.Ctx, h.Admin, m)
		h.must(err)
	}
	names := func(l directory.List) (got []string) {
		t.Helper()
		for {
			p := Must[directory.Page[directory.Member]](t)(h.Service.Members.List(h.Ctx, h.Admin, l))
			for _, m := range p.Things {
				got = append(got, m.Person.FirstName)
			}
			if p.Next == "" {
				return got
			}
			if len(p.Things) != l.Limit {
				t.Fatalf("a page of %d, not %d", len(p.Things), l.Limit)
			}
			l.After = p.Next
		}
	}
	up, down := names(directory.List{Limit: 7, Search: "anna"}), names(directory.List{Limit: 6, Search: "ANNA", Down: true})
	if len(up) != 25 || len(down) != 25 || up[0] != "Anna00" || up[24] != "Anna24" || down[0] != "Anna24" {
		t.Fatalf("%d up, %d down: %v", len(up), len(down), up)
	}
	for search, want := range map[string]int{"anna1": 10, "%": 0, "_": 0, `\`: 0, "admin": 1, "'; DROP TABLE members; --": 0} {
		if got := len(names(directory.List{Limit: 50, Search: search})); got != want {
			t.Errorf("%q: %d, not %d", search, got, want)
		}
	}
	if got := len(names(directory.List{Limit: 50, Where: []directory.Cond{directory.Eq(directory.FieldStatus, smartbox.StatusSuspended)}})); got != 0 {
		t.Errorf("%d are suspended", got)
	}
	if _, err := h.Service.Members.List(h.Ctx, h.Admin, directory.List{Order: "id; DROP TABLE members"}); !errors.Is(err, directory.ErrInvalid) {
		t.Errorf("an order that is no field: %v", err)
	}
	if _, err := h.Service.Members.List(h.Ctx, h.Admin, directory.List{After: "bm9uZQ"}); !errors.Is(err, directory.ErrInvalid) {
		t.Errorf("a cursor that is none: %v", err)
	}
}
