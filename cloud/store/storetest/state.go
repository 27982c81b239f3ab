package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cloud/directory"
)

// testRetry makes two transactions that each read what the other writes. Both cannot stand; the engine casts one out, and
// it runs again.
func testRetry(t *testing.T, open Open) {
	h := NewHouse(t, open)
	var runs atomic.Int64
	var meet sync.WaitGroup
	meet.Add(2)
	once := [2]sync.Once{}
	var wg sync.WaitGroup
	limit := func(ctx context.Context, tx directory.Tx) (int64, error) {
		return tx.Groups().Count(ctx, directory.Eq(directory.FieldOrg, h.Admin.Org))
	}
	for i := range 2 {
		wg.Go(func() {
			// Without an organization there is no lock that would keep them apart.
			err := h.Store.Update(h.Ctx, 0, func(tx directory.Tx) error {
				runs.Add(1)
				n, err := limit(h.Ctx, tx)
				if err != nil {
					return err
				}
				if h.Store.Engine() == "postgres" { // SQLite has one writer: the second does not begin
					once[i].Do(func() { meet.Done(); meet.Wait() })
				}
				if n > 1 {
					return nil // there is one more already
				}
				g := directory.Group{ID: smartbox.MustID[smartbox.Group](freshID()), Org: h.Admin.Org, Name: "One more"}
				return tx.Groups().Insert(h.Ctx, &g)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h.must(h.Store.View(h.Ctx, func(tx directory.Tx) error {
		n, err := limit(h.Ctx, tx)
		if err == nil && n != 2 {
			t.Errorf("%d groups, not 2: both transactions stood", n)
		}
		return err
	}))
	if got := runs.Load(); h.Store.Engine() == "postgres" && got < 3 {
		t.Errorf("%d runs: none was cast out", got)
	}
}

// testStale lets two change what both have read: the second has to read again.
func testStale(t *testing.T, open Open) {
	h := NewHouse(t, open)
	anna, _ := h.Member("Anna", smartbox.OnAll())
	mine, theirs := anna, anna
	mine.MaxKeys, theirs.MaxKeys = 1, 2
	mine = Must[directory.Member](t)(h.Service.Members.Update(h.Ctx, h.Admin, mine))
	if mine.Version != anna.Version+1 {
		t.Fatalf("version %d after %d", mine.Version, anna.Version)
	}
	if _, err := h.Service.Members.Update(h.Ctx, h.Admin, theirs); !errors.Is(err, directory.ErrStale) {
		t.Fatalf("a change of what was changed: %v", err)
	}
	if err := h.Service.Slots.Delete(h.Ctx, h.Admin, h.Snapshot(h.North).Slots[0].ID, 9); !errors.Is(err, directory.ErrStale) {
		t.Fatalf("a deletion of what was changed: %v", err)
	}
	foreign := h.Admin
	foreign.Org = smartbox.MustID[directory.Organization]("foreign")
	if _, err := h.Service.Members.Get(h.Ctx, foreign, anna.ID); !errors.Is(err, directory.ErrNotFound) {
		t.Fatalf("another organization's member: %v", err)
	}
	if _, err := h.Service.Members.Update(h.Ctx, foreign, mine); !errors.Is(err, directory.ErrNotFound) {
		t.Fatalf("a change of another organization's member: %v", err)
	}
}

// testRevisions follows a box through applied, tombstones, a differing state and a new epoch.
func testRevisions(t *testing.T, open Open) {
	h := NewHouse(t, open)
	anna, _ := h.Member("Anna", smartbox.OnAll())
	behind := func(want ...smartbox.BoxID) {
		t.Helper()
		got := Must[[]smartbox.BoxID](t)(h.Service.BoxesBehind(h.Ctx, 0, 10))
		set := map[smartbox.BoxID]bool{}
		for _, b := range got {
			set[b] = true
		}
		wanted := map[smartbox.BoxID]bool{}
		for _, b := range want {
			wanted[b] = true
		}
		if diff := cmp.Diff(wanted, set); diff != "" {
			t.Fatalf("behind (-want +got):\n%s", diff)
		}
	}
	behind(h.North, h.South)
	s := Must[directory.StateSnapshot](t)(h.Service.SnapshotFor(h.Ctx, h.North))
	applied := func(want bool) {
		t.Helper()
		if got := Must[bool](t)(h.Service.Applied(h.Ctx, h.North, s.Revision, s.Digest, nil)); got != want {
			t.Fatalf("same is %v", got)
		}
	}
	applied(true)
	behind(h.South)
	if d := Must[directory.StateDelta](t)(h.Service.DeltaFor(h.Ctx, h.North, s.Revision.Epoch, s.Revision.Version)); d.Base != d.Revision {
		t.Fatalf("up to date, and a delta from %v to %v", d.Base, d.Revision)
	}
	Must[directory.Member](t)(h.Service.MoveMember(h.Ctx, h.Admin, anna.ID, 0, directory.MoveRemove, ""))
	behind(h.North, h.South)
	d := Must[directory.StateDelta](t)(h.Service.DeltaFor(h.Ctx, h.North, s.Revision.Epoch, s.Revision.Version))
	if len(d.Drop.Users) != 1 || len(d.Drop.Credentials) != 1 || len(d.Drop.Grants) != 1 {
		t.Fatalf("a removed member is dropped as %+v", d.Drop)
	}
	old := s.Revision
	s = Must[directory.StateSnapshot](t)(h.Service.SnapshotFor(h.Ctx, h.North))
	applied(true)
	// The tombstones are gone, and a box that comes from before them needs everything.
	if _, err := h.Service.DeltaFor(h.Ctx, h.North, old.Epoch, old.Version); !errors.Is(err, directory.ErrNeedsSnapshot) {
		t.Fatalf("a delta from below the tombstones: %v", err)
	}
	s.Digest[0]++
	applied(false)
	if got := h.alarms(); len(got) != 1 || got[0].Kind != directory.AlarmStateDiffers {
		t.Fatalf("alarms: %v", got)
	}
	if n := Must[int](t)(h.Service.NewEpochs(h.Ctx)); n != 2 {
		t.Fatalf("%d new epochs", n)
	}
	behind(h.North, h.South)
	if _, err := h.Service.DeltaFor(h.Ctx, h.North, s.Revision.Epoch, s.Revision.Version); !errors.Is(err, directory.ErrNeedsSnapshot) {
		t.Fatalf("a delta across epochs: %v", err)
	}
	if again := h.Snapshot(h.North); again.Revision.Epoch == s.Revision.Epoch {
		t.Fatal("the epoch is the old one")
	}
}

// testPresence heeds a death only of the connection that lives.
func testPresence(t *testing.T, open Open) {
	h := NewHouse(t, open)
	online := func(want bool) {
		t.Helper()
		if st := Must[directory.BoxState](t)(h.Service.BoxState(h.Ctx, h.Admin, h.North)); st.Online != want || st.Key != nil {
			t.Fatalf("online is %v; key shown: %v", st.Online, st.Key != nil)
		}
	}
	h.must(h.Service.BoxSeen(h.Ctx, h.North, directory.Seen{Online: true, Connection: "1", Firmware: "1.0"}))
	h.must(h.Service.BoxSeen(h.Ctx, h.North, directory.Seen{Online: true, Connection: "2"}))
	h.must(h.Service.BoxSeen(h.Ctx, h.North, directory.Seen{Connection: "1"}))
	online(true)
	h.must(h.Service.BoxSeen(h.Ctx, h.North, directory.Seen{Connection: "2"}))
	online(false)
}
