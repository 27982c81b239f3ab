package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/store"
	"smartbox/cloud/store/storetest"
)

// TestBackup backs up while somebody writes, and restores elsewhere: the copy is whole, every box is in a new epoch, and
// the original is as it was.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	h := storetest.NewHouse(t, sqlite(dir))
	anna, _ := h.Member("Anna", smartbox.OnAll())
	before := h.Snapshot(h.North)

	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := h.Service.SetCode(t.Context(), h.Admin, anna.ID, directory.CodeWish{Random: true}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	to := filepath.Join(dir, "backup.db")
	err := h.Store.Backup(t.Context(), to)
	close(stop)
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the backup's mode: %v %v", info.Mode(), err)
	}
	if err := h.Store.Backup(t.Context(), to); !errors.Is(err, store.ErrExists) {
		t.Fatalf("a second backup to the same file: %v", err)
	}

	restored := "sqlite:" + filepath.Join(dir, "restored", "cloud.db")
	n, err := store.Restore(t.Context(), restored, to)
	if err != nil || n != 2 {
		t.Fatalf("%d boxes restored: %v", n, err)
	}
	if _, err := store.Restore(t.Context(), restored, to); !errors.Is(err, store.ErrExists) {
		t.Fatalf("a restore over a database: %v", err)
	}
	again := openURL(t, restored)
	for _, box := range []smartbox.BoxID{h.North, h.South} {
		err := again.View(t.Context(), func(tx directory.Tx) error {
			st, err := tx.State().Get(t.Context(), box)
			if err == nil && st.Epoch == before.Revision.Epoch {
				t.Errorf("box %s is in the old epoch", box)
			}
			if m, err := tx.Members().Get(t.Context(), uint64(anna.ID)); err != nil || m.Person != anna.Person {
				t.Errorf("restored member: %v", err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if now := h.Snapshot(h.North); now.Revision.Epoch != before.Revision.Epoch {
		t.Fatal("the original is in a new epoch")
	}
}

// TestRestoreDamaged refuses what is no whole backup, and leaves nothing behind.
func TestRestoreDamaged(t *testing.T) {
	dir := t.TempDir()
	h := storetest.NewHouse(t, sqlite(dir))
	whole := filepath.Join(dir, "whole.db")
	if err := h.Store.Backup(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte{}, b...)
	for i := len(flipped) / 2; i < len(flipped)/2+4096; i++ {
		flipped[i] ^= 0xff
	}
	target := filepath.Join(dir, "target", "cloud.db")
	for name, content := range map[string][]byte{"text": []byte("no database at all, but long enough to be read as a header"), "cut": b[:len(b)/2], "flipped": flipped} {
		from := filepath.Join(dir, name)
		if err := os.WriteFile(from, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Restore(t.Context(), "sqlite:"+target, from); err == nil {
			t.Errorf("%s: restored", name)
		}
		left, err := os.ReadDir(filepath.Dir(target))
		if err != nil || len(left) != 0 {
			t.Errorf("%s: left behind: %v %v", name, left, err)
		}
	}
	if _, err := store.Restore(t.Context(), "sqlite:"+target, filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing backup: %v", err)
	}
	if _, err := store.Restore(t.Context(), "postgres://host/db", whole); !errors.Is(err, store.ErrPgDump) {
		t.Errorf("PostgreSQL: %v", err)
	}
}
