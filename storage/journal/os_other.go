//go:build !linux

package journal

import (
	"errors"
	"io"
	"os"
)

// OS is the operating system's file system, for trying the box on a desk: durable writes are
// synchronous through the cache, and no lock keeps a second process out.
func OS() FS { return osFS{} }

type osFS struct{}

func (osFS) MkdirAll(_, dir string) error { return os.MkdirAll(dir, 0o700) }

func (osFS) Names(_, dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func (osFS) ReadFile(_, name string, _ bool) ([]byte, error) { return os.ReadFile(name) }

func (osFS) Size(_, name string) (int64, error) {
	st, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

func (osFS) Create(_, name string, size int64) error {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, size))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

func (osFS) WriteCached(_, name string, p []byte) error {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the journal's own directory
	if err != nil {
		return err
	}
	_, err = f.WriteAt(p, 0)
	return errors.Join(err, f.Close())
}

func (osFS) Open(_, name string) (File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_SYNC, 0)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osFS) Rename(_, from, to string) error { return os.Rename(from, to) }
func (osFS) Remove(_, name string) error     { return os.Remove(name) }

// SyncDir does nothing: not every system lets a directory be flushed.
func (osFS) SyncDir(_, _ string) error { return nil }

func (osFS) Lock(_, name string) (io.Closer, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
}

type osFile struct{ f *os.File }

func (f osFile) WriteSync(_ string, p []byte, off int64) error {
	_, err := f.f.WriteAt(p, off)
	return err
}
func (f osFile) Sync(_ string) error { return f.f.Sync() }
func (f osFile) Close() error        { return f.f.Close() }
