package scenario_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"smartbox"
	"smartbox/board"
	"smartbox/board/sim"
	"smartbox/cmd/internal/scenario"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/device"
	"smartbox/device/clock"
	"smartbox/storage/journal"
	"smartbox/sync/wire"
)

// errUnplayable says that the simulated cabinet has no hand for something, such as a sensor that reads iButtons.
var errUnplayable = errors.New("the simulated cabinet cannot play this")

// reaction is the time that people leave the sensors, which are debounced, and the display.
const reaction = 300 * time.Millisecond

var signer = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// house is the whole box: the daemon with its journal and store on a real disk, and the drivers over the chip models
// of the simulated cabinet. It lives inside a testing/synctest bubble.
type house struct {
	file *scenario.File
	dir  string // of this boot's data; a power cut leaves a copy behind
	log  scenario.Log

	profile string

	cab    *sim.Cabinet
	locks  *measured
	d      *daemon.Daemon
	ended  chan error
	cancel context.CancelFunc
	boots  int
	sounds uint64
	pulses int // of this boot

	mu    sync.Mutex
	wall  time.Time // at the bubble's time since
	since time.Time
	trust smartbox.Trust

	disk     *disk
	stuck    map[smartbox.SlotID]bool           // bolts
	hung     map[smartbox.SlotID]smartbox.Badge // while there is no power
	supply   struct{ lost, tamper bool }
	failures error
}

var _ scenario.Cabinet = (*house)(nil)

// newHouse starts a box as a Pure cabinet starts: all keys where the people file says, ten seconds before f.Start.
func newHouse(f *scenario.File, dir string) (*house, error) {
	view, err := smartbox.NewMapView(f.People, &f.Key, time.LoadLocation)
	if err != nil {
		return nil, err
	}
	h := &house{
		file: f, dir: filepath.Join(dir, "0"), hung: map[smartbox.SlotID]smartbox.Badge{}, stuck: map[smartbox.SlotID]bool{},
		wall: f.Start.Wall.Add(-scenario.Boot), since: time.Now(), trust: f.Start.Trust, disk: &disk{FS: journal.OS()},
	}
	for _, k := range view.Keys() {
		if c := smartbox.NewBook().Where(view, k); c.Place == smartbox.InSlot {
			h.hung[c.Slot] = f.Fob(k)
		}
	}
	if h.profile, err = writeProfile(f.Wiring, filepath.Join(dir, "board.yaml")); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(h.dir, "box.key"), []byte(hex.EncodeToString(f.Key[:])), 0o600); err != nil {
		return nil, err
	}
	if err := h.start(); err != nil {
		return nil, err
	}
	if err := h.apply(f.People); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, h.Wait(scenario.Boot)
}

// start gives power.
func (h *house) start() error {
	p, err := daemon.LoadProfile(h.profile)
	if err != nil {
		return err
	}
	if h.cab, err = sim.New(p, sim.Options{Push: true, Keys: h.hung, Logs: 1 << 16}); err != nil {
		return err
	}
	h.locks = &measured{Locks: h.cab.Set().Locks, cut: map[smartbox.SlotID]bool{}}
	h.cab.Set().Locks = h.locks
	h.cab.Mains(!h.supply.lost)
	h.cab.Tamper(h.supply.tamper)
	h.d, err = daemon.New(daemon.Config{
		Box: h.file.People.Box.ID.String(), Profile: h.profile, Data: h.dir, Log: daemon.Log{Level: "error"},
		TrustedKeys: []string{strings.TrimSpace(string(wire.EncodePublicKey(signer.Public().(ed25519.PublicKey))))},
	}, daemon.Deps{
		Open:   func(*board.Profile) (*device.Set, error) { return h.cab.Set(), nil },
		Listen: func(string) (net.Listener, error) { return &quiet{done: make(chan struct{})}, nil },
		Disk:   h.disk,
		Clock:  clock.Options{Wall: h.now, Trust: h.trusted},
	})
	if err != nil {
		return errors.Join(err, h.cab.Close())
	}
	var ctx context.Context
	ctx, h.cancel = context.WithCancel(context.Background())
	h.ended, h.sounds, h.pulses = make(chan error, 1), 0, 0
	d, ended := h.d, h.ended
	go func() { ended <- d.Run(ctx) }()
	<-h.d.Ready()
	return nil
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wall.Add(time.Since(h.since))
}

func (h *house) trusted() smartbox.Trust {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.trust
}

// halt ends the daemon, and remembers what hangs where. A power cut is played by the copy of the disk as it is at that moment: what
// the daemon writes in its good order afterwards goes into the old one.
func (h *house) halt(cut bool) error {
	h.look()
	if cut {
		h.boots++
		next := filepath.Join(filepath.Dir(h.dir), fmt.Sprint(h.boots))
		if err := os.CopyFS(next, os.DirFS(h.dir)); err != nil {
			return err
		}
		if err := os.Chmod(filepath.Join(next, "box.key"), 0o600); err != nil {
			return err
		}
		h.dir = next
	}
	h.hung = map[smartbox.SlotID]smartbox.Badge{}
	for _, d := range h.cab.State().Doors {
		if d.Key != "" {
			h.hung[d.Slot] = d.Key
		}
		if d.Open {
			h.failures = errors.Join(h.failures, h.cab.ShutDoor(d.Slot))
		}
	}
	h.cancel()
	err := errors.Join(<-h.ended, h.cab.Close())
	h.d, h.cab = nil, nil
	return err
}

func (h *house) apply(s *smartbox.Snapshot) error {
	file, err := wire.SignSnapshot(signer, s)
	if err != nil {
		return err
	}
	_, err = h.d.Apply(file)
	return err
}

// Wait implements scenario.Cabinet.
func (h *house) Wait(d time.Duration) error {
	if d == scenario.Before {
		d -= reaction // which passed after the act before
	}
	time.Sleep(d)
	synctest.Wait()
	return h.failures
}

// Log implements scenario.Cabinet.
func (h *house) Log() *scenario.Log {
	if h.d != nil {
		h.look()
	}
	return &h.log
}

// look takes in what happened since the last look.
func (h *house) look() {
	for next := len(h.log.Events) + 1; uint64(next) <= h.d.Last(); next = len(h.log.Events) + 1 {
		ctx, cancel := context.WithCancel(context.Background())
		for e, err := range h.d.Events(ctx, uint64(next)) {
			if err != nil {
				h.failures = errors.Join(h.failures, err)
			} else {
				h.log.Events = append(h.log.Events, e)
			}
			if err != nil || e.Seq == h.d.Last() {
				break
			}
		}
		cancel()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	book, err := h.d.Book(ctx)
	if err != nil {
		h.failures = errors.Join(h.failures, err)
		book = smartbox.NewBook()
	}
	h.log.Book = book
	h.log.View = h.d.View()
	pulses := h.cab.Pulses()
	for _, p := range pulses[h.pulses:] {
		h.log.Unlocks = append(h.log.Unlocks, p.Slot)
	}
	h.pulses = len(pulses)
	if peak := h.cab.PeakCoils(); peak > 2 {
		h.log.Broken = append(h.log.Broken, fmt.Sprintf("%d coils were on at once", peak))
	}
	for _, s := range h.cab.SoundsAfter(h.sounds) {
		h.log.Sounds, h.sounds = append(h.log.Sounds, s.Sound), s.Number
	}
	h.log.Display = h.cab.Glass()
	h.log.Lights = map[smartbox.SlotID]device.Light{}
	for _, w := range h.file.Wiring {
		h.log.Lights[w.Slot] = h.cab.Lamp(w.Slot)
	}
}

// Close implements scenario.Cabinet.
func (h *house) Close() error {
	if h.d == nil {
		return h.failures
	}
	return errors.Join(h.failures, h.halt(false))
}

// quiet is a listener that nobody calls.
type quiet struct {
	done chan struct{}
	once sync.Once
}

func (q *quiet) Accept() (net.Conn, error) {
	<-q.done
	return nil, net.ErrClosed
}

func (q *quiet) Close() error {
	q.once.Do(func() { close(q.done) })
	return nil
}

func (q *quiet) Addr() net.Addr { return &net.UnixAddr{Name: "quiet", Net: "unix"} }
