package bolt

import (
	"errors"
	"os"
	"syscall"
	"time"

	berrors "go.etcd.io/bbolt/errors"
)

// lockRetry is how often a lock that another holds is asked for, as bbolt does.
const lockRetry = 20 * time.Millisecond

// lock holds the lock that bbolt takes (flock), so that verify reads a file that nobody writes. unlock lets it go.
func lock(path string, timeout time.Duration, shared bool) (unlock func(), err error) {
	f, err := os.Open(path) //nolint:gosec // the caller's path
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	for deadline := time.Now().Add(timeout); ; time.Sleep(lockRetry) {
		err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(err, f.Close())
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(berrors.ErrTimeout, f.Close())
		}
	}
}
