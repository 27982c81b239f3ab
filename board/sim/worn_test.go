package sim_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/board"
	"smartbox/board/sim"
	"smartbox/device"
)

func TestWhatCannotBeReadIsAMisread(t *testing.T) {
	const uart = "{type: pn532-uart, uart: reader}"
	drop := "uart:\n  reader: {port: /dev/serial0}\n"
	for name, p := range map[string]*board.Profile{
		"pn532 uart": wired(t),
		"pn532 i2c":  wired(t, uart, "{type: pn532-i2c, i2c: main, address: 0x24}", drop, ""),
		"wiegand":    wired(t, uart, "{type: wiegand, d0: GPIO5, d1: GPIO6, bits: 26}", drop, ""),
	} {
		t.Run(name, func(t *testing.T) {
			runProfile(t, p, sim.Options{}, func(r *rig) {
				r.take()
				for range 2 {
					if err := r.Misread(); err != nil {
						t.Fatal(err)
					}
					misread := 0
					events := r.take()
					for _, e := range events {
						if _, ok := e.(device.MisRead); ok {
							misread++
						}
					}
					if misread != 1 || len(events) != 1 {
						t.Errorf("got %+v, want one misread", events)
					}
				}
			})
		})
	}
}

func TestBoltThatSticks(t *testing.T) {
	run(t, "sim-8", sim.Options{}, func(r *rig) {
		s1 := slotID("s1")
		r.take()
		if err := r.Set().Locks.Unlock(r.ctx, s1); err != nil {
			t.Fatal(err)
		}
		r.take()
		if err := r.StickBolt(s1, true); err != nil {
			t.Fatal(err)
		}
		if err := r.ShutDoor(s1); err != nil {
			t.Fatal(err)
		}
		want := []device.Event{device.Door{Slot: s1}}
		if d := cmp.Diff(want, r.take()); d != "" {
			t.Errorf("shut behind a bolt that sticks: %s", d)
		}
		if err := r.StickBolt(s1, false); err != nil {
			t.Fatal(err)
		}
		want = []device.Event{device.Bolt{Slot: s1, Home: true}}
		if d := cmp.Diff(want, r.take()); d != "" {
			t.Errorf("it is free: %s", d)
		}
	})
}

func TestCoilWhoseWireIsCut(t *testing.T) {
	run(t, "sim-8", sim.Options{}, func(r *rig) {
		s1, s2 := slotID("s1"), slotID("s2")
		r.take()
		if err := r.CutCoil(s1, true); err != nil {
			t.Fatal(err)
		}
		for _, s := range []smartbox.SlotID{s1, s2} {
			if err := r.Set().Locks.Unlock(r.ctx, s); err != nil {
				t.Errorf("slot %s: %v", s, err)
			}
		}
		for _, e := range r.take() {
			if d, ok := e.(device.Door); ok && d.Slot != s2 {
				t.Errorf("door of %s moved", d.Slot)
			}
		}
		if p := r.Pulses(); len(p) != 2 || p[0].Slot != s1 {
			t.Errorf("pulses %+v", p)
		}
		if err := r.CutCoil(s1, false); err != nil {
			t.Fatal(err)
		}
		if err := r.Set().Locks.Unlock(r.ctx, s1); err != nil {
			t.Fatal(err)
		}
		if e := r.take(); !slices.Contains(e, device.Event(device.Door{Slot: s1, Open: true})) {
			t.Errorf("it is mended, and %+v", e)
		}
		if err := r.CutCoil(slotID("s99"), true); !errors.Is(err, sim.ErrNoSlot) {
			t.Errorf("no such slot: %v", err)
		}
	})
}
