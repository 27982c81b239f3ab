package cache

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"smartbox"
)

// TestForget: once a person was dropped and forgotten, her name stands in no flat copy and no record that is read, not
// even where an older copy serves.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, options())
	s := town(40, 10)
	who := s.Users[7].ID
	s.Users[7].Name = "Zacharias Unmistakable"
	must(t, c.Replace(s))
	if err := c.Forget([]smartbox.UserID{who}); !errors.Is(err, ErrKnown) {
		t.Fatalf("she is there, and: %v", err)
	}
	first := smartbox.Delta{
		Base: s.Revision, Revision: smartbox.Revision{Epoch: s.Revision.Epoch, Version: s.Revision.Version + 1}, IssuedAt: s.IssuedAt + 1,
		Put: smartbox.Changes{Users: []smartbox.User{s.Users[7]}},
	}
	must(t, c.Apply(first)) // a delta that names her stands in the logbook
	must(t, c.Stage("old", 0, 2, []byte("Zacharias Unmistakable")))
	must(t, os.WriteFile(filepath.Join(dir, "flat-a.bad-1"), []byte("Zacharias Unmistakable"), 0o600))
	second := smartbox.Delta{
		Base: first.Revision, Revision: smartbox.Revision{Epoch: s.Revision.Epoch, Version: s.Revision.Version + 2}, IssuedAt: s.IssuedAt + 2,
		Drop: smartbox.Drops{Users: []smartbox.UserID{who}},
	}
	must(t, c.Apply(second))
	must(t, c.Forget([]smartbox.UserID{who}))

	if id, have, err := c.Staging(); id != "" || have != nil || err != nil {
		t.Errorf("a snapshot that was arriving is still there: %q %v %v", id, have, err)
	}
	if n := len(c.log.deltas); n != 0 {
		t.Errorf("%d deltas are kept", n)
	}
	files, err := filepath.Glob(filepath.Join(dir, "flat-*"))
	must(t, err)
	if len(files) != 2 {
		t.Errorf("files: %q", files)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		must(t, err)
		if bytes.Contains(b, []byte("Unmistakable")) {
			t.Errorf("%s holds her name", path)
		}
	}
	want, err := c.Snapshot()
	must(t, err)
	must(t, c.Close())

	o := options()
	e, err := openEntities(dir, o, func(string) error { return nil }, func(string, error) { t.Fatal("damaged") })
	must(t, err)
	for _, g := range e.all {
		old, err := e.snapshot(g)
		must(t, err)
		for _, u := range old.Users {
			if u.ID == who {
				t.Errorf("the records of generation %d hold her", g.Load)
			}
		}
	}
	must(t, e.db.Close())
	for _, name := range flatNames() { // either copy alone serves the same
		at := t.TempDir()
		must(t, os.CopyFS(at, os.DirFS(dir)))
		must(t, os.Remove(filepath.Join(at, name)))
		again := open(t, at, o)
		holds(t, again, want)
		must(t, again.Close())
	}
}

func TestStaging(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, options())
	must(t, c.Replace(town(5, 2)))
	if id, _, err := c.Staging(); id != "" || err != nil {
		t.Fatalf("%q %v", id, err)
	}
	must(t, c.Stage("next", 3, 5, []byte{1}))
	must(t, c.Stage("next", 0, 5, []byte{2}))
	must(t, c.Close())
	c = open(t, dir, options())
	id, have, err := c.Staging()
	if id != "next" || len(have) != 2 || have[0] != 0 || have[1] != 3 || err != nil {
		t.Fatalf("after a restart: %q %v %v", id, have, err)
	}
	must(t, c.Close())
}
