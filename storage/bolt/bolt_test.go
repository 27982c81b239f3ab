package bolt_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox/storage/bolt"
)

var update = flag.Bool("update", false, "write the golden files anew")

// first is the migration that makes an empty file one of version 1.
func first(tx *bolt.Tx) error { return tx.Bucket("things").Put([]byte("made"), []byte("by version 1")) }

func options(more ...bolt.Migration) bolt.Options {
	return bolt.Options{Migrations: append([]bolt.Migration{first}, more...), Timeout: 1}
}

func open(t *testing.T, path string, o bolt.Options) *bolt.DB {
	t.Helper()
	d, err := bolt.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// content reads everything.
func content(d *bolt.DB) (map[string]string, error) {
	all := map[string]string{}
	err := d.View(func(tx *bolt.Tx) error {
		names, err := tx.Buckets()
		if err != nil {
			return err
		}
		for _, name := range names {
			err := tx.Bucket(name).ForEach(func(k, v []byte) error {
				all[name+"/"+string(k)] = string(v)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

func put(t *testing.T, d *bolt.DB, bucket string, pairs ...string) {
	t.Helper()
	err := d.Update(func(tx *bolt.Tx) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := tx.Bucket(bucket).Put([]byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRecordsSurviveReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	d := open(t, path, options())
	put(t, d, "b", "1", "one", "2", "two", "3", "three")
	put(t, d, "b", "2", "zwei")
	err := d.Update(func(tx *bolt.Tx) error {
		return errors.Join(tx.Bucket("b").Delete([]byte("3")), tx.Bucket("b").Delete([]byte("none")))
	})
	if err != nil {
		t.Fatal(err)
	}
	undone := errors.New("changed my mind")
	err = d.Update(func(tx *bolt.Tx) error {
		return errors.Join(tx.Bucket("b").Put([]byte("9"), nil), undone)
	})
	if !errors.Is(err, undone) {
		t.Fatalf("error %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, path, options())
	got, err := content(d)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"b/1": "one", "b/2": "zwei", "things/made": "by version 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := d.Update(func(tx *bolt.Tx) error { return errors.Join(tx.Drop("b"), tx.Drop("none")) }); err != nil {
		t.Fatal(err)
	}
	put(t, d, "b", "5", "five")
	if err := d.View(func(tx *bolt.Tx) error {
		v, err := tx.Bucket("b").Get([]byte("1"))
		if v != nil {
			t.Errorf("dropped, and there: %q", v)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestManyPagesVerify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	d := open(t, path, options())
	for round := range 3 {
		if err := d.Update(func(tx *bolt.Tx) error {
			for i := range 3000 {
				if err := tx.Bucket("many").Put(fmt.Appendf(nil, "%06d", i*7919%3000), fmt.Appendf(nil, "%d %0*d", round, i%900, i)); err != nil {
					return err
				}
			}
			return tx.Bucket("large").Put([]byte("x"), make([]byte, 50_000))
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, path, options())
	got, err := content(d)
	if err != nil || len(got) != 3002 {
		t.Fatalf("%d records, %v", len(got), err)
	}
}

// TestSortedPuts puts in order, out of order and again.
func TestSortedPuts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	d := open(t, path, options())
	want := map[string]string{"things/made": "by version 1"}
	for round := range 2 {
		if err := d.Update(func(tx *bolt.Tx) error {
			b := tx.Bucket("s")
			if err := b.Sorted(); err != nil {
				return err
			}
			for _, k := range []string{"b", "d", "c", "d", "e", "a", "b"} {
				v := fmt.Sprint(k, round)
				if err := b.Put([]byte(k), []byte(v)); err != nil {
					return err
				}
				want["s/"+k] = v
			}
			return b.ForEach(func(_, _ []byte) error { return nil })
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := content(open(t, path, options()))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestEveryBitFlip flips each bit of a file, one at a time: what opens reads exactly as it was written.
func TestEveryBitFlip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	d := open(t, path, options())
	for i := range 8 {
		put(t, d, "b", fmt.Sprint(i%5), fmt.Sprint("value ", i))
	}
	want, err := content(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Settle(), d.Close()); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := filepath.Join(dir, "flipped.db")
	caught, harmless := 0, 0
	step := 1
	if testing.Short() {
		step = 13
	}
	if err := os.WriteFile(flipped, good, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(flipped, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	last := len(good)
	for last > 0 && good[last-1] == 0 { // what lies behind is a file grown in advance
		last--
	}
	for bit := 0; bit < 8*last; bit += step {
		b := [1]byte{good[bit/8] ^ 1<<(bit%8)}
		if _, err := f.WriteAt(b[:], int64(bit/8)); err != nil {
			t.Fatal(err)
		}
		d, err := bolt.Open(flipped, bolt.Options{Migrations: options().Migrations, Timeout: 1, ReadOnly: true})
		switch {
		case errors.Is(err, bolt.ErrCorrupt):
			caught++
		case err != nil:
			t.Fatalf("bit %d: %v", bit, err)
		default:
			got, err := content(d)
			if err != nil || !cmp.Equal(want, got) {
				t.Fatalf("bit %d of byte %d: opened in silence, and reads\n%v %s", bit%8, bit/8, err, cmp.Diff(want, got))
			}
			harmless++
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
		b[0] = good[bit/8]
		if _, err := f.WriteAt(b[:], int64(bit/8)); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d bits: %d caught, %d harmless", caught+harmless, caught, harmless)
	if caught == 0 || harmless == 0 {
		t.Error("the test flips nothing that matters")
	}
}

func TestTruncatedAnywhere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	d := open(t, path, options())
	put(t, d, "b", "k", "v")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.db")
	for n := 0; n < len(good); n += 512 {
		if err := os.WriteFile(cut, good[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := bolt.Open(cut, options())
		if err == nil {
			if got, err := content(d); err != nil || got["b/k"] != "v" {
				t.Fatalf("cut at %d: %v %v", n, got, err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		} else if !errors.Is(err, bolt.ErrCorrupt) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

// TestTruncatedUnderTheMapping takes the pages away while they are mapped: a fault, which kills a program that is
// not prepared.
func TestTruncatedUnderTheMapping(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	d := open(t, path, options())
	put(t, d, "b", "k", string(make([]byte, 100_000)))
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	if _, err := content(d); !errors.Is(err, bolt.ErrCorrupt) {
		t.Errorf("error %v", err)
	}
	if _, err := content(d); !errors.Is(err, bolt.ErrBroken) {
		t.Errorf("then error %v", err)
	}
}

func TestNewerVersionIsRefusedUntouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	if err := open(t, path, options(first, first)).Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, bad, _, err := bolt.OpenOrBegin(path, options())
	var newer *bolt.NewerError
	if !errors.As(err, &newer) || !errors.Is(err, bolt.ErrNewer) || newer.Have != 3 || newer.Know != 1 || bad != "" {
		t.Fatalf("error %v, set aside %q", err, bad)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("the file was touched (%v)", err)
	}
}

// TestMigrationFromGolden opens a file that version 1 wrote and kept in testdata.
func TestMigrationFromGolden(t *testing.T) {
	golden := filepath.Join("testdata", "version1.db")
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(golden)
		d := open(t, golden, options())
		put(t, d, "old", "a", "1", "b", "2")
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	second := func(tx *bolt.Tx) error {
		err := tx.Bucket("old").ForEach(func(k, v []byte) error {
			return tx.Bucket("new").Put(k, append([]byte("was "), v...))
		})
		return errors.Join(err, tx.Drop("old"))
	}
	failing := errors.New("no")
	if _, err := bolt.Open(path, options(second, func(*bolt.Tx) error { return failing })); !errors.Is(err, failing) {
		t.Fatalf("error %v", err)
	}
	if _, err := bolt.Open(path, bolt.Options{Migrations: options(second, first).Migrations, ReadOnly: true}); !errors.Is(err, bolt.ErrReadOnly) {
		t.Fatalf("error %v", err)
	}
	d := open(t, path, options(second, first))
	got, err := content(d)
	want := map[string]string{"new/a": "was 1", "new/b": "was 2", "things/made": "by version 1"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestDamagedFileIsSetAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	for n := 1; n <= 2; n++ {
		if err := os.WriteFile(path, []byte("not a database, whatever it may say"), 0o600); err != nil {
			t.Fatal(err)
		}
		d, bad, why, err := bolt.OpenOrBegin(path, options())
		if err != nil {
			t.Fatal(err)
		}
		if bad != fmt.Sprintf("%s.bad-%d", path, n) || !errors.Is(why, bolt.ErrCorrupt) {
			t.Errorf("set aside as %q for %v", bad, why)
		}
		if b, err := os.ReadFile(bad); err != nil || len(b) != 35 {
			t.Errorf("%q, %v", b, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	d := open(t, path, options())
	if _, err := bolt.Open(path, options()); !errors.Is(err, bolt.ErrLocked) {
		t.Errorf("twice: %v", err)
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Error(err)
	}
	if _, err := content(d); !errors.Is(err, bolt.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	r := open(t, path, bolt.Options{Migrations: options().Migrations, ReadOnly: true})
	if err := r.Update(func(*bolt.Tx) error { return nil }); !errors.Is(err, bolt.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
	if _, err := bolt.Open(filepath.Join(dir, "none", "a.db"), options()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	if _, err := bolt.Open(filepath.Join(dir, "b.db"), bolt.Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing, and read-only: %v", err)
	}
}

// TestFullDisk limits the size of files (RLIMIT_FSIZE), which fails writes as a full disk does.
func TestFullDisk(t *testing.T) {
	const env = "SMARTBOX_BOLT_FULL"
	if os.Getenv(env) == "" {
		runAlone(t, "TestFullDisk", env)
		return
	}
	path := filepath.Join(t.TempDir(), "a.db")
	d := open(t, path, options())
	put(t, d, "b", "k", "v")
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip(err)
	}
	err := d.Update(func(tx *bolt.Tx) error { return tx.Bucket("b").Put([]byte("large"), make([]byte, 4<<20)) })
	if !errors.Is(err, bolt.ErrFull) {
		t.Errorf("error %v", err)
	}
	if _, err := content(d); !errors.Is(err, bolt.ErrBroken) {
		t.Errorf("then error %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	d = open(t, path, options())
	if got, err := content(d); err != nil || got["b/k"] != "v" || got["b/large"] != "" {
		t.Errorf("after reopening %d records, %v", len(got), err)
	}
}
