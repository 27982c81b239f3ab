package daemon_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"smartbox/storage/bolt"
)

// smallDisk mounts a disk of a few megabytes for the house's records; it needs root.
func smallDisk(t *testing.T, h *house) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=12m"); err != nil {
		t.Skipf("skipped: a disk that can be filled needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	h.cfg.Data = filepath.Join(dir, "data")
	return dir
}

// fill writes until nothing more fits.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path) //nolint:gosec // of this test
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := f.Write(block); errors.Is(err, unix.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// A box whose disk is full from the start serves all the same, says what is wrong, and mends by itself.
func TestFullDiskAtStart(t *testing.T) {
	h := newHouse(t)
	dir := smallDisk(t, h)
	h.start()
	h.furnish()
	h.end()
	// The journal of the run before is gone, and there is no room for another.
	h.do(os.RemoveAll(filepath.Join(h.cfg.Data, "journal")))
	free := fill(t, dir)
	if err := h.open(); err != nil {
		t.Fatalf("a full disk keeps the returns shut: %v", err)
	}
	s := h.d.Status(t.Context())
	if s.Record.Works || s.Record.Error == "" {
		t.Errorf("the record: %+v", s.Record)
	}
	h.do(h.d.Close())
	h.do(h.cab.Close())
	free()
	h.start()
	s, err := h.client.Status(t.Context())
	h.do(err)
	if !s.Record.Works {
		t.Errorf("with room again, the record: %+v", s.Record)
	}
}

// A read-only disk is said, too, and no lock moves for it.
func TestReadOnlyDisk(t *testing.T) {
	h := newHouse(t)
	dir := smallDisk(t, h)
	h.start()
	h.furnish()
	h.end()
	h.do(unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	h.cfg.Socket = filepath.Join(t.TempDir(), "s")
	if err := h.open(); err != nil {
		t.Fatalf("a read-only disk keeps the returns shut: %v", err)
	}
	if s := h.d.Status(t.Context()); s.Record.Works || !strings.Contains(s.Record.Error, "read-only") {
		t.Errorf("the record: %+v", s.Record)
	}
	if p := h.cab.Pulses(); len(p) != 0 {
		t.Errorf("locks moved: %v", p)
	}
	h.do(h.d.Close())
	h.do(h.cab.Close())
}

// Records of a newer release are left alone.
func TestNewerDatabase(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	h.end()
	file := filepath.Join(h.cfg.Data, "store", "log.db")
	next := make([]bolt.Migration, 99)
	for i := range next {
		next[i] = func(*bolt.Tx) error { return nil }
	}
	db, err := bolt.Open(file, bolt.Options{Migrations: next})
	h.do(err)
	h.do(db.Close())
	before, err := os.ReadFile(file)
	h.do(err)
	err = h.open()
	if !errors.Is(err, bolt.ErrNewer) || !strings.Contains(err.Error(), "install the newer program") {
		t.Errorf("%v", err)
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Error("the newer database was changed")
	}
	if p := h.cab.Pulses(); len(p) != 0 {
		t.Errorf("locks moved: %v", p)
	}
}
