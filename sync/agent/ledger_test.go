package agent

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"smartbox"
	"smartbox/sync/wire"
)

func ledgerAt(t *testing.T, path string) *FileLedger {
	t.Helper()
	l, err := OpenLedger(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := ledgerAt(t, path)
	if _, ok := l.Find(1); ok || l.Last() != 0 {
		t.Error("a new ledger knows something")
	}
	for i := range uint64(3 * ledgerKept) {
		r := Record{ID: 100 + i, Counter: 10 + i}
		if err := l.Begin(r); err != nil {
			t.Fatal(err)
		}
		r.Outcome, r.Reason = wire.Failed, smartbox.DoorStayedShut
		if i%2 == 0 {
			if err := l.End(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, l := range map[string]*FileLedger{"as it is": l, "read again": ledgerAt(t, path)} {
		newest := uint64(100 + 3*ledgerKept - 1)
		if l.Last() != uint64(10+3*ledgerKept-1) {
			t.Errorf("%s: last counter %d", name, l.Last())
		}
		if r, ok := l.Find(newest); !ok || r.Outcome != 0 {
			t.Errorf("%s: newest %+v, %t", name, r, ok)
		}
		if r, ok := l.Find(newest - 1); !ok || r.Outcome != wire.Failed || r.Reason != smartbox.DoorStayedShut {
			t.Errorf("%s: the one before %+v, %t", name, r, ok)
		}
		if _, ok := l.Find(newest - ledgerKept); ok {
			t.Errorf("%s: keeps more than %d", name, ledgerKept)
		}
	}
}

// TestLedgerDamage turns each bit of the file, and cuts it everywhere: it is never read as another one.
func TestLedgerDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := ledgerAt(t, path)
	if err := l.Begin(Record{ID: 7, Counter: 9}); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(b []byte, what string, at int) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenLedger(path); !errors.Is(err, ErrLedger) {
			t.Errorf("%s at %d: %v", what, at, err)
		}
	}
	for i := range good {
		for bit := range 8 {
			good[i] ^= 1 << bit
			try(good, "bit turned", i)
			good[i] ^= 1 << bit
		}
		try(good[:i], "cut", i)
	}
	if _, err := OpenLedger(filepath.Dir(path)); err == nil {
		t.Error("a directory was opened")
	}
}

// TestLedgerFailsClosed: a counter that may be on disk is not used again, even where writing it failed.
func TestLedgerFailsClosed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l := ledgerAt(t, filepath.Join(dir, "ledger"))
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := l.Begin(Record{ID: 1, Counter: 5}); err == nil {
		t.Fatal("written into a directory that is gone")
	}
	if _, ok := l.Find(1); ok || l.Last() != 5 {
		t.Errorf("after a failed write: last %d", l.Last())
	}
}
