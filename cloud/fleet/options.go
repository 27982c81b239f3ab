package fleet

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

// Directory is what the fleet needs of *directory.Service.
type Directory interface {
	State(ctx context.Context, box smartbox.BoxID) (directory.BoxState, error)
	BoxSeen(ctx context.Context, box smartbox.BoxID, seen directory.Seen) error
	DeltaFor(ctx context.Context, box smartbox.BoxID, epoch, base uint64) (directory.StateDelta, error)
	SnapshotFor(ctx context.Context, box smartbox.BoxID) (directory.StateSnapshot, error)
	Applied(ctx context.Context, box smartbox.BoxID, at smartbox.Revision, digest smartbox.StateSum, forgotten []smartbox.UserID) (same bool, err error)
	BoxesBehind(ctx context.Context, after smartbox.BoxID, limit int) ([]smartbox.BoxID, error)
	TakeEvents(ctx context.Context, box smartbox.BoxID, m *wire.Events) (upto uint64, err error)
	EventsUpto(ctx context.Context, box smartbox.BoxID, epoch uint64) (uint64, error)
	RaiseAlarm(ctx context.Context, box smartbox.BoxID, k directory.AlarmKind, detail string) error
	WaitingCommands(ctx context.Context, box smartbox.BoxID) ([]directory.Command, error)
	CommandSent(ctx context.Context, box smartbox.BoxID, id directory.CommandID) error
	CommandAnswered(ctx context.Context, box smartbox.BoxID, id directory.CommandID, ok bool, result string) error
	HoldLeases(ctx context.Context, holder string, want int, ttl time.Duration) ([]smartbox.BoxID, error)
	ReleaseLeases(ctx context.Context, holder string) error
}

// Signer signs what goes to a box; *trust.Signers is one.
type Signer interface {
	Seal(box smartbox.BoxID, m wire.Message) ([]byte, error)
}

// Options are what a Fleet needs. Directory, Broker and Signer are required; the zero value of the rest is good.
type Options struct {
	Directory Directory
	Broker    Broker
	Signer    Signer
	Log       zerolog.Logger
	Metrics   prometheus.Registerer // nil = none

	Holder   string        // name of this replica in leases; "" = a random one
	Most     int           // most boxes that this replica serves; 0 = no limit
	Replicas bool          // others change the directory too: look for their commands at every poll
	Lease    time.Duration // how long a lease holds; 0 = 30 s. Another replica takes over after that
	Poll     time.Duration // how often boxes that are behind are looked for; 0 = 5 s
	Resend   time.Duration // after which what a box has not confirmed is sent again; 0 = 20 s
	Confirm  time.Duration // how often a box is told that it is up to date; 0 = 1 h
	Workers  int           // boxes that are served at once; 0 = 16
	Pending  int           // messages taken from the broker and not yet worked off; 0 = 1,024
	Now      func() time.Time

	// Telemetry is called with what a box said of itself, after it was checked. It must not block. nil = nobody asks.
	Telemetry func(smartbox.BoxID, *wire.Telemetry)
}

func (o *Options) defaults() {
	if o.Holder == "" {
		o.Holder = "replica-" + rand.Text()[:12]
	}
	setDefault(&o.Most, 1<<30)
	setDefault(&o.Lease, 30*time.Second)
	setDefault(&o.Poll, 5*time.Second)
	setDefault(&o.Resend, 20*time.Second)
	setDefault(&o.Confirm, time.Hour)
	setDefault(&o.Workers, 16)
	setDefault(&o.Pending, 1024)
	if o.Now == nil {
		o.Now = time.Now
	}
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
