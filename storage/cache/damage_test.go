package cache

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"smartbox"
	"smartbox/storage/index/indextest"
)

// written is a cache on disk with both flat copies, records, and deltas in the logbook.
func written(t *testing.T) (dir string, want *smartbox.Snapshot) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "cache")
	c := open(t, dir, options())
	want = town(12, 1)
	must(t, c.Replace(want))
	for range 2 {
		next, d := changed(t, want)
		must(t, c.Apply(d))
		want = next
		must(t, c.Close())
		c = open(t, dir, options())
	}
	next, d := changed(t, want)
	must(t, c.Apply(d))
	<-c.ready
	must(t, c.log.settle())
	image := cut(t, c)
	must(t, c.Close())
	return image, next
}

// TestBitFlips flips bits of every file, one at a time, and starts: the revision in force is served whole, from what
// is left, or nothing is; never another decision.
func TestBitFlips(t *testing.T) {
	image, want := written(t)
	key := indextest.Key()
	plain, err := smartbox.NewMapView(want, &key, time.LoadLocation)
	must(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	served, empty := map[string]int{}, 0
	for _, name := range []string{"flat-a", "flat-b", "log.db", "snapshot.db"} {
		good, err := os.ReadFile(filepath.Join(image, name))
		must(t, err)
		for range 60 {
			bit := r.IntN(8 * len(good))
			dir := copyDir(t, image)
			bad := append([]byte(nil), good...)
			bad[bit/8] ^= 1 << (bit % 8)
			must(t, os.WriteFile(filepath.Join(dir, name), bad, 0o600))
			c := open(t, dir, options())
			o := c.Opened()
			served[name+" → "+o.From]++
			switch v := c.View(); {
			case v == nil:
				empty++
			case v.Revision() != want.Revision: // only where the logbook was lost, and said so
				if name != "log.db" || len(o.Quarantined) == 0 {
					t.Fatalf("%s, bit %d: went back to %v in silence: %+v", name, bit, v.Revision(), o)
				}
			default:
				decidesAlike(t, want, plain, v)
			}
			must(t, c.Close())
			must(t, os.RemoveAll(dir))
		}
	}
	// Every bit of a flat image and of a database is flipped in their own packages; here a sample of each whole file.
	t.Logf("served %v, empty %d", served, empty)
	if empty > 0 {
		t.Errorf("%d single flips emptied the box, which has copies of everything", empty)
	}
}

func TestWhatIsLeftServes(t *testing.T) {
	image, want := written(t)
	for _, c := range []struct {
		name   string
		damage []string
		from   string
		aside  int
	}{
		{"the older flat copy", []string{"flat-a"}, "flat-b", 0},
		{"the newer flat copy", []string{"flat-b"}, "flat-a", 1},
		{"both flat copies", []string{"flat-a", "flat-b"}, "bolt", 2},
		{"the records", []string{"snapshot.db"}, "flat-b", 1},
		{"flat copies and records", []string{"flat-a", "flat-b", "snapshot.db"}, "empty", 3},
		{"everything", []string{"flat-a", "flat-b", "snapshot.db", "log.db"}, "empty", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copyDir(t, image)
			for _, name := range c.damage {
				path := filepath.Join(dir, name)
				b, err := os.ReadFile(path)
				must(t, err)
				for i := len(b) / 8; i < len(b); i += 64 {
					b[i] ^= 0x55
				}
				must(t, os.WriteFile(path, b, 0o600))
			}
			got := open(t, dir, options())
			<-got.ready
			o := got.Opened()
			if o.From != c.from || len(o.Quarantined) < c.aside {
				t.Errorf("opened %+v, want from %q", o, c.from)
			}
			if c.from == "empty" {
				want = nil
			}
			holds(t, got, want)
			next := town(9, 900)
			must(t, got.Replace(next))
			must(t, got.Close())
			got = open(t, dir, options())
			holds(t, got, next)
			if o := got.Opened(); len(o.Quarantined) != 0 {
				t.Errorf("still damaged: %+v", o)
			}
			must(t, got.Close())
		})
	}
}

// TestReadersDuringReplace decides without pause while large snapshots come in: every answer is of one revision.
func TestReadersDuringReplace(t *testing.T) {
	c := open(t, t.TempDir(), options())
	users := 10_000
	if testing.Short() {
		users = 500
	}
	a, b := town(users, 1), town(users, 2)
	for i := range b.Users {
		b.Users[i].Status = smartbox.StatusBanned
	}
	must(t, c.Replace(a))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			book := smartbox.NewBook()
			for i := w; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				v := c.View()
				cred, ok := v.Identify(indextest.Code(i % users).Canonical())
				u, known := v.User(cred.User)
				if !ok || !known || u.ID != indextest.UserID(i%users) {
					t.Error("a user is missing")
					return
				}
				d := smartbox.Decide(v, book, smartbox.Question{
					Action: smartbox.Pickup, User: u.ID, Key: v.Keys()[0], Record: true,
					Moment: smartbox.Moment{Wall: indextest.Noon.Time(), Trust: smartbox.ClockSynced},
				})
				if banned := v.Revision().Version >= 2; banned != (d.Reason == smartbox.Banned) || d.Revision != v.Revision() {
					t.Errorf("revision %v decides %v", v.Revision(), d.Reason)
					return
				}
			}
		})
	}
	for round := range uint64(3) {
		b.Revision.Version = 2 + round
		must(t, c.Replace(b))
	}
	_, d := changed(t, b)
	d.Drop = smartbox.Drops{} // the readers look for everybody
	next, err := b.With(d)
	must(t, err)
	must(t, c.Apply(d))
	close(stop)
	wg.Wait()
	want, err := DigestOf(coreCBOR{}, next)
	must(t, err)
	if got, err := c.Digest(); err != nil || got != want {
		t.Errorf("another state is in force (%v)", err)
	}
	must(t, c.Close())
}
