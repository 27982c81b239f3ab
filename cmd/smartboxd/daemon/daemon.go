// Package daemon is a box at work: it opens records, knowledge and hardware, runs the decision loop over them, and serves
// the local administration. What it is given from outside stands in Deps, so that the simulated cabinet runs the same.
package daemon

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/board"
	"smartbox/device"
	"smartbox/device/clock"
	"smartbox/device/session"
	"smartbox/storage/cache"
	"smartbox/storage/journal"
	"smartbox/sync/agent"
	"smartbox/sync/wire"
)

// Deps are what a daemon is given from outside, so that tests and the simulated cabinet bring their own.
type Deps struct {
	// Open builds the devices of a profile; board/host on a real box. The daemon closes them.
	Open func(*board.Profile) (*device.Set, error)

	// Listen opens the socket for administration; nil = a Unix socket. Inside a testing/synctest bubble, where time stands
	// still while anything waits for the system, a listener must not.
	Listen func(path string) (net.Listener, error)

	Disk   journal.FS         // under the journal; nil = the system's
	Clock  clock.Options      // its Floor and Trusted are set by the daemon, from the record
	Log    io.Writer          // nil = nowhere
	Notify Notifier           // the service manager
	Meter  func(Gauges) Meter // nil = nothing is counted
	Times  session.Times      // of the session

	// Watch are spectators, such as the simulated cabinet's page. The loop tells them of every effect; they must
	// not block, and must not call the daemon.
	Watch []func(session.Effect, smartbox.Moment)

	Version string // of the program
}

// Daemon is one box at work.
type Daemon struct {
	cfg     Config
	deps    Deps
	box     smartbox.BoxID
	boot    uint64
	trusted wire.TrustedKeys
	profile *board.Profile
	log     zerolog.Logger
	meter   Meter
	health  health

	clock  *clock.Clock
	record *record
	cache  *cache.Cache // nil while the store cannot be opened
	set    *device.Set
	socket net.Listener
	web    net.Listener // of the metrics; nil = off

	uplink      *uplink                     // nil = no cloud
	agent       atomic.Pointer[agent.Agent] // at work; nil otherwise
	button      button
	restart     chan struct{} // closed when the daemon is to start anew
	restartOnce sync.Once

	runner    atomic.Pointer[session.Runner] // the decision loop at work; nil before Run
	ready     chan struct{}                  // closed once the loop is at work and its keypad listens
	readyOnce sync.Once
	closing   context.Context //nolint:containedctx // of streams, and ends when the daemon is about to stop
	close     context.CancelFunc
	undo      []func() error // what New opened, in that order
}

// New opens all that the box needs: records first, the hardware last, so that a box that must not start has not
// touched a lock. On an error everything is closed again, and the error says in one sentence why and what to do.
func New(cfg Config, deps Deps) (_ *Daemon, err error) {
	cfg.Default()
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if deps.Log == nil {
		deps.Log = io.Discard
	}
	d := &Daemon{cfg: cfg, deps: deps, log: newLog(cfg.Log, deps.Log), meter: noMeter{}, ready: make(chan struct{}), restart: make(chan struct{})}
	d.closing, d.close = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	for _, step := range []func() error{d.identify, d.openRecords, d.openCloud, d.openDoors, d.openHardware} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// identify settles who this box is and how it is wired.
func (d *Daemon) identify() (err error) {
	if d.box, err = smartbox.ParseID[smartbox.Box](d.cfg.Box); err != nil {
		return err
	}
	if d.trusted, err = d.cfg.trusted(); err != nil {
		return err
	}
	if d.profile, err = LoadProfile(d.cfg.Profile); err != nil {
		return err
	}
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return err
	}
	d.boot = binary.BigEndian.Uint64(b[:])
	return nil
}

// LoadProfile finds a built-in board profile by its name, or reads the file of that path. Its errors name line
// and column.
func LoadProfile(name string) (*board.Profile, error) {
	p, err := board.Builtin(name)
	if _, ok := errors.AsType[*board.UnknownProfileError](err); !ok {
		return p, err
	}
	b, readErr := os.ReadFile(name) //nolint:gosec // the operator names the file
	if readErr != nil {
		return nil, fmt.Errorf("%w (%w)", err, readErr)
	}
	return board.Parse(name, b)
}

// openRecords opens box key, journal and snapshot, and starts the clock behind what is on record.
func (d *Daemon) openRecords() error {
	if err := os.MkdirAll(d.cfg.Data, 0o750); err != nil && !sick(err) {
		return fmt.Errorf("data directory: %w: make it, or name another under \"data\"", err)
	}
	key, err := MakeBoxKey(d.cfg.KeyFile)
	if err != nil {
		return err
	}
	if d.record, err = openRecord(d.journalDir(), journal.Options{Codec: wire.Codec{}, Boot: d.boot, FS: d.deps.Disk}, d.meter); err != nil && !sick(err) {
		return err
	} else if err != nil {
		d.log.Error().Err(err).Msg("the journal cannot be written: returns open, pickups follow the box's policy")
	}
	d.later(d.record.close)
	book := d.record.book()
	d.deps.Clock.Floor, d.deps.Clock.Trusted = book.LastAt, book.TrueAt
	d.clock = clock.New(d.deps.Clock)

	c, err := cache.Open(d.cacheDir(), cache.Options{Codec: wire.Codec{}, Key: key, Box: d.box})
	switch {
	case err == nil:
		d.cache = c
		d.later(c.Close)
	case sick(err):
		d.log.Error().Err(err).Msg("the snapshot cannot be opened: nobody is known until the disk is mended")
	default:
		return err
	}
	if d.deps.Meter != nil {
		d.meter = d.deps.Meter(d.gauges())
		d.record.meter = d.meter
	}
	return nil
}

// openDoors opens the ways in for administration and metrics.
func (d *Daemon) openDoors() (err error) {
	open := d.deps.Listen
	if open == nil {
		open = listen
	}
	if d.socket, err = open(d.cfg.Socket); err != nil {
		return err
	}
	d.later(d.socket.Close)
	if d.cfg.Metrics == "" {
		return nil
	}
	if d.web, err = net.Listen("tcp", d.cfg.Metrics); err != nil { //nolint:noctx // it does not block
		return fmt.Errorf("metrics: %w: name another address under \"metrics\"", err)
	}
	d.later(d.web.Close)
	return nil
}

func (d *Daemon) openHardware() (err error) {
	if d.set, err = d.deps.Open(d.profile); err != nil {
		return fmt.Errorf("board %s: %w", d.profile.Name, err)
	}
	if d.set.Close != nil {
		d.later(d.set.Close)
	}
	return nil
}

// later has Close undo something, the last first.
func (d *Daemon) later(f func() error) { d.undo = append(d.undo, f) }

// Close lets go of everything that New opened, in reverse order. Run does so when it ends; a second call does
// nothing.
func (d *Daemon) Close() error {
	d.close()
	var all []error
	for len(d.undo) > 0 {
		last := len(d.undo) - 1
		f := d.undo[last]
		d.undo = d.undo[:last]
		if err := f(); err != nil && !errors.Is(err, net.ErrClosed) {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// View is the knowledge in force; nil where there is none yet.
func (d *Daemon) View() smartbox.View {
	if d.cache == nil {
		return nil
	}
	return d.cache.View()
}

// Ready is closed once the box serves its panel.
func (d *Daemon) Ready() <-chan struct{} { return d.ready }

// JournalDir is where the journal stands within the data directory.
const JournalDir = "journal"

const storeDir = "store"

func (d *Daemon) journalDir() string { return filepath.Join(d.cfg.Data, JournalDir) }
func (d *Daemon) cacheDir() string   { return filepath.Join(d.cfg.Data, storeDir) }

func (d *Daemon) gauges() Gauges {
	return Gauges{
		Held:  func() int { return int(d.stateSoon().Held) },
		Works: func() bool { return d.record.broken() == nil },
		Lost:  d.record.lost,
		Down:  d.health.count,
		Revision: func() uint64 {
			if v := d.View(); v != nil {
				return v.Revision().Version
			}
			return 0
		},
		Age:     func() time.Duration { return d.age(d.clock.Now()) },
		Trust:   func() smartbox.Trust { return d.clock.Now().Trust },
		Queue:   func() int { return d.stateSoon().Queue },
		Online:  d.Online,
		Backlog: d.backlog,
	}
}

// Events yields what is on record from the sequence number on, and what comes, until ctx ends. It yields the error
// where the journal cannot be opened.
func (d *Daemon) Events(ctx context.Context, from uint64) iter.Seq2[smartbox.Event, error] {
	j, err := d.record.journal()
	if err != nil {
		return func(yield func(smartbox.Event, error) bool) { yield(smartbox.Event{}, err) }
	}
	return j.Follow(ctx, max(from, j.State().First, 1))
}

// Last is the sequence number of the newest event on record; 0 where there is none.
func (d *Daemon) Last() uint64 {
	j, err := d.record.journal()
	if err != nil {
		return 0
	}
	return j.State().Next - 1
}
