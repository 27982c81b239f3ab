package cache

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"smartbox"
	"smartbox/storage/index/indextest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// coreCBOR is a codec as the wire has one.
type coreCBOR struct{}

func (coreCBOR) Marshal(v any) ([]byte, error) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(v)
}

func (coreCBOR) Unmarshal(b []byte, v any) error { return cbor.Unmarshal(b, v) }

func options() Options { return Options{Codec: coreCBOR{}, Key: indextest.Key()} }

func open(t rapid.TB, dir string, o Options) *Cache {
	t.Helper()
	c, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// holds checks that the cache serves exactly the snapshot: nil = none.
func holds(t rapid.TB, c *Cache, want *smartbox.Snapshot) {
	t.Helper()
	got, err := c.Snapshot()
	if want == nil {
		if !errors.Is(err, ErrEmpty) || c.View() != nil {
			t.Fatalf("serves something: %v", err)
		}
		return
	}
	must(t, err)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("want -, serves +\n%s", diff)
	}
	key := indextest.Key()
	plain, err := smartbox.NewMapView(want, &key, time.LoadLocation)
	must(t, err)
	decidesAlike(t, want, plain, c.View())
}

// decidesAlike asks both views for every user and key.
func decidesAlike(t rapid.TB, s *smartbox.Snapshot, want, got smartbox.View) {
	t.Helper()
	b := smartbox.NewBook()
	for _, text := range indextest.Texts() {
		a, aok := want.Identify(text)
		if g, ok := got.Identify(text); a != g || aok != ok {
			t.Fatalf("identifies %+v, want %+v", g, a)
		}
	}
	for i := range min(len(s.Users), 50) {
		for j := range min(len(s.Keys), 20) {
			q := smartbox.Question{
				Action: smartbox.Pickup, User: s.Users[i].ID, Key: s.Keys[j].ID, Factors: smartbox.ByCode, Record: true,
				Moment: smartbox.Moment{Wall: indextest.Noon.Time(), Trust: smartbox.ClockSynced},
			}
			if a, g := smartbox.Decide(want, b, q), smartbox.Decide(got, b, q); a != g {
				t.Fatalf("decides %+v, want %+v", g, a)
			}
		}
	}
}

// cut is the disk as a loss of power at this moment leaves it, between two of the cache's writes.
func cut(t rapid.TB, c *Cache) (image string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	return copyDir(t, c.dir)
}

// copyDir copies the files of a cache.
func copyDir(t rapid.TB, from string) (to string) {
	t.Helper()
	to, err := os.MkdirTemp(filepath.Dir(from), "image-")
	must(t, err)
	must(t, os.CopyFS(to, os.DirFS(from)))
	return to
}

// town is a small town of a version, told from others by its size.
func town(users int, version uint64) *smartbox.Snapshot {
	s := indextest.Town(users)
	s.Revision.Version = version
	return s
}

// changed is the town with one user banned and one dropped, as a new version.
func changed(t rapid.TB, s *smartbox.Snapshot) (*smartbox.Snapshot, smartbox.Delta) {
	t.Helper()
	banned := s.Users[len(s.Users)/2]
	banned.Status = smartbox.StatusBanned
	d := smartbox.Delta{
		Base: s.Revision, Revision: smartbox.Revision{Epoch: s.Revision.Epoch, Version: s.Revision.Version + 1}, IssuedAt: s.IssuedAt + 1000,
		Put:  smartbox.Changes{Users: []smartbox.User{banned}},
		Drop: smartbox.Drops{Users: []smartbox.UserID{s.Users[0].ID}},
	}
	n, err := s.With(d)
	must(t, err)
	return n, d
}
