package simulator

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"smartbox"
	"smartbox/board"
	"smartbox/board/sim"
	"smartbox/board/sim/panel"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/device"
	"smartbox/device/clock"
	"smartbox/device/session"
	"smartbox/storage/journal"
	"smartbox/sync/snapfile"
	"smartbox/sync/wire"
)

// Options are how a simulator is started.
type Options struct {
	Listen   string // host:port of the page; another port where that one is taken
	Offline  bool   // the box alone: its people come from the file
	API      string // host:port of the cloud's API; another port where that one is taken
	HTTPS    string // host:port where boxes enrol; likewise
	MQTT     string // host:port of the cloud's broker; likewise
	Data     string // directory of the box's records, and of its keys; of the cloud's too
	Profile  string // of the cabinet
	People   string // name of the people file, for errors
	Text     []byte // of the people file
	Log      io.Writer
	LogLevel string
	Version  string
}

// Simulator is a whole box without hardware, and the cloud that it belongs to.
type Simulator struct {
	cloud  *cloudSide // nil = offline
	cab    *sim.Cabinet
	daemon *daemon.Daemon
	feed   *feed
	page   net.Listener
}

// New puts everything together. Run starts it; where Run is not called, Close lets go.
func New(o Options) (_ *Simulator, err error) {
	f, err := snapfile.ParseYAML(o.People, o.Text)
	if err != nil {
		return nil, err
	}
	s := &Simulator{feed: &feed{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := os.MkdirAll(o.Data, 0o750); err != nil {
		return nil, fmt.Errorf("%w: name another directory with --data", err)
	}
	if s.feed.keys, err = tags(f); err != nil {
		return nil, err
	}
	open := s.online
	if o.Offline {
		open = s.alone
	}
	if err := open(o, f); err != nil {
		return nil, err
	}
	if s.feed.people, err = hints(f); err != nil {
		return nil, err
	}
	s.feed.view = s.daemon.View
	s.page, err = listen(o.Listen)
	return s, err
}

// alone opens a box whose people come from the file, signed under keys that stand in the data directory.
func (s *Simulator) alone(o Options, f *snapfile.File) error {
	file, pub, err := s.people(f, o.Data)
	if err != nil {
		return err
	}
	if err := s.box(o, f, daemon.Config{Data: o.Data, TrustedKeys: []string{pub}}); err != nil {
		return err
	}
	return s.begin(file, filepath.Join(o.Data, "people.sum"), o.Text)
}

// box opens cabinet and daemon on the data directory of cfg.
func (s *Simulator) box(o Options, f *snapfile.File, cfg daemon.Config) error {
	profile, err := daemon.LoadProfile(o.Profile)
	if err != nil {
		return err
	}
	if s.cab, err = cabinet(profile, cfg.Data, f); err != nil {
		return err
	}
	cfg.Box, cfg.Profile, cfg.Log = f.Box.ID.Value, o.Profile, daemon.Log{Level: o.LogLevel, Format: "console"}
	s.daemon, err = daemon.New(cfg, daemon.Deps{
		Open:    func(*board.Profile) (*device.Set, error) { return s.cab.Set(), nil },
		Clock:   clock.Options{Trust: clock.Always(smartbox.ClockSynced)}, // this machine's clock is the truth here
		Log:     o.Log,
		Watch:   []func(session.Effect, smartbox.Moment){s.feed.decided},
		Version: o.Version,
	})
	return err
}

// begin puts the people file in force where the box knows nobody yet, or where the file is another than at the last
// start: a snapshot that somebody applied since stays.
func (s *Simulator) begin(file []byte, sumFile string, text []byte) error {
	sum := fmt.Sprintf("%x\n", sha256.Sum256(text))
	last, err := os.ReadFile(sumFile) //nolint:gosec // within the directory that the person names
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if s.daemon.View() != nil && string(last) == sum {
		return nil
	}
	if _, err := s.daemon.Apply(file); err != nil {
		return err
	}
	return os.WriteFile(sumFile, []byte(sum), 0o600)
}

// people makes a signed snapshot, under keys that stand in the data directory, so that the technician's tool can
// bring another one.
func (s *Simulator) people(f *snapfile.File, dir string) (file []byte, pub string, err error) {
	boxKey, err := daemon.MakeBoxKey(filepath.Join(dir, "box.key"))
	if err != nil {
		return nil, "", err
	}
	snap, err := build(f, &boxKey, time.Now())
	if err != nil {
		return nil, "", err
	}
	priv, err := signingKey(filepath.Join(dir, "snapshot.key"))
	if err != nil {
		return nil, "", err
	}
	file, err = wire.SignSnapshot(priv, snap)
	return file, strings.TrimSpace(string(wire.EncodePublicKey(priv.Public().(ed25519.PublicKey)))), err
}

// signingKey is the key that signs the simulator's snapshots, made at the first start.
func signingKey(path string) (ed25519.PrivateKey, error) {
	b, err := os.ReadFile(path) //nolint:gosec // the person names the directory
	if err == nil {
		return wire.ParsePrivateKey(b)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if b, err = wire.EncodePrivateKey(priv); err != nil {
		return nil, err
	}
	return priv, os.WriteFile(path, b, 0o600)
}

// cabinet hangs the keys where the records of the last run say that they are, and puts those that were out into the
// hand, so that a simulation goes on where it stopped.
func cabinet(p *board.Profile, dir string, f *snapfile.File) (*sim.Cabinet, error) {
	j, err := journal.Open(filepath.Join(dir, daemon.JournalDir), journal.Options{Codec: wire.Codec{}})
	if err != nil {
		return nil, err
	}
	book := j.Book()
	if err := j.Close(); err != nil {
		return nil, err
	}
	hung := map[smartbox.SlotID]smartbox.Badge{}
	var out []smartbox.Badge
	for _, k := range f.Keys {
		fob, err := smartbox.ParseBadge(k.Fob.Value)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: key %s needs a fob here: %w", f.Name, k.ID.Line, k.ID.Value, err)
		}
		id, err := smartbox.ParseID[smartbox.Key](k.ID.Value)
		if err != nil {
			return nil, err
		}
		slot, err := smartbox.ParseID[smartbox.Slot]("s" + k.Slot.Value)
		if err != nil {
			return nil, err
		}
		c, known := book.Custody[id]
		switch {
		case known && c.Place == smartbox.InSlot:
			hung[c.Slot] = fob
		case !known && k.Slot.Given():
			hung[slot] = fob
		default:
			out = append(out, fob)
		}
	}
	cab, err := sim.New(p, sim.Options{Keys: hung})
	if err != nil {
		return nil, err
	}
	for _, fob := range out {
		if err := cab.Bring(fob); err != nil {
			return nil, errors.Join(err, cab.Close())
		}
	}
	return cab, nil
}

// Address is where the page is.
func (s *Simulator) Address() string { return "http://" + s.page.Addr().String() + "/" }

// Cabinet is the simulated cabinet.
func (s *Simulator) Cabinet() *sim.Cabinet { return s.cab }

// Run serves box and page until ctx ends, and lets go of everything.
func (s *Simulator) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	g, ctx := errgroup.WithContext(ctx)
	pages := http.NewServeMux()
	pages.Handle("/", panel.Handler(s.cab, s.feed))
	if s.cloud != nil {
		pages.Handle("POST /cable", http.NewCrossOriginProtection().Handler(s.cloud.cable))
	}
	web := &http.Server{
		Handler: pages, ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	g.Go(func() error {
		if err := web.Serve(s.page); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return web.Close()
	})
	g.Go(func() error { return s.daemon.Run(ctx) })
	if s.cloud != nil {
		g.Go(func() error {
			select {
			case <-ctx.Done():
				return nil
			case <-s.cloud.ended:
				return errors.Join(errCloudEnded, s.cloud.stop())
			}
		})
	}
	g.Go(func() error {
		if err := s.feed.record(ctx, s.daemon); ctx.Err() == nil {
			return err
		}
		return nil
	})
	return g.Wait()
}

var errCloudEnded = errors.New("the cloud has ended by itself")

// Close lets go of what New opened, the cloud last. Run does so when it ends.
func (s *Simulator) Close() error {
	var all []error
	if s.page != nil {
		if err := s.page.Close(); !errors.Is(err, net.ErrClosed) {
			all = append(all, err)
		}
	}
	if s.daemon != nil {
		all = append(all, s.daemon.Close())
	}
	if s.cab != nil {
		all = append(all, s.cab.Close())
	}
	if s.cloud != nil {
		all = append(all, s.cloud.stop())
	}
	return errors.Join(all...)
}
