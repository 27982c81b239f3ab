package cache

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/storage/index/indextest"
)

func TestLifeOfASnapshot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	c := open(t, dir, options())
	holds(t, c, nil)
	first := town(60, 10)
	must(t, c.Replace(first))
	holds(t, c, first)
	must(t, c.Close())
	must(t, c.Close())

	c = open(t, dir, options())
	if o := c.Opened(); o.From != "flat-b" || len(o.Quarantined)+len(o.Notes) != 0 {
		t.Errorf("opened %+v", o)
	}
	holds(t, c, first)
	second, d := changed(t, first)
	must(t, c.Apply(d))
	must(t, c.Apply(d)) // twice is once
	holds(t, c, second)
	image := cut(t, c)
	must(t, c.Close())

	c = open(t, image, options())
	if o := c.Opened(); o.From != "flat-b" || o.Replayed != 1 || len(o.Notes) != 0 {
		t.Errorf("opened %+v", o)
	}
	holds(t, c, second)
	must(t, c.Close())

	c = open(t, dir, options())
	if o := c.Opened(); o.From != "flat-a" || o.Replayed != 0 || len(o.Notes) != 0 {
		t.Errorf("opened %+v", o)
	}
	holds(t, c, second)
	must(t, c.Close())
}

func TestWhatIsRefused(t *testing.T) {
	dir := t.TempDir()
	o := options()
	o.Box = smartbox.MustID[smartbox.Box]("box-1")
	c := open(t, dir, o)
	first := town(20, 10)
	second, d := changed(t, first)
	if err := c.Apply(d); !errors.Is(err, smartbox.ErrBase) {
		t.Errorf("a delta on nothing: %v", err)
	}
	if err := c.Confirm(5); !errors.Is(err, ErrEmpty) {
		t.Errorf("confirming nothing: %v", err)
	}
	must(t, c.Replace(second))
	if err := c.Replace(first); !errors.Is(err, ErrOlder) {
		t.Errorf("an older one: %v", err)
	}
	must(t, c.Apply(d)) // is in force already
	holds(t, c, second)
	gap := d
	gap.Base.Version, gap.Revision.Version = 40, 41
	if err := c.Apply(gap); !errors.Is(err, smartbox.ErrBase) {
		t.Errorf("a delta behind a gap: %v", err)
	}
	foreign := town(20, 50)
	foreign.Box.ID = smartbox.MustID[smartbox.Box]("box-2")
	if err := c.Replace(foreign); !errors.Is(err, ErrForeign) {
		t.Errorf("a foreign one: %v", err)
	}
	broken := town(20, 50)
	broken.Grants[3].User = smartbox.MustID[smartbox.User]("nobody")
	broken.Normalize()
	if err := c.Replace(broken); !errors.Is(err, smartbox.ErrSnapshot) {
		t.Errorf("a broken one: %v", err)
	}
	wrong := smartbox.Delta{
		Base: second.Revision, Revision: smartbox.Revision{Epoch: 1, Version: 90},
		Drop: smartbox.Drops{Schedules: []smartbox.ScheduleID{second.Schedules[1].ID}},
	}
	if err := c.Apply(wrong); !errors.Is(err, smartbox.ErrSnapshot) {
		t.Errorf("a delta that contradicts: %v", err)
	}
	holds(t, c, second)
	must(t, c.Replace(first, Force()))
	holds(t, c, first)
	next := town(20, 1)
	next.Revision.Epoch = 2
	must(t, c.Replace(next))
	must(t, c.Close())
	for what, err := range map[string]error{
		"Replace": c.Replace(first, Force()), "Apply": c.Apply(d), "Confirm": c.Confirm(9), "Stage": c.Stage("x", 0, 1, nil),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	o.Box = smartbox.MustID[smartbox.Box]("box-2")
	if _, err := Open(dir, o); !errors.Is(err, ErrForeign) {
		t.Errorf("another box's store: %v", err)
	}
	o.Box, o.Key = 0, smartbox.BoxKey{9}
	if _, err := Open(dir, o); !errors.Is(err, ErrKey) {
		t.Errorf("another key's store: %v", err)
	}
	c = open(t, dir, options())
	holds(t, c, next)
	must(t, c.Close())
}

func TestDigestTellsTheContentAndNotTheWay(t *testing.T) {
	a, b := open(t, t.TempDir(), options()), open(t, t.TempDir(), options())
	first := town(40, 10)
	second, d := changed(t, first)
	must(t, a.Replace(first))
	must(t, a.Apply(d))
	whole := *second
	whole.IssuedAt += 99
	whole.Custody = []smartbox.Custody{{Key: whole.Keys[0].ID, Place: smartbox.WithUser, User: whole.Users[0].ID}}
	must(t, b.Replace(&whole))
	da, err := a.Digest()
	must(t, err)
	db, err := b.Digest()
	must(t, err)
	want, err := DigestOf(coreCBOR{}, second)
	must(t, err)
	if da != db || da != want {
		t.Errorf("digests differ: %x %x %x", da, db, want)
	}
	third, next := changed(t, second)
	if b.sum == nil {
		t.Error("the digest was forgotten")
	}
	must(t, b.Apply(next))
	if want, err = DigestOf(coreCBOR{}, third); err != nil || b.sum == nil || *b.sum != want {
		t.Errorf("the digest did not follow the delta (%v)", err)
	}
	if db, err = b.Digest(); err != nil || da == db {
		t.Errorf("other content has the same digest (%v)", err)
	}
	must(t, errors.Join(a.Close(), b.Close()))
}

func TestConfirmedIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	c := open(t, dir, options())
	must(t, c.Replace(town(5, 1)))
	must(t, c.Confirm(indextest.Noon))
	must(t, c.Confirm(indextest.Noon-5))
	image := cut(t, c)
	must(t, c.Confirm(indextest.Noon+70_000))
	must(t, c.Close())
	for at, want := range map[string]smartbox.Stamp{image: indextest.Noon, dir: indextest.Noon + 70_000} {
		c := open(t, at, options())
		if got := c.Confirmed(); got != want {
			t.Errorf("confirmed %s, want %s", got, want)
		}
		must(t, c.Close())
	}
}

func TestSwapsAreTold(t *testing.T) {
	c := open(t, t.TempDir(), options())
	type swap struct {
		Version   uint64
		Confirmed smartbox.Stamp
	}
	var got, late []swap
	to := func(list *[]swap) func(smartbox.View, smartbox.Stamp) {
		return func(v smartbox.View, at smartbox.Stamp) { *list = append(*list, swap{v.Revision().Version, at}) }
	}
	stop := c.OnSwap(to(&got))
	first := town(5, 1)
	_, d := changed(t, first)
	must(t, c.Replace(first))
	must(t, c.Confirm(100))
	c.OnSwap(to(&late))
	must(t, c.Apply(d))
	stop()
	must(t, c.Confirm(200))
	must(t, c.Close())
	if diff := cmp.Diff([]swap{{1, 0}, {1, 100}, {2, 100}}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]swap{{1, 100}, {2, 100}, {2, 200}}, late); diff != "" {
		t.Error(diff)
	}
}

func TestStagedSnapshotArrivesInPieces(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, options())
	s := town(300, 7)
	whole, err := coreCBOR{}.Marshal(s)
	must(t, err)
	const n = 4
	part := func(i int) []byte { return whole[i*len(whole)/n : (i+1)*len(whole)/n] }
	must(t, c.Stage("old", 1, 2, []byte("of another snapshot")))
	for _, i := range []int{2, 0, 2} {
		must(t, c.Stage("new", i, n, part(i)))
	}
	if err := c.Stage("new", 1, n+1, part(1)); !errors.Is(err, ErrStage) {
		t.Errorf("another number of chunks: %v", err)
	}
	if err := c.Commit("new", sha256.Sum256(whole)); !errors.Is(err, ErrStage) {
		t.Errorf("half of it: %v", err)
	}
	must(t, c.Close())

	c = open(t, dir, options())
	have, err := c.Staged("new")
	if diff := cmp.Diff([]int{0, 2}, have); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	holds(t, c, nil)
	must(t, c.Stage("new", 1, n, part(1)))
	must(t, c.Stage("new", 3, n, part(3)))
	must(t, c.Commit("new", sha256.Sum256(whole)))
	holds(t, c, s)
	if have, err := c.Staged("new"); len(have) != 0 || err != nil {
		t.Errorf("still staged: %v %v", have, err)
	}
	must(t, c.Stage("bad", 0, 1, whole))
	if err := c.Commit("bad", sha256.Sum256(nil)); !errors.Is(err, ErrStage) {
		t.Errorf("another digest: %v", err)
	}
	if have, err := c.Staged("bad"); len(have) != 0 || err != nil {
		t.Errorf("still staged: %v %v", have, err)
	}
	if err := c.Stage("x", 3, 3, nil); !errors.Is(err, ErrStage) {
		t.Errorf("a chunk too many: %v", err)
	}
	must(t, c.Close())
}
