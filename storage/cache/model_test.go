package cache

import (
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"smartbox"
	"smartbox/storage/index/indextest"
)

// TestCacheKeepsWhatItWasGiven runs random lives, with restarts and cuts, beside a plain snapshot.
func TestCacheKeepsWhatItWasGiven(t *testing.T) {
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "life-") //nolint:usetesting // a life is not a test: rapid's T has no TempDir
		must(t, err)
		o := options()
		o.Lag = rapid.IntRange(1, 4).Draw(t, "lag")
		c := open(t, dir, o)
		defer func() { must(t, c.Close()) }()
		var want *smartbox.Snapshot
		version := uint64(100)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			version++
			switch what := rapid.SampledFrom([]string{"replace", "delta", "delta", "delta", "reopen", "cut"}).Draw(t, "step"); {
			case what == "replace" || want == nil:
				want = indextest.Random(t)
				want.Revision = smartbox.Revision{Epoch: 1, Version: version}
				must(t, c.Replace(want))
			case what == "delta":
				next := indextest.Random(t)
				next.Revision = smartbox.Revision{Epoch: 1, Version: version}
				d := next.Diff(want)
				n, err := want.With(d)
				must(t, err)
				if n.Validate(time.LoadLocation) != nil {
					if c.Apply(d) == nil {
						t.Fatal("took a delta that contradicts")
					}
					break
				}
				must(t, c.Apply(d))
				want = n
			case what == "reopen":
				must(t, c.Close())
				c = open(t, dir, o)
			case what == "cut":
				image := cut(t, c)
				must(t, c.Close())
				dir = image
				c = open(t, dir, o)
			}
			holds(t, c, want)
			sum, err := c.Digest()
			must(t, err)
			if wanted, err := DigestOf(coreCBOR{}, want); sum != wanted {
				t.Fatalf("the digest is another (%v)", err)
			}
			if op := c.Opened(); len(op.Quarantined)+len(op.Notes) != 0 {
				t.Fatalf("opened %+v", op)
			}
		}
		must(t, c.Close())
		e, err := openEntities(dir, o, func(string) error { return nil }, func(string, error) { t.Fatal("damaged") })
		must(t, err)
		if want != nil {
			g := e.all[len(e.all)-1]
			s, err := e.snapshot(g)
			must(t, err)
			a, err := DigestOf(coreCBOR{}, s)
			must(t, err)
			b, err := DigestOf(coreCBOR{}, want)
			must(t, err)
			if a != b || len(e.all) != 1 {
				t.Fatalf("the records lag behind: %d generations", len(e.all))
			}
		}
		must(t, e.db.Close())
	})
}
