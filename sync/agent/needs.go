package agent

import (
	"context"
	"crypto/tls"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

// State is the box's knowledge. Its methods are called from one goroutine at a time, but for Digest and Revision.
//
// An error that wraps smartbox.ErrBase asks for what is missing; a *RefusedError carries the reason that the cloud is
// told; any other counts as a disk that fails, and what failed is asked for again later.
type State interface {
	// Revision is what is in force; zero before the first snapshot.
	Revision() smartbox.Revision
	// Digest is what is in force and the wire.StateDigest of it, of one moment.
	Digest() (smartbox.Revision, smartbox.StateSum, error)
	// Apply puts a delta in force; it is durable on return. One whose revision is in force changes nothing.
	Apply(d smartbox.Delta) error
	// Confirm notes that the cloud said at that time that what is in force is its newest.
	Confirm(at smartbox.Stamp) error
	// Stage keeps chunk i of n, durably, of the snapshot called id; another id throws the one before away.
	Stage(id string, i, n int, chunk []byte) error
	// Staged is the snapshot that is under way: its name and the chunks that are there, ascending; "" for none.
	Staged() (id string, have []int, err error)
	// Commit puts the staged snapshot in force where its SHA-256 is sum, durably. Where it is not, ErrStaged.
	Commit(id string, sum [32]byte) error
	// Erase returns nil once no file of the box holds anything of these people but their ids in events.
	Erase(users []smartbox.UserID) error
}

// Cursor is how the event journal stands.
type Cursor struct {
	Epoch uint64 // of this history
	First uint64 // oldest event kept; Next where there is none
	Next  uint64 // what the next event gets
	Acked uint64 // newest event that the cloud has
}

// Entry is an event of the journal as it goes to the cloud.
type Entry struct {
	Seq     uint64
	Hash    smartbox.ChainHash
	Payload []byte
}

// Journal is the box's event journal, which is the outbox too.
type Journal interface {
	// Cursor says how the journal stands.
	Cursor() Cursor
	// Read gives at most limit events from number from on, ascending; numbers jump where events are lost.
	Read(from uint64, limit int) ([]Entry, error)
	// Ack notes, durably, that the cloud has every event up to that one. An older one than before changes nothing.
	Ack(upTo uint64) error
	// Wake gives a channel that closes once there is an event of that number, or the journal is closed.
	Wake(seq uint64) <-chan struct{}
}

// Orders carries out what the cloud asks for.
type Orders interface {
	// Carry does what the command says and returns what became of it. ctx ends when the command expires, or the box
	// stops. It is never called twice for one command, and never again after a power cut.
	Carry(ctx context.Context, o Order) (wire.Outcome, smartbox.Reason)
}

// Order is a command that was checked, is due, and is on record as begun.
type Order struct {
	Command wire.Command
	Actor   string // of the events that come of it: "cmd:" and the command's id in hexadecimal
	Waiting func() // says that it now waits for the button at the box; once at most
}

// Clock is the box's clock.
type Clock interface {
	// Moment is now.
	Moment() smartbox.Moment
}

// Ledger remembers which commands were begun, across a power cut. See FileLedger.
type Ledger interface {
	// Last is the greatest counter begun.
	Last() uint64
	// Find is the record of a command, if it is among the latest.
	Find(id uint64) (Record, bool)
	// Begin puts a command on record, durably, before anything is done for it.
	Begin(r Record) error
	// End puts on record what became of it, durably.
	End(r Record) error
}

// Record is one command in the ledger.
type Record struct {
	ID      uint64          `cbor:"1,keyasint,omitempty"`
	Counter uint64          `cbor:"2,keyasint,omitempty"`
	Outcome wire.Outcome    `cbor:"3,keyasint,omitempty"` // 0 = begun and not ended
	Reason  smartbox.Reason `cbor:"4,keyasint,omitempty"`
}

// Credentials is how the box shows who it is. It is asked at every connect, so that a renewed certificate is used from
// then on.
type Credentials interface {
	// TLS is the configuration of the next connection; nil for a broker without TLS, as in tests.
	TLS() (*tls.Config, error)
	// Life is when the certificate begins and ends; zero times for none.
	Life() (from, until time.Time)
	// Renew fetches a new certificate and keeps it, durably.
	Renew(ctx context.Context) error
}

// RefusedError is why a state could not be put in force, where the state is to blame.
type RefusedError struct {
	Reason smartbox.Reason
	Err    error
}

func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap is the cause.
func (e *RefusedError) Unwrap() error { return e.Err }
