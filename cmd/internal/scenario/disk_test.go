package scenario_test

import (
	"sync"

	"smartbox/storage/journal"
)

// disk is the system's file system, which can be made to take no more writes.
type disk struct {
	journal.FS

	mu  sync.Mutex
	err error // of every write; nil = it works
}

func (d *disk) set(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *disk) writable() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// Create implements journal.FS.
func (d *disk) Create(op, name string, size int64) error {
	if err := d.writable(); err != nil {
		return err
	}
	return d.FS.Create(op, name, size)
}

// WriteCached implements journal.FS.
func (d *disk) WriteCached(op, name string, p []byte) error {
	if err := d.writable(); err != nil {
		return err
	}
	return d.FS.WriteCached(op, name, p)
}

// Open implements journal.FS.
func (d *disk) Open(op, name string) (journal.File, error) {
	f, err := d.FS.Open(op, name)
	if err != nil {
		return nil, err
	}
	return diskFile{f, d}, nil
}

type diskFile struct {
	journal.File
	disk *disk
}

// WriteSync implements journal.File.
func (f diskFile) WriteSync(op string, p []byte, off int64) error {
	if err := f.disk.writable(); err != nil {
		return err
	}
	return f.File.WriteSync(op, p, off)
}
