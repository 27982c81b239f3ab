package journal

import (
	"context"
	"io"
	"iter"

	"smartbox"
)

// Journal is an open event log. It is safe for concurrent use.
type Journal struct{}

// State is how a journal stands.
type State struct {
	Epoch    uint64          // of this journal's history; another one after it was lost
	First    uint64          // oldest event kept
	Next     uint64          // what the next event gets
	Acked    uint64          // newest event that the cloud has
	Head     Hash            // of the chain, after event Next-1
	Bytes    int64           // of all files
	Segments int             // how many files hold events
	Full     bool            // only the reserve is left
	Damage   []*CorruptError // found since Open
	Broken   error           // what the last write failed with; nil once writing works again
}

// Hash is a link of the chain.
type Hash [32]byte

// Raw is an event as it is sent to the cloud.
type Raw struct {
	Seq     uint64
	Hash    Hash   // SHA-256 over the hash before it and Payload
	Payload []byte // codec bytes
}

// Open opens or makes the journal in dir.
func Open(dir string, o Options) (*Journal, error) { return nil, ErrClosed }

// Append records the event.
func (j *Journal) Append(e smartbox.Event) (seq uint64, err error) { return 0, ErrClosed }

// Book is a copy of the folded book.
func (j *Journal) Book() *smartbox.Book { return nil }

// Read yields events from seq on.
func (j *Journal) Read(from uint64) iter.Seq2[smartbox.Event, error] { return nil }

// ReadRaw gives up to limit events from seq on.
func (j *Journal) ReadRaw(from uint64, limit int) ([]Raw, error) { return nil, ErrClosed }

// Follow is Read that waits for more until ctx ends.
func (j *Journal) Follow(ctx context.Context, from uint64) iter.Seq2[smartbox.Event, error] {
	return nil
}

// Ack records that the cloud has all events up to upTo.
func (j *Journal) Ack(upTo uint64) error { return ErrClosed }

// State says how the journal stands.
func (j *Journal) State() State { return State{} }

// Export writes the events from..to.
func (j *Journal) Export(w io.Writer, from, to uint64, f Format) error { return ErrClosed }

// Close lets go of the files.
func (j *Journal) Close() error { return nil }

// Format is a format of Export.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl" // one object a line
	RawCBOR   Format = "cbor"  // the codec's bytes, one event after the other
)

// Report is what Verify found.
type Report struct {
	Epoch    uint64
	Segments int
	Events   uint64 // that are whole
	First    uint64
	Last     uint64
	Acked    uint64
	Head     Hash
	Bytes    int64
	Damage   []*CorruptError
}

// OK reports whether nothing is damaged.
func (r Report) OK() bool { return len(r.Damage) == 0 }

// Verify checks every byte of the journal in dir.
func Verify(dir string, c Codec) (Report, error) { return Report{}, ErrClosed }

// Export writes the events from..to of the journal in dir.
func Export(dir string, c Codec, w io.Writer, from, to uint64, f Format) error { return ErrClosed }
