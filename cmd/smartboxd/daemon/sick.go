package daemon

import (
	"errors"
	"syscall"

	"smartbox/storage/bolt"
	"smartbox/storage/journal"
)

// sick reports whether an error is that of a disk that worked before: full, gone read-only, failing. A box with such
// a disk starts all the same, for its returns. All other errors are of a box that was set up wrongly, and of which
// somebody stands in front: it does not start, and says why.
func sick(err error) bool {
	for _, e := range []error{
		syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO,
		journal.ErrFull, journal.ErrUncertain, bolt.ErrFull, bolt.ErrBroken,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
