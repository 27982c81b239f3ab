package session_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// disk is a journal in memory that can fail and hang.
type disk struct {
	mu     sync.Mutex
	events []smartbox.Event
	err    error
	hang   chan struct{} // Append waits for it to close
	log    *diary
}

func (d *disk) Append(e smartbox.Event) (uint64, error) {
	d.mu.Lock()
	hang := d.hang
	d.mu.Unlock()
	if hang != nil {
		<-hang
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return 0, d.err
	}
	e.Seq = uint64(len(d.events) + 1)
	d.events = append(d.events, e)
	d.log.add(e.Kind.String())
	return e.Seq, nil
}

func (d *disk) set(err error, hang chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err, d.hang = err, hang
}

// diary notes what happened outside, in its order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) add(s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, s)
}

// take returns what was noted, and begins a new page.
func (d *diary) take() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := strings.Join(d.lines, ", ")
	d.lines = nil
	return s
}

type rigLocks struct {
	log  *diary
	hang bool
}

func (l *rigLocks) Unlock(ctx context.Context, s smartbox.SlotID) error {
	l.log.add("unlock " + s.String())
	if l.hang {
		<-ctx.Done()
		return device.ErrDead
	}
	select {
	case <-time.After(300 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *rigLocks) Secure(context.Context) error { l.log.add("secure"); return nil }

type rigSource struct {
	events chan device.Event
	fail   chan error
}

func (s *rigSource) Run(ctx context.Context, emit func(device.Event)) error {
	for {
		select {
		case e := <-s.events:
			emit(e)
		case err := <-s.fail:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

type rigDisplay struct {
	mu    sync.Mutex
	err   error
	lines []string
}

func (d *rigDisplay) Size() (columns, rows int) { return 20, 4 }

func (d *rigDisplay) Show(_ context.Context, lines []string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	d.lines = lines
	return nil
}

func (d *rigDisplay) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lines
}

func (d *rigDisplay) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

type rigClock struct{ boot time.Time }

func (c rigClock) Now() smartbox.Moment {
	up := time.Since(c.boot) + time.Second
	return smartbox.Moment{Uptime: up, Wall: noon.Add(up), Trust: smartbox.ClockSynced}
}

// rig is a runner in a bubble of fake time.
type rig struct {
	t       *testing.T
	r       *session.Runner
	disk    *disk
	locks   *rigLocks
	source  *rigSource
	display *rigDisplay
	log     *diary
	stop    func() error
}

func newRig(t *testing.T) *rig {
	t.Helper()
	log := &diary{}
	g := &rig{
		t: t, log: log, disk: &disk{log: log}, locks: &rigLocks{log: log}, display: &rigDisplay{},
		source: &rigSource{events: make(chan device.Event), fail: make(chan error)},
	}
	g.r = session.NewRunner(session.RunnerConfig{
		Machine: session.New(session.Config{Boot: 1, Slots: wiring()}),
		Set:     device.Set{Sources: []device.Source{g.source}, Locks: g.locks, Display: g.display, Slots: wiring()},
		Journal: g.disk, Clock: rigClock{time.Now()}, Log: zerolog.Nop(),
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	g.r.Apply(view(t, nil), 0)
	go func() { ended <- g.r.Run(ctx) }()
	g.stop = func() error { cancel(); return <-ended }
	synctest.Wait()
	for _, s := range slots {
		g.emit(device.Door{Slot: s})
	}
	return g
}

func (g *rig) emit(e device.Event) {
	g.source.events <- e
	synctest.Wait()
}

func (g *rig) keys(s string) {
	for _, k := range s {
		g.emit(device.Pressed{Key: k})
	}
}

func (g *rig) expect(what, want string) {
	g.t.Helper()
	if got := g.log.take(); got != want {
		g.t.Errorf("%s: %s\nwant: %s", what, got, want)
	}
}

func TestARunFromStartToStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.expect("start", "secure, started, snapshot-applied"+strings.Repeat(", key-placed", 6))
		g.keys("2222#")
		g.expect("code", "pickup-authorised, unlock s1")
		time.Sleep(time.Second)
		g.emit(device.Door{Slot: slots[0], Open: true})
		g.emit(device.Door{Slot: slots[0]})
		g.expect("door", "pickup-taken")
		if got := g.display.read(); !slices.Equal(got, []string{"Thank you", "You have Van 1"}) {
			t.Errorf("display %q", got)
		}
		if err := g.stop(); err != nil {
			t.Error(err)
		}
		g.expect("stop", "stopped, secure")
	})
}

func TestAStopCutsThePulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.keys("2222#")
		g.log.take()
		if err := g.stop(); err != nil {
			t.Error(err)
		}
		g.expect("stop", "stopped, secure")
	})
}

func TestAHungDiskDoesNotFreezeTheBox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.log.take()
		hang := make(chan struct{})
		g.disk.set(nil, hang)
		g.keys("2222#")
		if got := g.display.read(); !slices.Equal(got, []string{"One moment"}) {
			t.Errorf("display %q", got)
		}
		time.Sleep(7 * time.Second)
		synctest.Wait()
		if got := g.display.read(); !slices.Equal(got, []string{"Cannot record", "Returns only"}) {
			t.Errorf("display %q", got)
		}
		if p := g.r.Alive(); p.Loop > 2*time.Second || p.Append < 5*time.Second {
			t.Errorf("alive: %+v", p)
		}
		g.emit(device.Tapped{Badge: fob(1)}) // a return opens all the same
		time.Sleep(2 * time.Second)
		synctest.Wait()
		g.expect("return without a journal", "unlock s8")
		close(hang)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := g.log.take(); !strings.HasPrefix(got, "pickup-authorised, record-broken, pickup-not-taken, dropoff-authorised, record-mended") {
			t.Errorf("written after the hang: %s", got)
		}
		if err := g.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestHeldBackEventsAreWrittenInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.log.take()
		g.disk.set(errors.New("no space left"), nil)
		g.keys("2222#")
		g.keys("8888#")
		st, err := g.r.Status(t.Context())
		if err != nil || st.Recording || st.Held == 0 {
			t.Errorf("status: recording %v, held %d, %v", st.Recording, st.Held, err)
		}
		g.expect("while the disk is full", "")
		g.disk.set(nil, nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		g.expect("afterwards",
			"pickup-authorised, record-broken, pickup-not-taken, access-unknown, record-mended")
		for i, e := range g.disk.events {
			if e.Seq != uint64(i+1) {
				t.Errorf("event %d has sequence %d", i, e.Seq)
			}
		}
		if b, err := g.r.Book(t.Context()); err != nil || b.LastSeq != uint64(len(g.disk.events)) {
			t.Errorf("book up to %d of %d: %v", b.LastSeq, len(g.disk.events), err)
		}
		if err := g.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestALockThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.locks.hang = true
		g.keys("2222#")
		g.log.take()
		time.Sleep(7 * time.Second)
		synctest.Wait()
		g.expect("hang", "unlock-failed, pickup-not-taken")
		if err := g.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestADeadDisplayShowsTheNewestWhenItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.display.fail(device.ErrDead)
		g.keys("12")
		g.keys("34")
		g.display.fail(nil)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if got := g.display.read(); !slices.Equal(got, []string{"Code:", "****"}) {
			t.Errorf("display %q", got)
		}
		if err := g.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestASourceThatEndsIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.source.fail <- errors.New("line lost")
		time.Sleep(2 * time.Second)
		g.keys("1")
		if got := g.display.read(); !slices.Equal(got, []string{"Code:", "*"}) {
			t.Errorf("display %q", got)
		}
		if err := g.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestOrdersFromOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.log.take()
		open := session.Order{Kind: session.OrderOpen, Slot: slots[2], Actor: "uid:0"}
		if why, err := g.r.Submit(t.Context(), open); err != nil || why != smartbox.NotAllowed {
			t.Errorf("outside maintenance: %v, %v", why, err)
		}
		if why, err := g.r.Submit(t.Context(), session.Order{Kind: session.OrderMaintenance}); err != nil || why != smartbox.Granted {
			t.Errorf("maintenance: %v, %v", why, err)
		}
		if why, err := g.r.Submit(t.Context(), open); err != nil || why != smartbox.Granted {
			t.Errorf("in maintenance: %v, %v", why, err)
		}
		synctest.Wait()
		g.r.Apply(view(t, nil), smartbox.StampOf(noon))
		if err := g.r.ClockSet(t.Context()); err != nil {
			t.Error(err)
		}
		if err := g.r.Refused(t.Context(), smartbox.Revision{}, smartbox.SnapshotOld); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		g.expect("orders", "maintenance-begun, slot-authorised, unlock s3, clock-set, snapshot-refused")
		if err := g.stop(); err != nil {
			t.Error(err)
		}
		if _, err := g.r.Submit(t.Context(), open); !errors.Is(err, session.ErrStopped) {
			t.Errorf("after the end: %v", err)
		}
		if _, err := g.r.Status(t.Context()); !errors.Is(err, session.ErrStopped) {
			t.Errorf("after the end: %v", err)
		}
	})
}
