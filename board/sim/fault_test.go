package sim_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"smartbox"
	"smartbox/board/sim"
	"smartbox/device"
)

// health finds what was told of a part.
func health(events []device.Event, part smartbox.DevicePart) (down, up int) {
	for _, e := range events {
		if h, ok := e.(device.Health); ok && h.Part == part {
			if h.Err != nil {
				down++
			} else {
				up++
			}
		}
	}
	return down, up
}

func TestFaultIsToldAndPasses(t *testing.T) {
	for _, tc := range []struct {
		part string
		kind sim.Kind
		told smartbox.DevicePart
	}{
		{"locks", sim.FaultNACK, smartbox.PartLocks},
		{"locks", sim.FaultLie, smartbox.PartLocks},
		{"locks", sim.FaultHang, smartbox.PartLocks},
		{"doors", sim.FaultNACK, smartbox.PartSensors},
		{"hooks", sim.FaultLie, smartbox.PartSensors},
		{"bolts", sim.FaultHang, smartbox.PartSensors},
		{"keypad", sim.FaultNACK, smartbox.PartKeypad},
		{"reader", sim.FaultNACK, smartbox.PartReader},
		{"reader", sim.FaultLie, smartbox.PartReader},
		{"display", sim.FaultNACK, smartbox.PartDisplay},
		{"main", sim.FaultDead, smartbox.PartLocks},
	} {
		t.Run(tc.part+" "+string(tc.kind), func(t *testing.T) {
			run(t, "sim-8", sim.Options{}, func(r *rig) {
				r.take()
				if err := r.Fault(tc.part, tc.kind); err != nil {
					t.Fatal(err)
				}
				if r.Faults()[tc.part] != tc.kind {
					t.Errorf("faults %v", r.Faults())
				}
				time.Sleep(15 * time.Second)
				down, up := health(r.take(), tc.told)
				if down == 0 || up != 0 {
					t.Errorf("%d times down, %d times up while it failed", down, up)
				}
				if err := r.Fault(tc.part, sim.FaultNone); err != nil {
					t.Fatal(err)
				}
				time.Sleep(30 * time.Second)
				if _, up := health(r.take(), tc.told); up == 0 {
					t.Error("nothing was told of its return")
				}
				if n := len(r.Pulses()); n != 0 {
					t.Errorf("%d pulses nobody asked for", n)
				}
			})
		})
	}
}

func TestFaultOfTheLocksMovesNoDoor(t *testing.T) {
	for _, kind := range []sim.Kind{sim.FaultNACK, sim.FaultHang} {
		run(t, "sim-8", sim.Options{}, func(r *rig) {
			if err := r.Fault("locks", kind); err != nil {
				t.Fatal(err)
			}
			if err := r.Set().Locks.Unlock(r.ctx, slotID("s1")); !errors.Is(err, device.ErrDead) {
				t.Errorf("%s: %v", kind, err)
			}
			if err := r.Fault("locks", sim.FaultNone); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			if n := len(r.Pulses()); n != 0 {
				t.Errorf("%s: %d pulses", kind, n)
			}
			if err := r.Set().Locks.Unlock(r.ctx, slotID("s1")); err != nil {
				t.Errorf("%s: mended, and %v", kind, err)
			}
		})
	}
}

func TestResetLosesNothingForLong(t *testing.T) {
	run(t, "sim-8", sim.Options{}, func(r *rig) {
		if err := r.Set().Display.Show(r.ctx, []string{"Grüße", "", "", "Ende"}); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"locks", "doors", "hooks", "keypad", "reader", "display"} {
			if err := r.Fault(part, sim.FaultReset); err != nil {
				t.Fatal(err)
			}
		}
		if len(r.Faults()) != 0 {
			t.Errorf("a reset is over at once, and not %v", r.Faults())
		}
		time.Sleep(10 * time.Second)
		r.take()
		if g := r.Glass(); g[0] != "Grüße               " || g[3] != "Ende                " {
			t.Errorf("glass %q", g)
		}
		if err := r.Press("7"); err != nil {
			t.Fatal(err)
		}
		if err := r.Force(slotID("s2")); err != nil {
			t.Fatal(err)
		}
		events := r.take()
		for _, want := range []device.Event{device.Pressed{Key: '7'}, device.Door{Slot: slotID("s2"), Open: true}} {
			if !slices.Contains(events, want) {
				t.Errorf("%+v is missing in %+v", want, events)
			}
		}
	})
}

func TestFaultRefusesNonsense(t *testing.T) {
	run(t, "sim-8", sim.Options{}, func(r *rig) {
		for _, tc := range []struct {
			part string
			kind sim.Kind
			want error
		}{
			{"elevator", sim.FaultNACK, sim.ErrNotThere},
			{"locks", "sulks", sim.ErrKind},
			{"locks", sim.FaultDead, sim.ErrKind},
			{"main", sim.FaultLie, sim.ErrKind},
			{"sounder", sim.FaultHang, sim.ErrKind},
			{"reader", "sulks", sim.ErrKind},
		} {
			if err := r.Fault(tc.part, tc.kind); !errors.Is(err, tc.want) {
				t.Errorf("%s %s: %v", tc.part, tc.kind, err)
			}
		}
		if n := len(r.Faults()); n != 0 {
			t.Errorf("%d faults", n)
		}
	})
}
