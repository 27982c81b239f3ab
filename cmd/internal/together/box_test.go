package together

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smartbox"
	"smartbox/board"
	"smartbox/board/sim"
	"smartbox/cloud/directory"
	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/device"
	"smartbox/device/clock"
	"smartbox/storage/journal"
	"smartbox/sync/enrol"
	"smartbox/sync/wire"
)

// Of the demonstration.
const (
	annaCode = "482913"
	gretaID  = "greta"
	vanFob   = smartbox.Badge("uid:04A1B2C3D4E501")
)

// patience is how long a test waits for what has to come; it is no measure of anything.
const patience = 30 * time.Second

// boxEnd is the box of a test: the daemon on a simulated cabinet, on a directory that outlives it.
type boxEnd struct {
	t      testing.TB
	dir    string
	clock  clock.Options
	logs   *safeBuffer
	hung   map[smartbox.SlotID]smartbox.Badge // what hangs where while nothing runs
	out    []smartbox.Badge                   // what is in the hand then
	pulses int                                // of runs that are over

	cab    *sim.Cabinet
	d      *daemon.Daemon
	client *adminapi.Client
	stop   func() error
}

// newBox makes a box with the demonstration's keys in their slots.
func newBox(t testing.TB) *boxEnd {
	t.Helper()
	b := &boxEnd{
		t: t, dir: filepath.Join(t.TempDir(), "b"), logs: &safeBuffer{}, hung: map[smartbox.SlotID]smartbox.Badge{},
		clock: clock.Options{Trust: clock.Always(smartbox.ClockSynced)},
	}
	for n := 1; n <= 7; n++ {
		b.hung[slotID(n)] = smartbox.Badge(fmt.Sprintf("uid:04A1B2C3D4E50%d", n))
	}
	t.Cleanup(func() {
		if b.stop != nil {
			b.end()
		}
		if t.Failed() && os.Getenv("SMARTBOX_LOGS") != "" {
			t.Logf("box:\n%s", b.logs)
		}
	})
	return b
}

func slotID(n int) smartbox.SlotID { return smartbox.MustID[smartbox.Slot](fmt.Sprintf("s%d", n)) }

// enrol makes the box part of the cloud, as the technician does.
func (b *boxEnd) enrol(c *cloudEnd) {
	b.t.Helper()
	b.do(os.MkdirAll(b.dir, 0o700))
	link, err := c.c.Claim(b.t.Context(), directory.SystemActor(c.demo.Org), c.demo.Box)
	b.do(err)
	keys, err := enrol.OpenKeyStore(b.dir)
	b.do(err)
	defer keys.Close() //nolint:errcheck // a file
	_, err = enrol.Enrol(b.t.Context(), link, keys, enrol.Store{Dir: b.dir, BoxKey: filepath.Join(b.dir, "box.key")})
	b.do(err)
}

// start runs the box until end, or the end of the test, and waits for it to serve its panel.
func (b *boxEnd) start() {
	b.t.Helper()
	p, err := board.Builtin("sim-8")
	b.do(err)
	b.cab, err = sim.New(p, sim.Options{Keys: b.hung, Logs: 100_000})
	b.do(err)
	for _, fob := range b.out {
		b.do(b.cab.Bring(fob))
	}
	b.d, err = daemon.New(b.config(), daemon.Deps{
		Open:  func(*board.Profile) (*device.Set, error) { return b.cab.Set(), nil },
		Clock: b.clock, Log: b.logs, Version: "test",
	})
	b.do(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.d.Run(ctx) }()
	b.client = adminapi.Dial(filepath.Join(b.dir, "admin.sock"))
	b.stop = sync.OnceValue(func() error {
		cancel()
		err := <-ended
		b.client.Close()
		b.remember()
		if closeErr := b.cab.Close(); err == nil {
			err = closeErr
		}
		return err
	})
	select {
	case <-b.d.Ready():
	case err := <-ended:
		ended <- err
		b.t.Fatalf("the daemon ended: %v\n%s", err, b.logs)
	}
}

// end stops the box in good order.
func (b *boxEnd) end() {
	b.t.Helper()
	if err := b.stop(); err != nil {
		b.t.Error(err)
	}
	b.stop = nil
}

// remember keeps what hangs where, and what is in the hand, over a restart.
func (b *boxEnd) remember() {
	b.hung = map[smartbox.SlotID]smartbox.Badge{}
	for _, d := range b.cab.State().Doors {
		if d.Key != "" {
			b.hung[d.Slot] = d.Key
		}
	}
	b.out = b.cab.Hand()
	b.pulses += len(b.cab.Pulses())
}

func (b *boxEnd) do(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// until waits for something that nobody tells of.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited for %s", what)
		}
	}
}

// inForce waits until the box has what the cloud wants it to have.
func inForce(t testing.TB, c *cloudEnd, b *boxEnd) {
	t.Helper()
	until(t, "the box to have the newest state", func() bool {
		s, err := c.c.Directory().State(t.Context(), c.demo.Box)
		if err != nil {
			t.Fatal(err)
		}
		v := b.d.View()
		return v != nil && v.Revision() == smartbox.Revision{Epoch: s.Epoch, Version: s.Version} &&
			s.AppliedEpoch == s.Epoch && s.AppliedVersion == s.Version
	})
}

// waitEvent waits until the box has an event of the kind at number from or later, and gives it.
func (b *boxEnd) waitEvent(from uint64, kinds ...smartbox.EventKind) smartbox.Event {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	var passed []string
	for e, err := range b.d.Events(ctx, from) {
		if err != nil {
			break
		}
		if slices.Contains(kinds, e.Kind) {
			return e
		}
		passed = append(passed, e.Kind.String()+" "+e.Reason.String())
	}
	b.t.Fatalf("waited for %v, saw %q; display %q", kinds, passed, b.cab.Glass())
	return smartbox.Event{}
}

// press types a code and waits for what the box makes of it.
func (b *boxEnd) press(code string) smartbox.Event {
	b.t.Helper()
	from := b.d.Last() + 1
	b.do(b.cab.Press(code + "#"))
	return b.waitEvent(from, smartbox.PickupAuthorised, smartbox.DropoffAuthorised, smartbox.AccessRefused, smartbox.AccessUnknown)
}

// take has Anna take the van's key out.
func (b *boxEnd) take() {
	b.t.Helper()
	e := b.press(annaCode)
	if e.Kind != smartbox.PickupAuthorised {
		b.t.Fatalf("%s, %s; display %q", e.Kind, e.Reason, b.cab.Glass())
	}
	b.seenOpen(e.Slot)
	_, err := b.cab.TakeKey(e.Slot)
	b.do(err)
	b.do(b.cab.ShutDoor(e.Slot))
	b.waitEvent(e.Seq, smartbox.PickupTaken)
}

// bring has the van's key brought back by its fob.
func (b *boxEnd) bring() {
	b.t.Helper()
	from := b.d.Last() + 1
	b.do(b.cab.Tap(vanFob))
	e := b.waitEvent(from, smartbox.DropoffAuthorised, smartbox.AccessRefused)
	if e.Kind != smartbox.DropoffAuthorised {
		b.t.Fatalf("%s, %s; display %q", e.Kind, e.Reason, b.cab.Glass())
	}
	b.seenOpen(e.Slot)
	b.do(b.cab.PutKey(e.Slot, vanFob))
	b.do(b.cab.ShutDoor(e.Slot))
	b.waitEvent(e.Seq, smartbox.DropoffReturned)
}

// seenOpen waits until the box has seen the door open: a sensor is debounced, and a hand is not so fast.
func (b *boxEnd) seenOpen(slot smartbox.SlotID) {
	b.t.Helper()
	n := int(slot.String()[1] - '1')
	until(b.t, "the door to open", func() bool {
		s := b.d.Status(b.t.Context())
		return len(s.Slots) > n && strings.Contains(s.Slots[n].Trouble, "open")
	})
}

// history is what stands in the journal of a box that does not run.
func (b *boxEnd) history() (epoch uint64, all []journal.Raw) {
	b.t.Helper()
	j, err := journal.Open(filepath.Join(b.dir, daemon.JournalDir), journal.Options{Codec: wire.Codec{}})
	b.do(err)
	defer j.Close() //nolint:errcheck // only read
	st := j.State()
	for from := st.First; from < st.Next; {
		part, err := j.ReadRaw(from, 1000)
		b.do(err)
		if len(part) == 0 {
			break
		}
		all = append(all, part...)
		from = part[len(part)-1].Seq + 1
	}
	return st.Epoch, all
}

// config is what the daemon is told.
func (b *boxEnd) config() daemon.Config {
	return daemon.Config{Box: "demo", Profile: "sim-8", Data: b.dir, Log: daemon.Log{Level: "debug"}}
}

// copyIdentity makes a box that has another's certificate and key.
func copyIdentity(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"device.key", "enrolment.json", "box.key"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}
