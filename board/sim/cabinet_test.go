package sim_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/board"
	"smartbox/board/sim"
	"smartbox/device"
)

// rig is a cabinet with its sources running and their events kept.
type rig struct {
	*sim.Cabinet
	ctx    context.Context // of the bubble
	mu     sync.Mutex
	events []device.Event
}

// run makes a cabinet in a bubble, waits until it has come up, and hands it to the test.
func run(t *testing.T, profile string, opts sim.Options, f func(r *rig)) {
	t.Helper()
	p, err := board.Builtin(profile)
	if err != nil {
		t.Fatal(err)
	}
	runProfile(t, p, opts, f)
}

func runProfile(t *testing.T, p *board.Profile, opts sim.Options, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, err := sim.New(p, opts)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		r := &rig{Cabinet: c, ctx: ctx}
		var wg sync.WaitGroup
		for _, s := range c.Set().Sources {
			wg.Go(func() {
				if err := s.Run(ctx, r.emit); err != nil {
					t.Errorf("%v: %v", s, err)
				}
			})
		}
		if err := c.Set().Locks.Secure(ctx); err != nil {
			t.Errorf("secure at the start: %v", err)
		}
		time.Sleep(2100 * time.Millisecond) // the display's first own look, which sets it up, is at 2 s
		if n := len(c.Pulses()); n != 0 {
			t.Errorf("%d pulses at the start", n)
		}
		f(r)
		cancel()
		wg.Wait()
		if err := c.Close(); err != nil && len(c.Faults()) == 0 {
			t.Errorf("close: %v", err)
		}
		if n := c.PeakCoils(); n > 2 {
			t.Errorf("%d coils were on at once", n)
		}
	})
}

func (r *rig) emit(e device.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// take returns the events since the last take, when the cabinet has had a second to settle.
func (r *rig) take() []device.Event {
	time.Sleep(time.Second)
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.events
	r.events = nil
	return out
}

func slotID(s string) smartbox.SlotID { return smartbox.MustID[smartbox.Slot](s) }

const fob = smartbox.Badge("uid:04A1B2C3D4E5F6")

func TestCabinetTellsHowItStandsAtTheStart(t *testing.T) {
	run(t, "sim-8", sim.Options{Keys: map[smartbox.SlotID]smartbox.Badge{slotID("s3"): fob}}, func(r *rig) {
		var doors, keys int
		for _, e := range r.take() {
			switch e := e.(type) {
			case device.Door:
				doors++
				if e.Open {
					t.Errorf("door %s is open", e.Slot)
				}
			case device.KeySensed:
				keys++
				if e.Present != (e.Slot == slotID("s3")) {
					t.Errorf("%+v", e)
				}
			case device.Tamper:
				if e.Open {
					t.Error("tampered")
				}
			case device.Bolt:
				if !e.Home {
					t.Errorf("the bolt of %s is out", e.Slot)
				}
			case device.Supply:
				if !e.Mains || e.Low {
					t.Errorf("%+v", e)
				}
			default:
				t.Errorf("%T: %+v", e, e)
			}
		}
		if doors != 8 || keys != 8 {
			t.Errorf("%d doors and %d key sensors were told of", doors, keys)
		}
	})
}

func TestPickupAndReturnByHand(t *testing.T) {
	run(t, "sim-8", sim.Options{Keys: map[smartbox.SlotID]smartbox.Badge{slotID("s3"): fob}}, func(r *rig) {
		s3 := slotID("s3")
		r.take()
		if err := r.OpenDoor(s3); !errors.Is(err, sim.ErrLocked) {
			t.Errorf("a locked door: %v", err)
		}
		if err := r.Set().Locks.Unlock(r.ctx, s3); err != nil {
			t.Fatal(err)
		}
		want := []device.Event{device.Bolt{Slot: s3}, device.Door{Slot: s3, Open: true}}
		if d := cmp.Diff(want, r.take()); d != "" {
			t.Error(d)
		}
		got, err := r.TakeKey(s3)
		if err != nil || got != fob {
			t.Errorf("took %v, %v", got, err)
		}
		if err := r.ShutDoor(s3); err != nil {
			t.Error(err)
		}
		events := r.take()
		for _, want := range []device.Event{device.KeySensed{Slot: s3}, device.Door{Slot: s3}} {
			if !slices.Contains(events, want) {
				t.Errorf("%+v is missing in %+v", want, events)
			}
		}
		if err := r.PutKey(s3, fob); !errors.Is(err, sim.ErrShut) {
			t.Errorf("through a shut door: %v", err)
		}
		p := r.Pulses()
		if len(p) != 1 || p[0].Slot != s3 || p[0].Length() < 400*time.Millisecond || p[0].Length() > 420*time.Millisecond {
			t.Errorf("pulses %+v", p)
		}
	})
}
