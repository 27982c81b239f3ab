package daemon

import "golang.org/x/sys/unix"

// diskFree is what is left on the disk of a directory, in bytes; 0 where that is not known.
func diskFree(dir string) uint64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize) //nolint:gosec // a size
}
