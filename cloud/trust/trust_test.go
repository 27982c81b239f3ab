package trust_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/trust"
	"smartbox/sync/wire"
)

func box(s string) smartbox.BoxID { return smartbox.MustID[smartbox.Box](s) }

func TestSecretsAreTheOwners(t *testing.T) {
	dir := t.TempDir()
	open := map[string]func() error{
		"authority": func() error { _, err := trust.OpenAuthority(dir, nil); return err },
		"signers":   func() error { _, err := trust.OpenSigners(dir); return err },
		"sealer":    func() error { _, err := trust.OpenSealer(dir); return err },
	}
	for name, f := range open {
		if err := f(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 4 {
		t.Fatalf("%d files, %v; want authority, two signing keys, seal", len(files), err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
		if err := os.Chmod(path, 0o640); err != nil { //nolint:gosec // what is to be refused
			t.Fatal(err)
		}
	}
	for name, f := range open {
		if err := f(); !errors.Is(err, trust.ErrReadable) {
			t.Errorf("%s that others may read: %v", name, err)
		}
	}
}

func TestDamagedFiles(t *testing.T) {
	for file, open := range map[string]func(dir string) error{
		"authority.pem":   func(d string) error { _, err := trust.OpenAuthority(d, nil); return err },
		"sign-state.pem":  func(d string) error { _, err := trust.OpenSigners(d); return err },
		"sign-orders.pem": func(d string) error { _, err := trust.OpenSigners(d); return err },
		"seal.key":        func(d string) error { _, err := trust.OpenSealer(d); return err },
	} {
		dir := t.TempDir()
		if err := open(dir); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, file)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(whole) - 1 { // the last byte is a line's end
			if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			if err := open(dir); err == nil && n < len(bytes.TrimRight(whole, "\n-")) {
				t.Fatalf("%s cut to %d of %d bytes is taken", file, n, len(whole))
			}
		}
	}
}

func TestAuthorityStays(t *testing.T) {
	dir := t.TempDir()
	a, err := trust.OpenAuthority(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := trust.OpenAuthority(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Fingerprint() != b.Fingerprint() {
		t.Error("the root changes with a start")
	}
}

func TestOneOfManyMakesTheKey(t *testing.T) {
	dir := t.TempDir()
	made := make(chan *trust.Sealer, 8)
	for range cap(made) {
		go func() {
			s, err := trust.OpenSealer(dir)
			if err != nil {
				t.Error(err)
			}
			made <- s
		}()
	}
	first := <-made
	sealed, err := first.Seal("x", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for range cap(made) - 1 {
		if b, err := (<-made).Open("x", sealed); err != nil || string(b) != "secret" {
			t.Errorf("%q, %v", b, err)
		}
	}
}

func TestSealer(t *testing.T) {
	s, err := trust.OpenSealer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	other, err := trust.OpenSealer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		context, plain := rapid.String().Draw(t, "context"), rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := s.Seal(context, plain)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := s.Open(context, sealed); err != nil || !bytes.Equal(b, plain) {
			t.Fatalf("%x, %v", b, err)
		}
		if len(plain) >= 8 && bytes.Contains(sealed, plain) {
			t.Fatal("not sealed")
		}
		again, err := s.Seal(context, plain)
		if err != nil || bytes.Equal(again, sealed) {
			t.Fatal("the same text twice gives the same bytes")
		}
		flip := rapid.IntRange(0, len(sealed)*8-1).Draw(t, "bit")
		bad := bytes.Clone(sealed)
		bad[flip/8] ^= 1 << (flip % 8)
		cut := sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")]
		for name, try := range map[string]func() ([]byte, error){
			"flipped":           func() ([]byte, error) { return s.Open(context, bad) },
			"cut":               func() ([]byte, error) { return s.Open(context, cut) },
			"another context's": func() ([]byte, error) { return s.Open(context+"x", sealed) },
			"another key's":     func() ([]byte, error) { return other.Open(context, sealed) },
		} {
			if b, err := try(); !errors.Is(err, trust.ErrSealed) || b != nil {
				t.Fatalf("%s: %x, %v", name, b, err)
			}
		}
	})
}

func TestLookup(t *testing.T) {
	dir := t.TempDir()
	s, err := trust.OpenSealer(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := trust.OpenSealer(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(s.Lookup("org", "code:1234"), again.Lookup("org", "code:1234")) {
		t.Error("changes with a start")
	}
	seen := map[string]string{}
	for _, p := range [][2]string{{"org", "1234"}, {"org1", "234"}, {"or", "g1234"}, {"", "org1234"}, {"org", "1235"}} {
		d := string(s.Lookup(p[0], p[1]))
		if was, ok := seen[d]; ok || len(d) < 16 {
			t.Errorf("%q is as %q, %d bytes", p, was, len(d))
		}
		seen[d] = p[0] + "/" + p[1]
	}
}

// TestRotation goes through the change of a key while messages of before and after are under way.
func TestRotation(t *testing.T) {
	dir := t.TempDir()
	s, err := trust.OpenSigners(dir)
	if err != nil {
		t.Fatal(err)
	}
	ack, open := &wire.Ack{Epoch: 1}, &wire.Command{ID: 1, Counter: 1, Type: wire.CommandReboot, Expires: 1}
	good := func(ring wire.Keyring, m wire.Message) bool {
		b, err := s.Seal(box("b"), m)
		if err != nil {
			t.Fatal(err)
		}
		return ring.Open(box("b"), b, wire.NewMessage(m.Kind())) == nil
	}
	before := s.Keyring()
	if !good(before, ack) || !good(before, open) {
		t.Fatal("its own signature does not hold")
	}
	if bytes.Equal(before.State[0], before.Orders[0]) {
		t.Error("one key for states and orders")
	}
	for _, step := range []func(trust.Class) error{s.Swap, s.Retire} {
		if err := step(trust.ClassOrders); !errors.Is(err, trust.ErrSigners) {
			t.Errorf("without a second key: %v", err)
		}
	}
	if err := s.Stage(trust.ClassOrders); err != nil {
		t.Fatal(err)
	}
	if err := s.Stage(trust.ClassOrders); !errors.Is(err, trust.ErrSigners) {
		t.Errorf("a third key: %v", err)
	}
	if !good(before, open) {
		t.Error("staging changed who signs")
	}
	both := s.Keyring()
	if err := s.Swap(trust.ClassOrders); err != nil {
		t.Fatal(err)
	}
	if good(before, open) || !good(both, open) || !good(before, ack) {
		t.Error("after the swap the new key signs orders, and the old one states as before")
	}
	if s, err = trust.OpenSigners(dir); err != nil { // as it stands on disk
		t.Fatal(err)
	}
	if d := cmp.Diff([]ed25519.PublicKey{both.Orders[1], both.Orders[0]}, []ed25519.PublicKey(s.Keyring().Orders)); d != "" {
		t.Error(d)
	}
	if err := s.Retire(trust.ClassOrders); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Keyring().Orders); n != 1 || !good(both, open) {
		t.Errorf("%d keys after retiring", n)
	}
	if err := s.Stage("doors"); !errors.Is(err, trust.ErrSigners) {
		t.Errorf("a class that there is not: %v", err)
	}
}

// books is a directory of a few boxes, for tests of enrolment alone.
type books struct {
	claims map[string]smartbox.BoxID
	states map[smartbox.BoxID]directory.BoxState
}

func newBooks() *books {
	return &books{map[string]smartbox.BoxID{}, map[smartbox.BoxID]directory.BoxState{}}
}

func (b *books) MakeClaim(_ context.Context, _ directory.Actor, id smartbox.BoxID, digest []byte, _ smartbox.Stamp) error {
	b.claims[string(digest)] = id
	return nil
}

func (b *books) TakeClaim(_ context.Context, digest []byte) (smartbox.BoxID, error) {
	id, ok := b.claims[string(digest)]
	if !ok {
		return 0, directory.ErrNotFound
	}
	delete(b.claims, string(digest))
	return id, nil
}

func (b *books) Enrolled(_ context.Context, id smartbox.BoxID, as directory.Identity) (smartbox.BoxKey, error) {
	b.states[id] = directory.BoxState{Box: id, Identity: as}
	return smartbox.BoxKey{7}, nil
}

func (b *books) State(_ context.Context, id smartbox.BoxID) (directory.BoxState, error) {
	return b.states[id], nil
}
