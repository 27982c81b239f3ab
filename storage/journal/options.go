package journal

import "smartbox"

// Codec turns events and books into bytes and back. It must be deterministic: the hash chain runs over
// its bytes, and the cloud checks the chain over the bytes that it was sent.
type Codec interface {
	// EncodeEvent appends the event to dst.
	EncodeEvent(dst []byte, e smartbox.Event) ([]byte, error)
	// DecodeEvent reads what EncodeEvent wrote and keeps no reference to p.
	DecodeEvent(p []byte) (smartbox.Event, error)
	EncodeBook(b *smartbox.Book) ([]byte, error)
	// DecodeBook reads what EncodeBook wrote and keeps no reference to p.
	DecodeBook(p []byte) (*smartbox.Book, error)
}

// Options say how a journal is kept. The zero value of everything but Codec is a good choice.
type Options struct {
	Codec Codec  // required
	Boot  uint64 // of this run of the daemon; stamped on every event

	// SegmentBytes is the size of one segment file; 0 = DefaultSegmentBytes. It is rounded up to whole
	// sectors; a greater checkpoint makes a greater segment.
	SegmentBytes int64
	// RetainBytes and RetainSegments bound the acknowledged history that is kept; 0 = the defaults,
	// -1 = none of it. Unacknowledged events are never deleted.
	RetainBytes    int64
	RetainSegments int
	// MaxBytes bounds all segments and the reserve; 0 = only the disk does. When unacknowledged events fill it, Append
	// returns ErrFull.
	MaxBytes int64

	FS FS // nil = the operating system's
}

// Defaults of Options. A segment of this size holds about a thousand events, and is read whole at a start.
const (
	DefaultSegmentBytes   = 512 << 10
	DefaultRetainBytes    = 64 << 20
	DefaultRetainSegments = 1024
)

func (o Options) withDefaults() Options {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = DefaultSegmentBytes
	}
	o.SegmentBytes = max(roundUp(o.SegmentBytes), minSegmentBytes)
	switch {
	case o.RetainBytes == 0:
		o.RetainBytes = DefaultRetainBytes
	case o.RetainBytes < 0:
		o.RetainBytes = 0
	}
	switch {
	case o.RetainSegments == 0:
		o.RetainSegments = DefaultRetainSegments
	case o.RetainSegments < 0:
		o.RetainSegments = 0
	}
	if o.FS == nil {
		o.FS = OS()
	}
	return o
}
