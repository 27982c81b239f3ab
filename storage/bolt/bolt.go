// Package bolt keeps records in a bbolt file and vouches for them: every value is checksummed together with its
// bucket and its key, every bucket is sealed by the number and the sum of its records, so that a damaged page gives
// an error and never a wrong or a missing record in silence (bbolt alone gives those). See DESIGN.md.
//
// bbolt is imported here and nowhere else on the box.
package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// DefaultTimeout is how long Open waits for another process to let go of the file.
const DefaultTimeout = 2 * time.Second

// Migration brings a file from one version to the next. It runs in one transaction with the new version's record.
type Migration func(*Tx) error

// Options of a database.
type Options struct {
	Migrations []Migration   // Migrations[i] leads from version i to i+1; their number is the version of the program
	Timeout    time.Duration // 0 = DefaultTimeout
	ReadOnly   bool          // a file that is missing or needs a migration is an error then
}

func (o Options) version() uint64 { return uint64(len(o.Migrations)) }

// DB is an open database. Its methods are safe for any number of goroutines.
type DB struct {
	path string
	db   *bbolt.DB

	mu     sync.RWMutex // held for reading by every transaction, so that Close waits
	broken error        // why no transaction is begun any more; guarded by state
	state  sync.Mutex
}

// Open opens the database, verifies every record in it, and migrates it. A file that is missing is made, under a
// temporary name until it is whole. Errors: ErrCorrupt, ErrLocked, ErrReadOnly, ErrFull, *NewerError.
func Open(path string, o Options) (*DB, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !o.ReadOnly {
		if err := create(path); err != nil {
			return nil, explain("making it", path, err)
		}
	}
	b, err := open(path, o)
	if err != nil {
		return nil, explain("opening it", path, err)
	}
	d := &DB{path: path, db: b}
	if err := d.migrate(o); err != nil {
		return nil, errors.Join(explain("migrating it", path, err), explain("closing it", path, d.Close()))
	}
	return d, nil
}

// OpenOrBegin is Open, except that a damaged file is renamed to path.bad-<n> and an empty one begun. The caller is
// told: bad is the new name of the damaged file and why says what was wrong; both are empty where nothing was.
func OpenOrBegin(path string, o Options) (d *DB, bad string, why, err error) {
	d, err = Open(path, o)
	if !errors.Is(err, ErrCorrupt) || o.ReadOnly {
		return d, "", nil, err
	}
	why = err
	if bad, err = Quarantine(path); err != nil {
		return nil, "", why, err
	}
	d, err = Open(path, o)
	return d, bad, why, err
}

// Quarantine renames a file to path.bad-<n>, n being the first that is free, and tells the new name.
func Quarantine(path string) (string, error) {
	for n := 1; ; n++ {
		bad := fmt.Sprintf("%s.bad-%d", path, n)
		if _, err := os.Lstat(bad); !errors.Is(err, fs.ErrNotExist) {
			if err == nil {
				continue
			}
			return "", explain("setting it aside", path, err)
		}
		if err := os.Rename(path, bad); err != nil {
			return "", explain("setting it aside", path, err)
		}
		return bad, syncDir(filepath.Dir(path))
	}
}

// open checks the file by plain reads before bbolt maps it, for bbolt scans the free pages in a goroutine of its
// own and panics there, out of anybody's reach.
func open(path string, o Options) (b *bbolt.DB, err error) {
	defer guard(&err)
	timeout := o.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	options := &bbolt.Options{
		Timeout: timeout, ReadOnly: o.ReadOnly, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			return os.OpenFile(name, flag&^os.O_CREATE, mode) //nolint:gosec // the caller's path
		},
	}
	unlock, err := lock(path, timeout, o.ReadOnly)
	if err != nil {
		return nil, err
	}
	err = verify(path)
	unlock()
	if err != nil {
		return nil, err
	}
	return bbolt.Open(path, 0o600, options)
}

// create makes an empty database of version 0 beside path and renames it when it is whole: a power cut while bbolt
// lays out its first pages leaves a file that does not open.
func create(path string) (err error) {
	defer guard(&err)
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := bbolt.Open(temp, 0o600, &bbolt.Options{
		Timeout: DefaultTimeout, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
	})
	if err != nil {
		return err
	}
	d := &DB{path: temp, db: b}
	err = d.Update(func(tx *Tx) error { return tx.setVersion(0) })
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Path is the file's name.
func (d *DB) Path() string { return d.path }

// View runs f in a transaction that reads. A damaged page under it gives ErrCorrupt.
func (d *DB) View(f func(*Tx) error) error {
	return d.within("reading", func() error {
		return d.db.View(func(b *bbolt.Tx) error { return f(newTx(d.path, b)) })
	})
}

// Update runs f in a transaction that writes, and is durable on return. Where the commit itself fails its outcome
// is not known, and the database takes no transaction any more (ErrBroken); where f fails nothing has happened.
func (d *DB) Update(f func(*Tx) error) error {
	var ferr error
	err := d.within("writing", func() error {
		return d.db.Update(func(b *bbolt.Tx) error {
			tx := newTx(d.path, b)
			if ferr = f(tx); ferr == nil {
				ferr = tx.flush()
			}
			return ferr
		})
	})
	if err != nil && ferr == nil && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrReadOnly) {
		d.distrust(err)
	}
	return err
}

// Err is why the database takes no transaction any more; nil while it does.
func (d *DB) Err() error {
	d.state.Lock()
	defer d.state.Unlock()
	return d.broken
}

// Settle makes both of bbolt's meta pages lead to the content in force, by an empty transaction. Until then a
// single bit in the newer one, flipped, would bring the transaction before back.
func (d *DB) Settle() error { return d.Update(func(*Tx) error { return nil }) }

func (d *DB) within(doing string, do func() error) (err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if err := d.Err(); err != nil {
		return err
	}
	defer func() {
		if errors.Is(err, ErrCorrupt) {
			d.distrust(err)
		}
		err = explain(doing, d.path, err)
	}()
	defer guard(&err)
	defer faults()()
	return do()
}

// distrust ends the use of the file.
func (d *DB) distrust(why error) {
	d.state.Lock()
	defer d.state.Unlock()
	if d.broken == nil {
		d.broken = fmt.Errorf("%s: %w: %w", d.path, ErrBroken, why)
	}
}

// Close waits for the transactions under way and closes the file. Closing twice is no error.
func (d *DB) Close() (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer guard(&err)
	if err := d.db.Close(); err != nil {
		return explain("closing it", d.path, err)
	}
	d.state.Lock()
	defer d.state.Unlock()
	d.broken = fmt.Errorf("%s: %w", d.path, ErrClosed)
	return nil
}

// guard turns bbolt's panics, and faults on pages that a mapped file lost, into ErrCorrupt. It is deferred.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v", ErrCorrupt, r)
	}
}

// faults has faults of the calling goroutine panic rather than kill; the function that it returns undoes that.
func faults() func() {
	old := debug.SetPanicOnFault(true)
	return func() { debug.SetPanicOnFault(old) }
}

func syncDir(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // the caller's path
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
