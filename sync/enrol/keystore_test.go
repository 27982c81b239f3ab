package enrol_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"smartbox/sync/enrol"
)

// exercise makes a key, signs, and finds the same key again after reopening.
func exercise(t *testing.T, open func() enrol.KeyStore) {
	t.Helper()
	store := open()
	key, err := store.Key()
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("text"))
	pub, ok := key.Public().(*ecdsa.PublicKey)
	if !ok {
		t.Fatalf("a %T", key.Public())
	}
	for range 3 {
		sig, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil || !ecdsa.VerifyASN1(pub, digest[:], sig) {
			t.Fatalf("signature: %v", err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = open()
	defer store.Close() //nolint:errcheck // a test
	again, err := store.Key()
	if err != nil || !pub.Equal(again.Public()) {
		t.Fatalf("another key after reopening, %v", err)
	}
}

func TestFileKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "device.key")
	exercise(t, func() enrol.KeyStore { return &enrol.FileKeys{Path: path} })
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // what is to be refused
		t.Fatal(err)
	}
	if _, err := (&enrol.FileKeys{Path: path}).Key(); !errors.Is(err, enrol.ErrReadable) {
		t.Errorf("that others may read: %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) - 26 { // up to its last line
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (&enrol.FileKeys{Path: path}).Key(); !errors.Is(err, enrol.ErrKeyStore) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
}

// TestOpenKeyStore holds to what made the key, for a box that comes back with another key is another box.
func TestOpenKeyStore(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "device.key"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := enrol.OpenKeyStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // a test
	if _, ok := store.(*enrol.FileKeys); !ok {
		t.Errorf("%s", store)
	}
	if _, err := enrol.OpenTPM(filepath.Join(dir, "device.tpm")); !errors.Is(err, enrol.ErrNoTPM) {
		t.Skip("skipped: this machine has a TPM, so that its absence cannot be tried")
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "device.tpm"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := enrol.OpenKeyStore(dir); !errors.Is(err, enrol.ErrKeyStore) {
		t.Errorf("the TPM that made the key is gone: %v", err)
	}
}
