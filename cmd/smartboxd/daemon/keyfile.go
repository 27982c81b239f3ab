package daemon

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"smartbox"
)

// ErrKeyFile says that the box key cannot be had. The error never holds the key.
var ErrKeyFile = errors.New("box key")

// LoadBoxKey reads the secret under which the box's credentials are digested: 64 hexadecimal digits. A file that
// others than its owner may read is refused.
func LoadBoxKey(path string) (k smartbox.BoxKey, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return k, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return k, fmt.Errorf("%w: %s may be read by others (%v): chmod 600 it, and have the codes issued anew if they could have",
			ErrKeyFile, path, info.Mode().Perm())
	}
	b, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return k, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(raw) != len(k) {
		return k, fmt.Errorf("%w: %s does not hold %d hexadecimal digits: restore it; "+
			"without it no credential of this box can be recognised", ErrKeyFile, path, 2*len(k))
	}
	copy(k[:], raw)
	return k, nil
}

// MakeBoxKey makes a new secret and writes it, 0600 and durable, where no file is yet; one that is there is left as
// it is and wins.
func MakeBoxKey(path string) (smartbox.BoxKey, error) {
	k, err := LoadBoxKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if _, err := rand.Read(k[:]); err != nil {
		return smartbox.BoxKey{}, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	if err := writeOnce(path, hex.EncodeToString(k[:])+"\n"); err != nil {
		return smartbox.BoxKey{}, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	return k, nil
}

// writeOnce writes a file by way of a temporary name, so that a power cut leaves the whole of it or nothing.
func writeOnce(path, text string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".box-key-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if _, err = f.WriteString(text); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil { // unlike a rename, it does not overwrite
		return err
	}
	d, err := os.Open(dir) //nolint:gosec // see above
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
