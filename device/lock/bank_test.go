package lock_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/chips/wirecheck"
	"smartbox/device/lock"
	"smartbox/device/mcp23017"
)

func TestWiringIsChecked(t *testing.T) {
	dev, err := mcp23017.New(&chips.Bus{}, 0x20, &mcp23017.Opts{Outputs: 0x8083, Idle: 0x0002})
	if err != nil {
		t.Fatal(err)
	}
	good := lock.Coil{Slot: slot(1), Chip: dev, Pin: 0}
	for name, tt := range map[string]struct {
		coils []lock.Coil
		opts  lock.Opts
	}{
		"no slot":                {coils: []lock.Coil{{Chip: dev}}},
		"no chip":                {coils: []lock.Coil{{Slot: slot(1)}}},
		"an input":               {coils: []lock.Coil{{Slot: slot(1), Chip: dev, Pin: 3}}},
		"no pin":                 {coils: []lock.Coil{{Slot: slot(1), Chip: dev, Pin: 16}}},
		"on while idle":          {coils: []lock.Coil{{Slot: slot(1), Chip: dev, Pin: 1}}},
		"on while idle, low":     {coils: []lock.Coil{{Slot: slot(1), Chip: dev, Pin: 0, ActiveLow: true}}},
		"a slot twice":           {coils: []lock.Coil{good, {Slot: slot(1), Chip: dev, Pin: 1, ActiveLow: true}}},
		"a pin twice":            {coils: []lock.Coil{good, {Slot: slot(2), Chip: dev, Pin: 0}}},
		"a pulse that burns":     {coils: []lock.Coil{good}, opts: lock.Opts{Pulse: lock.MaxPulse + 1}},
		"more coils than supply": {coils: []lock.Coil{good}, opts: lock.Opts{Coils: lock.MaxCoils + 1}},
	} {
		if _, err := lock.New(tt.coils, &tt.opts); !errors.Is(err, lock.ErrWiring) {
			t.Errorf("%s: error %v, want ErrWiring", name, err)
		}
	}
	if _, err := lock.New([]lock.Coil{good}, nil); err != nil {
		t.Error(err)
	}
}

func TestOnePulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 2, nil)
		if err := c.bank.Secure(t.Context()); err != nil {
			t.Fatal(err)
		}
		for n := range 2 * perChip {
			if err := c.bank.Unlock(t.Context(), slot(n)); err != nil {
				t.Fatal(err)
			}
			if got, want := c.given(n), []time.Duration{lock.DefaultOpts().Pulse}; !slices.Equal(got, want) {
				t.Errorf("slot %d: pulses %v, want %v", n, got, want)
			}
		}
		if c.most != 1 {
			t.Errorf("%d coils were on at once, want 1", c.most)
		}
		if err := c.bank.Unlock(t.Context(), slot(99)); !errors.Is(err, device.ErrNoSlot) {
			t.Errorf("an unknown slot: %v, want ErrNoSlot", err)
		}
	})
}

func TestNothingMovesAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 3, nil)
		c.chips[1].Poke(0x14, 0x0F) // left behind
		if err := c.bank.Secure(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop := c.run()
		time.Sleep(time.Minute)
		stop()
		if err := c.bank.Halt(); err != nil {
			t.Fatal(err)
		}
		if c.most != 0 {
			t.Errorf("%d coils were on", c.most)
		}
		if e := c.rec.take(); len(e) != 0 {
			t.Errorf("a cabinet in order reported %+v", e)
		}
	})
}

func TestAtMostTwoCoils(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 2, nil)
		errs := make(chan error)
		start := time.Now()
		for n := range 2 * perChip {
			go func() { errs <- c.bank.Unlock(t.Context(), slot(n)) }()
		}
		for range 2 * perChip {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if c.most != 2 {
			t.Errorf("%d coils were on at once, want 2", c.most)
		}
		if took, want := time.Since(start), perChip*lock.DefaultOpts().Pulse; took != want {
			t.Errorf("8 pulses took %v, want %v", took, want)
		}
	})
}

func TestSameSlotTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 1, nil)
		errs := make(chan error)
		for range 2 {
			go func() { errs <- c.bank.Unlock(t.Context(), slot(0)) }()
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		p := lock.DefaultOpts().Pulse
		if got := c.given(0); !slices.Equal(got, []time.Duration{p, p}) {
			t.Errorf("pulses %v, want two of %v", got, p)
		}
	})
}

func TestEndOfContextCutsThePulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 1, nil)
		const cut = 70 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), cut)
		defer cancel()
		if err := c.bank.Unlock(ctx, slot(0)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the deadline", err)
		}
		if got := c.given(0); !slices.Equal(got, []time.Duration{cut}) {
			t.Errorf("pulses %v, want one of %v", got, cut)
		}
		if err := c.bank.Unlock(ctx, slot(0)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the deadline", err)
		}
		if got := c.given(0); len(got) != 1 {
			t.Errorf("a context that had ended gave a pulse: %v", got)
		}
	})
}

func TestSecureCutsAllAndLetsNoneBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 1, nil)
		errs := make(chan error)
		for n := range perChip {
			go func() { errs <- c.bank.Unlock(t.Context(), slot(n)) }()
		}
		const cut = 100 * time.Millisecond
		time.Sleep(cut)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.bank.Secure(ended); err != nil {
			t.Fatal(err)
		}
		for range perChip {
			if err := <-errs; !errors.Is(err, lock.ErrSecured) {
				t.Errorf("error %v, want ErrSecured", err)
			}
		}
		pulses := 0
		for n := range perChip {
			for _, d := range c.given(n) {
				pulses++
				if d != cut {
					t.Errorf("slot %d: a pulse of %v, want %v", n, d, cut)
				}
			}
		}
		if pulses != lock.MaxCoils {
			t.Errorf("%d pulses, want %d", pulses, lock.MaxCoils)
		}
		if err := c.bank.Unlock(t.Context(), slot(0)); err != nil {
			t.Errorf("after Secure: %v", err)
		}
	})
}

// Whatever fails and whenever: at most two coils are on, none for longer than a pulse and the bounds of
// the bus, all are off in the end, and a pulse that was reported as given was given in full.
func TestRandomFaults(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type step struct {
			Pause, Chip, Slot, What int
		}
		steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
			return step{
				rapid.IntRange(0, 600).Draw(rt, "pause"), rapid.IntRange(0, 2).Draw(rt, "chip"),
				rapid.IntRange(0, 3*perChip-1).Draw(rt, "slot"), rapid.IntRange(0, 6).Draw(rt, "what"),
			}
		}), 1, 30).Draw(rt, "steps")
		synctest.Test(t, func(t *testing.T) {
			c := newCabinet(t, 3, nil)
			stop := c.run()
			type result struct {
				slot int
				err  error
			}
			results := make(chan result, len(steps))
			unlocks := 0
			for _, s := range steps {
				addr := uint16(0x20 + s.Chip)
				switch s.What {
				case 0:
					c.bus.SetFault(addr, chips.Fault{NACK: true, Times: 1 + s.Pause%5})
				case 1:
					c.chips[s.Chip].Reset()
				case 2:
					c.bus.SetFault(addr, chips.Fault{Times: 1 + s.Pause%3, Lie: func(_, r []byte) {
						for i := range r {
							r[i] ^= 1
						}
					}})
				default:
					unlocks++
					go func() {
						err := c.bank.Unlock(t.Context(), slot(s.Slot))
						results <- result{slot: s.Slot, err: err}
					}()
				}
				time.Sleep(time.Duration(s.Pause) * time.Millisecond)
			}
			good := map[int]int{}
			for range unlocks {
				if r := <-results; r.err == nil {
					good[r.slot]++
				}
			}
			time.Sleep(time.Minute)
			stop()
			if c.most > lock.MaxCoils {
				rt.Errorf("%d coils were on at once", c.most)
			}
			for n := range 3 * perChip {
				if c.isOn(n) {
					rt.Errorf("slot %d is still on", n)
				}
				full := 0
				for _, d := range c.given(n) {
					if d > lock.MaxPulse {
						rt.Errorf("slot %d was on for %v", n, d)
					}
					if d >= lock.DefaultOpts().Pulse {
						full++
					}
				}
				if good[n] > full {
					rt.Errorf("slot %d: %d pulses were reported as given, %d were", n, good[n], full)
				}
			}
			for i, dev := range c.devs {
				if _, err := dev.Verify(); err != nil {
					rt.Errorf("chip %d did not come back: %v", i, err)
				}
			}
		})
	})
}

func TestWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 1, nil)
		rec := chips.Record(c.bus)
		rec.Note("secure")
		if err := c.bank.Secure(t.Context()); err != nil {
			t.Fatal(err)
		}
		rec.Note("unlock the slot on GPA0, active high")
		if err := c.bank.Unlock(t.Context(), slot(0)); err != nil {
			t.Fatal(err)
		}
		rec.Note("unlock the slot on GPA2, active low")
		if err := c.bank.Unlock(t.Context(), slot(2)); err != nil {
			t.Fatal(err)
		}
		wirecheck.Golden(t, "lock", rec)
	})
}
