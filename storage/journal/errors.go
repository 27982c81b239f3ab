package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Errors of a journal. Match them with errors.Is; the text that wraps them names the file and the mend.
var (
	// ErrFull says that there is no room: the disk is full, or unacknowledged events fill the size
	// limit. Nothing was recorded and nothing was lost; Append works again once there is room. What is
	// left of the reserve stays open for returns and for the ends of exchanges.
	ErrFull = errors.New("journal is full: free disk space, or let the cloud acknowledge events")
	// ErrReadOnly says that the directory cannot be written. Nothing was recorded.
	ErrReadOnly = errors.New("journal is read-only: remount the disk for writing or mend the directory's owner")
	// ErrNewer says that a newer release wrote the journal. It was not touched.
	ErrNewer = errors.New("journal has a newer format: install the release that wrote it, or a later one")
	// ErrUncertain says that the disk failed while an event was written: it may or may not be on
	// record. Append the same event again; it will not be recorded twice.
	ErrUncertain = errors.New("journal could not be written: append the same event again; if it keeps failing, replace the disk")
	// ErrClosed says that Close was called.
	ErrClosed = errors.New("journal is closed")
	// ErrLocked says that another process has the journal open for writing.
	ErrLocked = errors.New("journal is in use: stop the other process first")
	// ErrTooLarge says that an encoded event exceeds MaxPayload. Nothing was recorded.
	ErrTooLarge = errors.New("event is too large for the journal")
	// ErrGone says that events were asked for that retention has deleted, after the cloud had them.
	ErrGone = errors.New("events are no longer kept here")
	// ErrAhead says that an acknowledgement names an event that was never recorded.
	ErrAhead = errors.New("acknowledgement is ahead of the journal: the cloud knows another history of this box")
)

// CorruptError says that bytes on disk are not what was written. The events concerned are reported as
// missing, never returned wrong.
type CorruptError struct {
	Segment string // file name within the journal's directory
	Offset  int64  // byte offset where the damage begins
	Seq     uint64 // first event lost, 0 where no event is
	Lost    uint64 // how many events are lost at most, from Seq on
	Cause   string // what is wrong there
}

func (e *CorruptError) Error() string {
	what := "no event is lost"
	if e.Lost > 0 {
		what = fmt.Sprintf("events %d to %d are lost", e.Seq, e.Seq+e.Lost-1)
	}
	return fmt.Sprintf("journal segment %s is damaged at byte %d (%s): %s; keep the file for analysis and check the disk",
		e.Segment, e.Offset, e.Cause, what)
}

// classify maps an error of the file system onto the sentinel that tells the caller what to do.
func classify(err error) error {
	switch {
	case errors.Is(err, ErrFull), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return ErrFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return ErrReadOnly
	default:
		return ErrUncertain
	}
}
