package bolt

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"
)

// What can be wrong. Errors of this package wrap one of these, or are a *NewerError.
var (
	// ErrCorrupt says that the file does not hold what was written to it.
	ErrCorrupt = errors.New("database is damaged")
	// ErrLocked says that another process has the file open.
	ErrLocked = errors.New("database is in use by another process: stop it first")
	// ErrReadOnly says that the file, or the disk under it, cannot be written.
	ErrReadOnly = errors.New("database cannot be written: check the mount options and the owner of the file")
	// ErrFull says that the disk has no room.
	ErrFull = errors.New("disk is full: make room")
	// ErrBroken says that an earlier write failed in a way that leaves its outcome unknown: open the database anew.
	ErrBroken = errors.New("database is not trusted after a failed write: open it anew")
	// ErrClosed says that the database was closed.
	ErrClosed = errors.New("database is closed")
	// ErrNewer is what every *NewerError is.
	ErrNewer = errors.New("database is of a newer version")
)

// NewerError says that a newer program wrote the file. It is refused untouched.
type NewerError struct {
	Path       string
	Have, Know uint64 // versions: of the file, and the newest that this program knows
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s: database has version %d, this program knows versions up to %d: install the newer program again, "+
		"or move the file away to begin with an empty one", e.Path, e.Have, e.Know)
}

// Is makes errors.Is(err, ErrNewer) hold.
func (e *NewerError) Is(target error) bool { return target == ErrNewer }

// is knows an error of the kernel also by its words, which are all that bbolt leaves of it in places.
func is(err error, kernel syscall.Errno) bool {
	return errors.Is(err, kernel) || strings.HasSuffix(err.Error(), ": "+kernel.Error())
}

// explain gives an error of bbolt or of the kernel its typed form.
func explain(doing, path string, err error) error {
	if err == nil {
		return nil
	}
	var kind error
	switch {
	case errors.Is(err, ErrCorrupt), errors.Is(err, ErrNewer), errors.Is(err, ErrClosed), errors.Is(err, ErrBroken):
		return err
	case is(err, syscall.ENOSPC), is(err, syscall.EDQUOT), is(err, syscall.EFBIG):
		kind = ErrFull
	case errors.Is(err, berrors.ErrTimeout):
		kind = ErrLocked
	case is(err, syscall.EROFS), is(err, syscall.EACCES), is(err, syscall.EPERM),
		errors.Is(err, berrors.ErrDatabaseReadOnly), errors.Is(err, berrors.ErrTxNotWritable):
		kind = ErrReadOnly
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum),
		errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrInvalidMapping):
		kind = ErrCorrupt
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		kind = ErrClosed
	default:
		return fmt.Errorf("%s: %s: %w", path, doing, err)
	}
	return fmt.Errorf("%s: %s: %w (%w)", path, doing, kind, err)
}
