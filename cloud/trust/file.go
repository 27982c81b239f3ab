package trust

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrReadable says that others than its owner may read a file with a secret.
var ErrReadable = errors.New("others may read it: it is a secret; run chmod 600 on it")

// readSecret reads a file that nobody but its owner may read. fs.ErrNotExist comes through.
func readSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w", path, ErrReadable)
	}
	return os.ReadFile(path) //nolint:gosec // the operator's own directory
}

// placeFile is how writing ends: link refuses to replace a file, rename replaces it.
type placeFile func(from, to string) error

// writeSecret writes a file, 0600, so that after a power cut it is there as a whole or not at all. With os.Link it
// fails with fs.ErrExist where another replica was quicker; with os.Rename it replaces.
func writeSecret(path string, b []byte, place placeFile) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir) //nolint:gosec // the operator's own directory
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// readOrMake reads a secret, or makes it where there is none yet. Of replicas that start at once, one makes it.
func readOrMake(path string, made func() ([]byte, error)) ([]byte, error) {
	b, err := readSecret(path)
	if !errors.Is(err, os.ErrNotExist) {
		return b, err
	}
	if b, err = made(); err != nil {
		return nil, err
	}
	if err := writeSecret(path, b, os.Link); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return readSecret(path)
}
