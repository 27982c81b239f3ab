package store_test

import (
	"context"
	"fmt"
	"testing"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/store/storetest"
)

// town is a house whose north box 10,000 members may use by a grant on a group.
func town(b *testing.B) *storetest.House {
	b.Helper()
	h := storetest.NewHouse(b, sqlite(b.TempDir()))
	h.Key(h.North, true)
	const people, each = 10_000, 500
	for from := 0; from < people; from += each {
		err := h.Store.Update(b.Context(), h.Admin.Org, func(tx directory.Tx) error {
			for n := range each {
				if err := townsman(b.Context(), tx, h, from+n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return h
}

func townsman(ctx context.Context, tx directory.Tx, h *storetest.House, n int) error {
	id := smartbox.MustID[smartbox.User](fmt.Sprintf("m%05d", n))
	err := tx.Members().Insert(ctx, &directory.Member{
		ID: id, Org: h.Admin.Org, Kind: directory.KindSmartbox, Status: smartbox.StatusValidated,
		Person: directory.Person{FirstName: "Member", LastName: fmt.Sprint(n)},
	})
	if err != nil {
		return err
	}
	return tx.Grants().Insert(ctx, &directory.Grant{
		ID: smartbox.MustID[smartbox.Grant](fmt.Sprintf("g%05d", n)), Org: h.Admin.Org, Member: id,
		Target: smartbox.OnGroup(h.Fleet), Role: smartbox.PermitExchange,
	})
}

// regroup takes the key out of the group or puts it in: all 10,000 leave the box, or come to it, in one transaction.
func regroup(b *testing.B, h *storetest.House, in bool) {
	b.Helper()
	p, err := h.Service.Keys.List(b.Context(), h.Admin, directory.List{})
	if err != nil {
		b.Fatal(err)
	}
	k := p.Things[0]
	k.Groups = nil
	if in {
		k.Groups = []smartbox.GroupID{h.Fleet}
	}
	if _, err := h.Service.Keys.Update(b.Context(), h.Admin, k); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkProjection measures what a change costs where 10,000 members are on a box.
func BenchmarkProjection(b *testing.B) {
	h := town(b)
	regroup(b, h, false)
	regroup(b, h, true)
	b.Run("one member of 10000", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			id := smartbox.MustID[smartbox.User](fmt.Sprintf("m%05d", n%10_000))
			m, err := h.Service.Members.Get(b.Context(), h.Admin, id)
			if err != nil {
				b.Fatal(err)
			}
			m.MaxKeys++
			if _, err := h.Service.Members.Update(b.Context(), h.Admin, m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all 10000 leave and come", func(b *testing.B) {
		for b.Loop() {
			regroup(b, h, false)
			regroup(b, h, true)
		}
	})
	b.Run("snapshot of 10000", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.Service.SnapshotFor(b.Context(), h.North); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEvents measures taking events in, 100 at once, each batch one durable transaction.
func BenchmarkEvents(b *testing.B) {
	h := storetest.NewHouse(b, sqlite(b.TempDir()))
	key := h.Key(h.North, true)
	next := storetest.Journal(b, 7)
	for b.Loop() {
		if _, err := h.Service.TakeEvents(b.Context(), h.North, next(100, key)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(100*b.N)/b.Elapsed().Seconds(), "events/s")
}
