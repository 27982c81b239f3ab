package wire

import (
	"fmt"

	"smartbox"
)

// Fault is what is wrong with a snapshot file.
type Fault uint8

// The faults.
const (
	_             Fault = iota
	NoSnapshot          // it does not begin as one
	Truncated           // shorter than it says
	Flipped             // not the bytes that were signed
	Unsigned            // no signature
	ForeignSigner       // signed by a key that the box does not trust
	ForeignBox          // meant for another box
	Newer               // written by a newer version
	Broken              // signed and intact, but not a snapshot that this version reads
)

// OpenError says why a snapshot file was refused, in one sentence with the mend.
type OpenError struct {
	Fault   Fault
	Key     KeyID          // of ForeignSigner
	Box     smartbox.BoxID // of ForeignBox: the one that it is meant for
	Version int            // of Newer
	Err     error          // of Broken
}

func (e *OpenError) Error() string {
	switch e.Fault {
	case NoSnapshot:
		return "not a snapshot file: give the file that `smartboxctl snapshot build` wrote"
	case Truncated:
		return "snapshot file is cut short: copy it again"
	case Flipped:
		return "snapshot file was changed after it was signed: copy it again, or build it again if that does not help"
	case Unsigned:
		return "snapshot file is not signed: build it with a key that this box trusts"
	case ForeignSigner:
		return fmt.Sprintf("snapshot file is signed by key %s, which this box does not trust: "+
			"sign it with a trusted key, or add that key to the trusted ones", e.Key)
	case ForeignBox:
		return fmt.Sprintf("snapshot file is for box %q: build one for this box", e.Box)
	case Newer:
		return fmt.Sprintf("snapshot file is of version %d and this box reads up to %d: update the box first",
			e.Version, Version)
	case Broken:
		return fmt.Sprintf("snapshot file is signed but cannot be read: build it again with this version (%v)", e.Err)
	default:
		return fmt.Sprintf("snapshot file: fault %d", e.Fault)
	}
}

// Unwrap is the decoder's error of a Broken file.
func (e *OpenError) Unwrap() error { return e.Err }

// Is makes two errors of the same fault equal, so that errors.Is(err, &OpenError{Fault: Truncated}) asks for one.
func (e *OpenError) Is(target error) bool {
	t, ok := target.(*OpenError)
	return ok && t.Fault == e.Fault
}

// Reason is the word of the SnapshotRefused event.
func (e *OpenError) Reason() smartbox.Reason {
	switch e.Fault {
	case Flipped, Unsigned, ForeignSigner:
		return smartbox.SignatureWrong
	case ForeignBox:
		return smartbox.SnapshotForeign
	case NoSnapshot, Truncated, Newer, Broken:
		return smartbox.SnapshotBroken
	default:
		return smartbox.SnapshotBroken
	}
}
