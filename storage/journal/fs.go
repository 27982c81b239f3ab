package journal

import "io"

// FS is what a journal asks of a file system. Every call names its operation, so that a test can break
// exactly that one. All names are full paths.
type FS interface {
	// MkdirAll makes the directory.
	MkdirAll(op, dir string) error
	// Names lists a directory, in any order.
	Names(op, dir string) ([]string, error)
	// ReadFile gives the whole file. With uncached it asks the device, where the system can do that.
	ReadFile(op, name string, uncached bool) ([]byte, error)
	// Size is the length of a file.
	Size(op, name string) (int64, error)
	// Create makes a file, or empties it, with size bytes of written zeros, and flushes it.
	Create(op, name string, size int64) error
	// WriteCached writes a file in place without flushing it, and leaves what stands behind p.
	WriteCached(op, name string, p []byte) error
	// Open opens an existing file for durable writes.
	Open(op, name string) (File, error)
	Rename(op, from, to string) error
	Remove(op, name string) error
	// SyncDir flushes the directory's entries.
	SyncDir(op, dir string) error
	// Lock takes the one writer's lock on a file that it makes if need be. It fails with ErrLocked.
	Lock(op, name string) (io.Closer, error)
}

// File is a file under durable writes.
type File interface {
	// WriteSync writes p at off and returns when it is on the device: one write, one flush. p and off are
	// whole sectors within the file's size; p is not kept. The operation is that of the call.
	WriteSync(op string, p []byte, off int64) error
	// Sync flushes what earlier processes may have left in the system's cache.
	Sync(op string) error
	Close() error
}
