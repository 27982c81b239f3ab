package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// OS is the operating system's file system. Durable writes are direct and synchronous
// (O_DIRECT|O_DSYNC), one sector reaching the device as one sector; where the file system or the
// device refuses that, they are synchronous through the cache.
func OS() FS { return osFS{} }

type osFS struct{}

func (osFS) MkdirAll(_, dir string) error { return os.MkdirAll(dir, 0o700) }

func (osFS) Names(_, dir string) (names []string, err error) {
	d, err := os.Open(dir) //nolint:gosec // the journal's own directory
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	buf := make([]byte, namesBuffer)
	for {
		n, err := unix.ReadDirent(int(d.Fd()), buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, os.NewSyscallError("readdirent", err)
		case n <= 0:
			return names, nil
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
}

// namesBuffer holds the names of a long history at once; package os asks for 8 KiB at a time.
const namesBuffer = 64 << 10

func (osFS) Size(_, name string) (int64, error) {
	st, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

func (osFS) Rename(_, from, to string) error { return os.Rename(from, to) }
func (osFS) Remove(_, name string) error     { return os.Remove(name) }

func (osFS) SyncDir(_, dir string) (err error) {
	d, err := os.Open(dir) //nolint:gosec // the journal's own directory
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.Sync()
}

func (osFS) Lock(_, name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the journal's own directory
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrLocked
		}
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// ReadFile reads the whole file. Sectors that the device cannot read are given as 0xFF, which is
// nothing that a journal writes; the file is an error only when nothing of it can be read.
func (osFS) ReadFile(_, name string, uncached bool) (b []byte, err error) {
	f, err := os.Open(name) //nolint:gosec // the journal's own directory
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if uncached { // advice, but followed for clean pages; a direct read would want an aligned file length
		if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
			return nil, err
		}
	}
	b = make([]byte, st.Size())
	if n, err := f.ReadAt(b, 0); err == nil || errors.Is(err, io.EOF) {
		return b[:n], nil
	}
	var firstErr error
	read := 0
	for off := 0; off < len(b); off += sector {
		part := b[off:min(off+sector, len(b))]
		if _, err := f.ReadAt(part, int64(off)); err != nil {
			firstErr = errors.Join(firstErr, err)
			for i := range part {
				part[i] = 0xFF
			}
			continue
		}
		read++
	}
	if read == 0 {
		return nil, firstErr
	}
	return b, nil
}

// Create writes the zeros rather than only reserving room: a later write then changes no metadata and costs one
// flush, not a commit of the file system's own journal.
func (o osFS) Create(op, name string, size int64) (err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the journal's own directory
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, o.Remove(op, name)) // gives back the room that was taken
		}
	}()
	err = unix.Fallocate(int(f.Fd()), 0, 0, size) // fails at once when the disk is full
	if err != nil && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("allocate %d bytes for %s: %w", size, name, err)
	}
	zeros := make([]byte, min(size, 1<<20))
	for off := int64(0); off < size; off += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-off)], off); err != nil {
			return err
		}
	}
	return f.Sync()
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
	f, direct, err := openDurable(name)
	if err != nil {
		return nil, err
	}
	page, err := unix.Mmap(-1, 0, maxRecord, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &osFile{name: name, f: f, direct: direct, page: page}, nil
}

func openDurable(name string) (f *os.File, direct bool, err error) {
	f, err = os.OpenFile(name, os.O_RDWR|unix.O_DSYNC|unix.O_DIRECT, 0) //nolint:gosec // the journal's own directory
	if !errors.Is(err, unix.EINVAL) {
		return f, true, err
	}
	f, err = openCached(name)
	return f, false, err
}

func openCached(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDWR|unix.O_DSYNC, 0) //nolint:gosec // the journal's own directory
}

type osFile struct {
	name   string
	f      *os.File
	direct bool

	mu   sync.Mutex
	page []byte // of the system's own alignment, as direct writes want it
}

func (f *osFile) WriteSync(_ string, p []byte, off int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := p
	if f.direct {
		if len(p) > len(f.page) {
			if err := f.grow(len(p)); err != nil {
				return err
			}
		}
		b = f.page[:copy(f.page, p)]
	}
	_, err := f.f.WriteAt(b, off)
	if f.direct && errors.Is(err, syscall.EINVAL) { // sectors of this device are larger
		cached, openErr := openCached(f.name)
		if openErr != nil {
			return openErr
		}
		if err := f.f.Close(); err != nil {
			return errors.Join(err, cached.Close())
		}
		f.f, f.direct = cached, false
		_, err = f.f.WriteAt(p, off)
	}
	return err
}

func (f *osFile) grow(n int) error {
	page, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	old := f.page
	f.page = page
	return unix.Munmap(old)
}

func (f *osFile) Sync(_ string) error { return unix.Fdatasync(int(f.f.Fd())) }

func (f *osFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.f.Close()
	if f.page != nil {
		err = errors.Join(err, unix.Munmap(f.page))
		f.page = nil
	}
	return err
}
