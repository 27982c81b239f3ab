package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/storage/bolt"
	"smartbox/sync/agent"
	"smartbox/sync/enrol"
	"smartbox/sync/wire"
)

// Cloud says how the box reaches its cloud. Who the cloud is, is known since `smartboxctl enrol`; a box that is not
// enrolled has none.
type Cloud struct {
	Off bool   `yaml:"off"` // stay off the line although the box is enrolled
	URL string `yaml:"url"` // of the broker, such as ssl://host:8883; "" = as enrolment told
}

// ledgerName is the file of the commands that were begun.
const ledgerName = "commands"

// recordWait is how long to wait before the journal or the store is looked for again.
const recordWait = 5 * time.Second

// errMoved ends an agent that was made for another broker or other keys.
var errMoved = errors.New("broker or trusted keys are new")

// uplink is the box's end of the line to the cloud.
type uplink struct {
	d      *Daemon
	keys   enrol.KeyStore
	store  enrol.Store
	ledger *agent.FileLedger
	moved  chan struct{} // broker or keys are new

	mu sync.Mutex
	id *enrol.Identity
}

// openCloud looks whether the box is enrolled. What is wrong with the enrolment keeps no box from serving: it says so
// and goes on with what it knows.
func (d *Daemon) openCloud() error {
	store := enrol.Store{
		Dir: d.cfg.Data, BoxKey: d.cfg.KeyFile,
		Now: func() time.Time { return d.clock.Now().Wall },
	}
	if d.cfg.Cloud.Off || !store.Enrolled() {
		return nil
	}
	u, err := d.openUplink(store)
	if err != nil {
		d.log.Error().Err(err).Msg("no line to the cloud: the box serves with what it knows")
		return nil
	}
	d.uplink = u
	d.later(u.keys.Close)
	d.trusted = append(slices.Clip(d.trusted), u.id.Keyring.State...) // files by stick as well
	return nil
}

func (d *Daemon) openUplink(store enrol.Store) (_ *uplink, err error) {
	u := &uplink{d: d, store: store, moved: make(chan struct{}, 1)}
	if u.keys, err = enrol.OpenKeyStore(d.cfg.Data); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.keys.Close())
		}
	}()
	key, err := u.keys.Key()
	if err != nil {
		return nil, err
	}
	if u.id, err = store.Load(key); err != nil {
		return nil, err
	}
	if u.id.Box != d.box {
		return nil, fmt.Errorf("this box is enrolled as %q and configured as %q: write `box: %s`, or enrol it anew", u.id.Box, d.box, u.id.Box)
	}
	path := filepath.Join(d.cfg.Data, ledgerName)
	u.ledger, err = agent.OpenLedger(path)
	if errors.Is(err, agent.ErrLedger) {
		bad, setErr := bolt.Quarantine(path)
		d.log.Error().Err(errors.Join(err, setErr)).Str("file", bad).Msg("set aside; a new one is begun")
		u.ledger, err = agent.OpenLedger(path)
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// run keeps the line up until ctx ends.
func (u *uplink) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := u.serve(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, errMoved) {
			u.d.log.Error().Err(err).Msg("no line to the cloud")
			select {
			case <-ctx.Done():
			case <-time.After(recordWait):
			}
		}
	}
	return nil
}

// serve runs one agent: until ctx ends, or the identity calls for another one.
func (u *uplink) serve(ctx context.Context) error {
	d := u.d
	j, err := d.record.journal()
	if err != nil || d.cache == nil {
		return errors.Join(err, errors.New("journal and store are needed for that: mend the disk"))
	}
	id := u.identity()
	broker := id.Broker
	if d.cfg.Cloud.URL != "" {
		broker = d.cfg.Cloud.URL
	}
	a, err := agent.New(agent.Options{
		Box: d.box, Firmware: d.deps.Version, Boot: d.boot, URL: broker, Keys: id.Keyring,
		State: cloudState{d}, Journal: cloudJournal{j}, Orders: cloudOrders{d}, Clock: cloudClock{d}, Ledger: u.ledger,
		Credentials: u, Telemetry: u.telemetry, Notify: u.note,
	})
	if err != nil {
		return err
	}
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-u.moved:
			cancel(errMoved)
		case <-within.Done():
		}
	}()
	d.agent.Store(a)
	defer d.agent.Store(nil)
	_ = a.Run(within) // it ends with within alone
	return context.Cause(within)
}

func (u *uplink) identity() *enrol.Identity {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.id
}

// TLS is the method of agent.Credentials.
func (u *uplink) TLS() (*tls.Config, error) { return u.identity().TLS(), nil }

// Life is the method of agent.Credentials.
func (u *uplink) Life() (from, until time.Time) {
	leaf := u.identity().Leaf
	return leaf.NotBefore, leaf.NotAfter
}

// Renew is the method of agent.Credentials.
func (u *uplink) Renew(ctx context.Context) error {
	old := u.identity()
	id, err := enrol.Renew(ctx, old, u.store)
	if err != nil {
		return err
	}
	u.mu.Lock()
	u.id = id
	u.mu.Unlock()
	if id.Broker != old.Broker || !sameKeys(id.Keyring.State, old.Keyring.State) || !sameKeys(id.Keyring.Orders, old.Keyring.Orders) {
		select {
		case u.moved <- struct{}{}:
		default:
		}
	}
	return nil
}

func sameKeys(a, b wire.TrustedKeys) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

// note puts what happens on the line into the log.
func (u *uplink) note(n agent.Note) {
	level := zerolog.WarnLevel
	switch n.Kind {
	case agent.Connected, agent.Renewed:
		level = zerolog.InfoLevel
	case agent.TwinSuspected, agent.DiskFailed, agent.CloudAhead:
		level = zerolog.ErrorLevel
	case agent.Disconnected, agent.Distrusted, agent.Dropped, agent.StateRefused, agent.RenewFailed:
	}
	u.d.log.WithLevel(level).Err(n.Err).Stringer("line", n.Kind).Msg("cloud")
}

// backlog is how many events the cloud does not have yet; 0 where there is no journal.
func (d *Daemon) backlog() uint64 {
	j, err := d.record.journal()
	if err != nil || d.uplink == nil {
		return 0
	}
	s := j.State()
	return s.Next - 1 - s.Acked
}

// Online reports whether the box is connected to its cloud's broker.
func (d *Daemon) Online() bool {
	a := d.agent.Load()
	return a != nil && a.Online()
}

// cloudClock is the box's clock as the agent takes it in.
type cloudClock struct{ d *Daemon }

func (c cloudClock) Moment() smartbox.Moment { return c.d.clock.Now() }
