package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cloud/directory"
)

// testVersions lets many change one box at once: every change gets a version of its own, none is lost, and what stands
// there at the end is what all of them made.
func testVersions(t *testing.T, open Open) {
	h := NewHouse(t, open)
	van := h.Key(h.North, false)
	before := Must[directory.BoxState](t)(h.Service.State(h.Ctx, h.North))
	const writers, each = 16, 4
	var wg sync.WaitGroup
	errs := make(chan error, writers*each)
	for range writers {
		wg.Go(func() {
			for range each {
				_, _, err := h.Service.CreateMember(h.Ctx, h.Admin, h.writer(van))
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		h.must(err)
	}
	after := Must[directory.BoxState](t)(h.Service.State(h.Ctx, h.North))
	// A member is projected with her grant, and again with her badge: the same version, for it is one transaction.
	if got := after.Version - before.Version; got != writers*each {
		t.Fatalf("%d changes made %d versions", writers*each, got)
	}
	s := h.Snapshot(h.North)
	if got := len(s.Users) - 1; got != writers*each {
		t.Fatalf("%d of %d people are on the box", got, writers*each)
	}
	var numbers []uint32
	for _, c := range s.Credentials {
		numbers = append(numbers, c.Number)
	}
	slices.Sort(numbers)
	if n := len(slices.Compact(numbers)); n != writers*each {
		t.Fatalf("%d credentials have %d numbers", writers*each, n)
	}
	if got := h.Changed(h.North); got < writers*each {
		t.Fatalf("the fleet was told %d times", got)
	}
	if h.Changed(h.South) > 6 { // made, four slots
		t.Fatal("the fleet was told of a box that nothing changed")
	}
}

// writer is a member with a badge, for codes of few digits run out.
func (h *House) writer(key smartbox.KeyID) directory.NewMember {
	n := h.NewMember("Writer", smartbox.OnKey(key))
	n.Code = directory.CodeWish{}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.badges++
	n.Badges = []smartbox.Badge{smartbox.WiegandBadge(smartbox.Wiegand37, 1, h.badges)}
	return n
}

// testUnique lets many ask for the same at once: one gets it, the others are told that it is taken.
func testUnique(t *testing.T, open Open) {
	h := NewHouse(t, open)
	const askers = 8
	for what, ask := range map[string]func(ctx context.Context) error{
		"badge": func(ctx context.Context) error {
			n := h.NewMember("Anna")
			n.Code, n.Badges = directory.CodeWish{}, []smartbox.Badge{"uid:04A224B2C35D80"}
			_, _, err := h.Service.CreateMember(ctx, h.Admin, n)
			return err
		},
		"code": func(ctx context.Context) error {
			n := h.NewMember("Anna")
			n.Code = directory.CodeWish{Custom: "48151623"}
			_, _, err := h.Service.CreateMember(ctx, h.Admin, n)
			return err
		},
		"email": func(ctx context.Context) error {
			n := h.NewMember("Anna")
			n.Kind, n.Code, n.Person.Email = directory.KindFull, directory.CodeWish{}, "anna@example.org"
			_, _, err := h.Service.CreateMember(ctx, h.Admin, n)
			return err
		},
		"number": func(ctx context.Context) error {
			_, err := h.Service.Slots.Create(ctx, h.Admin, directory.Slot{Box: h.North, Number: 77})
			return err
		},
		"id": func(ctx context.Context) error {
			_, err := h.Service.Groups.Create(ctx, h.Admin, directory.Group{ID: smartbox.MustID[smartbox.Group]("same"), Name: "Same"})
			return err
		},
	} {
		errs := make([]error, askers)
		var wg sync.WaitGroup
		for i := range askers {
			wg.Go(func() { errs[i] = ask(h.Ctx) })
		}
		wg.Wait()
		got := 0
		for _, err := range errs {
			taken, ok := errors.AsType[*directory.ConflictError](err)
			switch {
			case err == nil:
				got++
			case !ok || taken.Field != what:
				t.Fatalf("%s: %v", what, err)
			}
		}
		if got != 1 {
			t.Fatalf("%s: %d got it", what, got)
		}
	}
}

// testCutShort ends transactions in their middle, by an error and by the end of their context: nothing of them stays.
func testCutShort(t *testing.T, open Open) {
	h := NewHouse(t, open)
	before := h.Snapshot(h.North)
	members := Must[directory.Page[directory.Member]](t)(h.Service.Members.List(h.Ctx, h.Admin, directory.List{}))
	boom := errors.New("boom")
	for what, cut := range map[string]func(cancel func(), tx directory.Tx) error{
		"error": func(func(), directory.Tx) error { return boom },
		"context": func(cancel func(), tx directory.Tx) error {
			cancel()
			_, err := tx.Groups().Count(context.WithoutCancel(h.Ctx))
			return errors.Join(err, context.Canceled)
		},
	} {
		ctx, cancel := context.WithCancel(h.Ctx)
		err := h.Store.Update(ctx, h.Admin.Org, func(tx directory.Tx) error {
			if _, err := tx.State().Next(ctx, h.North); err != nil {
				return err
			}
			for range 3 {
				m := directory.Member{ID: smartbox.MustID[smartbox.User](freshID()), Org: h.Admin.Org, Person: directory.Person{FirstName: "Ghost"}}
				if err := tx.Members().Insert(ctx, &m); err != nil {
					return err
				}
			}
			return cut(cancel, tx)
		})
		cancel()
		if err == nil {
			t.Fatalf("%s: committed", what)
		}
	}
	after := h.Snapshot(h.North)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Fatalf("something stayed:\n%s", diff)
	}
	again := Must[directory.Page[directory.Member]](t)(h.Service.Members.List(h.Ctx, h.Admin, directory.List{}))
	if len(again.Things) != len(members.Things) {
		t.Fatalf("%d members became %d", len(members.Things), len(again.Things))
	}
	// And the store goes on.
	h.Member("Anna", smartbox.OnAll())
}
