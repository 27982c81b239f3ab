package daemon_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smartbox"
	"smartbox/board"
	"smartbox/board/sim"
	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/device"
	"smartbox/device/clock"
	"smartbox/sync/snapfile"
	"smartbox/sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What is in the houses of these tests.
const (
	annaCode  = "482913"
	annaBadge = "uid:04C0FFEE000001"
	vanFob    = "uid:04A1B2C3D4E501"
	vaultFob  = "uid:04A1B2C3D4E502"
)

const peopleFile = `
box: {id: house, name: Test house}
location: {id: depot, name: Depot, zone: Europe/Berlin}
slots: 8
keys:
  - {id: van, name: Van Vermilion, slot: 1, fob: "` + vanFob + `"}
  - {id: vault, name: Vault Viridian, slot: 2, fob: "` + vaultFob + `"}
users:
  - {id: anna, name: Anna Amsel, code: "` + annaCode + `", badge: "` + annaBadge + `", activated: true, card-access: true, grants: "key:van"}
  - {id: cleo, name: Cleo Clown, code: "159067", status: suspended, grants: all}
`

// signer is the key that the houses trust.
var signer = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// house is a cabinet with its daemon and its records on a real disk.
type house struct {
	t    testing.TB
	cfg  daemon.Config
	deps daemon.Deps
	logs *safeBuffer
	push bool // doors wait to be pulled

	cab    *sim.Cabinet
	d      *daemon.Daemon
	client *adminapi.Client
	events chan adminapi.Event
	stop   func() error
	hung   map[smartbox.SlotID]smartbox.Badge // what hangs where while nothing runs
}

func newHouse(t testing.TB) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{
		t: t, logs: &safeBuffer{},
		hung: map[smartbox.SlotID]smartbox.Badge{slotID(1): vanFob, slotID(2): vaultFob},
		cfg: daemon.Config{
			Box: "house", Profile: "sim-8", Data: filepath.Join(dir, "data"), Socket: filepath.Join(dir, "s"),
			TrustedKeys: []string{strings.TrimSpace(string(wire.EncodePublicKey(signer.Public().(ed25519.PublicKey))))},
			Log:         daemon.Log{Level: "trace"},
		},
	}
	h.deps = daemon.Deps{Log: h.logs, Clock: clock.Options{Trust: clock.Always(smartbox.ClockSynced)}}
	return h
}

func slotID(n int) smartbox.SlotID { return smartbox.MustID[smartbox.Slot](fmt.Sprintf("s%d", n)) }

// open makes cabinet and daemon, without running it.
func (h *house) open() error {
	h.t.Helper()
	p, err := board.Builtin(h.cfg.Profile)
	if err != nil {
		h.t.Fatal(err)
	}
	h.cab, err = sim.New(p, sim.Options{Keys: h.hung, Push: h.push})
	if err != nil {
		h.t.Fatal(err)
	}
	deps := h.deps
	if deps.Open == nil {
		deps.Open = func(*board.Profile) (*device.Set, error) { return h.cab.Set(), nil }
	}
	h.d, err = daemon.New(h.cfg, deps)
	if err != nil {
		if closeErr := h.cab.Close(); closeErr != nil {
			h.t.Error(closeErr)
		}
	}
	return err
}

// start runs the daemon until end, or the end of the test, and waits for it to serve.
func (h *house) start() {
	h.t.Helper()
	if err := h.open(); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.d.Run(ctx) }()
	h.client = adminapi.Dial(h.cfg.Socket)
	var once sync.Once
	h.stop = func() (err error) {
		once.Do(func() {
			cancel()
			err = <-ended
			h.client.Close()
			h.remember()
			if closeErr := h.cab.Close(); err == nil {
				err = closeErr
			}
		})
		return err
	}
	h.t.Cleanup(func() {
		if err := h.stop(); err != nil {
			h.t.Error(err)
		}
	})
	select {
	case <-h.d.Ready():
	case err := <-ended:
		ended <- err
		h.t.Fatalf("the daemon ended: %v", err)
	}
	h.follow(ctx)
}

// end stops the daemon in good order.
func (h *house) end() {
	h.t.Helper()
	if err := h.stop(); err != nil {
		h.t.Fatal(err)
	}
}

// remember keeps what hangs where over a restart.
func (h *house) remember() {
	h.hung = map[smartbox.SlotID]smartbox.Badge{}
	for _, d := range h.cab.State().Doors {
		if d.Key != "" {
			h.hung[d.Slot] = d.Key
		}
	}
}

// follow listens to the events as the technician's tool does, from the first.
func (h *house) follow(ctx context.Context) {
	client := adminapi.Dial(h.cfg.Socket)
	events, done := make(chan adminapi.Event, 1024), make(chan struct{})
	go func() {
		defer close(done)
		defer client.Close()
		_ = client.Events(ctx, 0, true, func(e adminapi.Event) error { events <- e; return nil }) // ends with the daemon
	}()
	h.events = events
	stop := h.stop
	h.stop = func() error { err := stop(); <-done; return err }
}

// wait gives the next event of the kind.
func (h *house) wait(kind smartbox.EventKind) adminapi.Event {
	h.t.Helper()
	var passed []string
	for limit := time.After(20 * time.Second); ; {
		select {
		case e := <-h.events:
			if e.Kind == kind {
				return e
			}
			passed = append(passed, e.Kind.String()+" "+e.Reason)
		case <-limit:
			h.t.Fatalf("waited for %s, saw %q; display %q\n%s", kind, passed, h.cab.Glass(), h.logs)
		}
	}
}

// until waits for something that the cabinet shows.
func (h *house) until(what string, holds func() bool) {
	h.t.Helper()
	for limit := time.After(20 * time.Second); ; {
		changed := h.cab.Changed()
		if holds() {
			return
		}
		select {
		case <-changed:
		case <-limit:
			h.t.Fatalf("waited for %s; display %q\n%s", what, h.cab.Glass(), h.logs)
		}
	}
}

// do fails the test where a hand of the person meets resistance.
func (h *house) do(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// snapshot is a signed file of people.
func (h *house) snapshot(people string, version uint64, box string, key ed25519.PrivateKey) []byte {
	h.t.Helper()
	boxKey, err := daemon.LoadBoxKey(filepath.Join(h.cfg.Data, "box.key"))
	h.do(err)
	f, err := snapfile.ParseYAML("people.yaml", []byte(strings.Replace(people, "id: house", "id: "+box, 1)))
	h.do(err)
	s, _, err := snapfile.Build(snapfile.Options{
		Key: &boxKey, Zones: time.LoadLocation, Now: time.Now(), Revision: smartbox.Revision{Epoch: 1, Version: version},
	}, f)
	h.do(err)
	file, err := wire.SignSnapshot(key, s)
	h.do(err)
	return file
}

// furnish brings the people in over the socket.
func (h *house) furnish() {
	h.t.Helper()
	_, err := h.client.Apply(h.t.Context(), h.snapshot(peopleFile, 1, "house", signer))
	h.do(err)
	h.wait(smartbox.SnapshotApplied)
}

// pickup has Anna take the van's key.
func (h *house) pickup() {
	h.t.Helper()
	h.do(h.cab.Press(annaCode + "#"))
	h.seenOpen(1)
	_, err := h.cab.TakeKey(slotID(1))
	h.do(err)
	h.do(h.cab.ShutDoor(slotID(1)))
	h.wait(smartbox.PickupTaken)
}

// seenOpen waits until the box has seen the door open: a sensor is debounced, and a hand is not so fast.
func (h *house) seenOpen(n int) {
	h.t.Helper()
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); {
		s := h.d.Status(h.t.Context())
		if len(s.Slots) >= n && strings.Contains(s.Slots[n-1].Trouble, "open") {
			return
		}
	}
	h.t.Fatalf("the box did not see door %d open; display %q\n%s", n, h.cab.Glass(), h.logs)
}

func (h *house) door(n int) sim.DoorState { return h.cab.State().Doors[n-1] }

// van waits until the status says that the van's key is there: an event is on record a moment before the loop hears of it.
func (h *house) van(want string) {
	h.t.Helper()
	got := ""
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); {
		for _, k := range h.d.Status(h.t.Context()).Keys {
			if k.ID.String() == "van" {
				got = strings.TrimSpace(k.Place + " " + k.User.String())
			}
		}
		if got == want {
			return
		}
	}
	h.t.Errorf("by the status the van's key is %q, want %q", got, want)
}

// safeBuffer is a buffer for the daemon's log.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
