package agent

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

// ErrStaged says that a staged snapshot is not whole, or not what was announced: it is asked for again.
var ErrStaged = errors.New("staged snapshot is not whole")

// Times of the line. The product of hardware and radio decides them, so they are no settings.
const (
	keepAlive    = 30 * time.Second
	pingLimit    = 10 * time.Second
	connectLimit = 20 * time.Second // TCP, TLS and CONNACK together
	writeLimit   = 10 * time.Second // a half-open link with a full send buffer is noticed by this alone
	tokenLimit   = 20 * time.Second // for a PUBACK or a SUBACK; after it the link counts as dead
	ackLimit     = 30 * time.Second // for the cloud's word on events and hello; doubles up to ackMost
	ackMost      = 5 * time.Minute
	helloMost    = 15 * time.Minute // between two hellos, if there is no other reason for one
	diskRetry    = time.Minute      // after a disk did not take a state, to ask for it again
	helloApart   = 2 * time.Second  // between two hellos of one connection
	retryFirst   = time.Second
	retryMost    = time.Minute
	stable       = time.Minute // a connection that lasted so long starts the backoff anew
	twinLimit    = 5           // connections taken away by the broker in a row before a twin is suspected
	twinWait     = 2 * time.Minute
	renewRetry   = time.Hour
	telemetryAt  = time.Minute // between two, unless the cloud says otherwise
	quiesce      = 250         // milliseconds that a good-bye may take
)

// Bounds of what is under way.
const (
	inboxSize   = 64             // messages; what comes in on top is dropped and asked for again
	windowSize  = 1024           // events sent and not acknowledged
	batchBytes  = 60 << 10       // of events in a message
	mostAtOnce  = 8              // commands being carried out or waited for
	mostReplies = 64             // responses not yet sent; the ledger has the rest
	idRoom      = 34             // bytes that an event takes in a message beside its payload
	farFuture   = 24 * time.Hour // a command that is due later is refused
)

// Options of an agent. All but Dial, Telemetry, Credentials and Notify are required.
type Options struct {
	Box      smartbox.BoxID
	Firmware string // release of the box's program
	Boot     uint64 // random, of this run
	URL      string // of the broker: "ssl://host:8883", "tcp://127.0.0.1:1883", "wss://host/mqtt"
	Keys     wire.Keyring
	State    State
	Journal  Journal
	Orders   Orders
	Clock    Clock
	Ledger   Ledger

	Credentials Credentials                      // nil = neither TLS nor a client certificate
	Telemetry   func() wire.Telemetry            // nil = none is sent
	Notify      func(Note)                       // told of what somebody may want to know; must not block
	Dial        func(*url.URL) (net.Conn, error) // nil = the network
}

func (o *Options) check() error {
	at, err := url.Parse(o.URL)
	switch {
	case o.Box == 0 || !o.Box.Valid():
		return errors.New("agent: the box has no id")
	case err != nil || at.Host == "":
		return fmt.Errorf("agent: %q is no address of a broker: write it like ssl://cloud.example:8883", o.URL)
	case o.State == nil || o.Journal == nil || o.Orders == nil || o.Clock == nil || o.Ledger == nil:
		return errors.New("agent: state, journal, orders, clock and ledger are all needed")
	case len(o.Keys.State) == 0:
		return errors.New("agent: no key of the cloud is trusted, so nothing that it says could be believed: enrol the box")
	}
	return nil
}

// Note is something that happened on the line.
type Note struct {
	Kind NoteKind
	Err  error // the cause, where there is one; it holds no secret
}

// NoteKind is the sort of a Note.
type NoteKind uint8

// The kinds of note.
const (
	Connected     NoteKind = iota + 1 // and subscribed
	Disconnected                      // Err
	Distrusted                        // a message was not what a trusted key signed. Err
	Dropped                           // a message was out of order, retained, of the wrong form, or one too many. Err
	StateRefused                      // a delta or a snapshot could not be put in force. Err
	DiskFailed                        // the box's disk did not take something. Err
	TwinSuspected                     // another box seems to use this identity: an alarm
	Renewed                           // the certificate
	RenewFailed                       // Err
	CloudAhead                        // the cloud says it has events that this box never wrote. Err
)

var noteNames = [...]string{
	"", "connected", "disconnected", "distrusted", "dropped", "state-refused", "disk-failed", "twin-suspected",
	"renewed", "renew-failed", "cloud-ahead",
}

// String is the word of logs and metrics.
func (k NoteKind) String() string {
	if int(k) < len(noteNames) {
		return noteNames[k]
	}
	return fmt.Sprintf("note(%d)", uint8(k))
}
