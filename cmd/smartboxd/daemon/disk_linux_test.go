package daemon_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"smartbox"
	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/device/session"
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
	f, err := os.Create(path)
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
	delete(h.hung, slotID(1)) // somebody has the van's key; the record of it is lost
	refused := make(chan smartbox.Reason, 16)
	h.deps.Watch = []func(session.Effect, smartbox.Moment){func(e session.Effect, _ smartbox.Moment) {
		if x, ok := e.(session.Explained); ok && !x.Decision.Allowed {
			refused <- x.Decision.Reason
		}
	}}
	h.start()
	s := h.d.Status(t.Context())
	if s.Record.Works || s.Record.Error == "" {
		t.Errorf("the record: %+v", s.Record)
	}
	for answered := false; !answered; { // the keypad's driver may still be setting its chip up
		h.do(h.cab.Press("*" + annaCode + "#"))
		select {
		case why := <-refused:
			answered = true
			if why != smartbox.RecordFailed {
				t.Errorf("refused for %s", why)
			}
		case <-time.After(time.Second):
			if t.Context().Err() != nil {
				return
			}
		}
	}
	h.do(h.cab.Bring(vanFob))
	h.do(h.cab.Tap(vanFob)) // a return
	h.until("door 1 to open for a return", func() bool { return h.door(1).Open })
	pulses := len(h.cab.Pulses())
	h.do(h.cab.ShutDoor(slotID(1)))
	free()
	for limit := time.Now().Add(60 * time.Second); ; {
		s = h.d.Status(t.Context())
		if s.Record.Works && s.Record.Held == 0 {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("with room again, the record: %+v", s.Record)
		}
	}
	kinds := map[smartbox.EventKind]bool{}
	h.do(h.client.Events(t.Context(), 1, false, func(e adminapi.Event) error { kinds[e.Kind] = true; return nil }))
	for _, k := range []smartbox.EventKind{smartbox.Started, smartbox.AccessRefused, smartbox.DropoffAuthorised, smartbox.RecordBroken} {
		if !kinds[k] {
			t.Errorf("%s was held back and is not on record: %v", k, kinds)
		}
	}
	if p := h.cab.Pulses(); len(p) != pulses {
		t.Errorf("locks moved when the record was mended: %v", p)
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
