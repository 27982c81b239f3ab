package enrol

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrReadable says that others than its owner may read a file with a secret.
var ErrReadable = errors.New("others may read it")

// readPrivate reads a file that nobody but its owner may read.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w: it is a secret; run chmod 600 on it", path, ErrReadable)
	}
	return os.ReadFile(path) //nolint:gosec // the caller's own path
}

// writePrivate replaces a file, 0600, so that after a power cut the old or the new one is there, whole.
func writePrivate(path string, b []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir) //nolint:gosec // the caller's own path
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
