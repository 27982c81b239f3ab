package lock_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/lock"
)

// during unlocks a slot and runs f while its coil is on.
func (c *cabinet) during(n int, f func()) error {
	c.t.Helper()
	done := make(chan error)
	go func() { done <- c.bank.Unlock(c.t.Context(), slot(n)) }()
	time.Sleep(lock.DefaultOpts().Pulse / 2)
	if !c.isOn(n) {
		c.t.Error("the coil is off in the middle of its pulse")
	}
	f()
	return <-done
}

// wantHealth checks reports of the first chip: nil is "works".
func wantHealth(t *testing.T, got []device.Health, errs ...error) {
	t.Helper()
	if len(got) != len(errs) {
		t.Fatalf("reported %+v, want %d reports", got, len(errs))
	}
	var slots []smartbox.SlotID
	for pin := range perChip {
		slots = append(slots, slot(pin))
	}
	for i, want := range errs {
		h := got[i]
		if h.Part != smartbox.PartLocks || h.Name != "mcp23017@0x20" || !slices.Equal(h.Slots, slots) || !errors.Is(h.Err, want) {
			t.Errorf("reported %+v, want the first chip with %v and error %v", h, slots, want)
		}
		if (h.Err == nil) != (h.After > 0) {
			t.Errorf("reported %+v: After belongs to coming back", h)
		}
	}
}

func TestShortBurstIsNotNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 1, nil)
		stop := c.run()
		defer stop()
		c.bus.SetFault(0x20, chips.Fault{NACK: true, Times: 2})
		err := c.during(0, func() { c.bus.SetFault(0x20, chips.Fault{NACK: true, Times: 2}) })
		if err != nil {
			t.Errorf("error %v, want the retries to get over it", err)
		}
		if e := c.rec.take(); len(e) != 0 {
			t.Errorf("reported %+v", e)
		}
	})
}

func TestDeadChipTakesItsOwnSlotsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 2, nil)
		stop := c.run()
		defer stop()
		c.bus.SetFault(0x20, chips.Fault{NACK: true})
		for n := range perChip {
			if err := c.bank.Unlock(t.Context(), slot(n)); !errors.Is(err, device.ErrDead) {
				t.Errorf("slot %d: %v, want dead", n, err)
			}
			if err := c.bank.Unlock(t.Context(), slot(perChip+n)); err != nil {
				t.Errorf("slot %d of the other chip: %v", perChip+n, err)
			}
		}
		if err := c.bank.Secure(t.Context()); !errors.Is(err, device.ErrDead) {
			t.Errorf("Secure: %v, want dead", err)
		}
		synctest.Wait()
		wantHealth(t, c.rec.take(), device.ErrDead)
		time.Sleep(time.Hour)
		if e := c.rec.take(); len(e) != 0 {
			t.Errorf("reported again: %+v", e)
		}

		c.bus.SetFault(0x20, chips.Fault{})
		c.chips[0].Reset() // as after its supply was cut
		c.chips[0].Poke(0x14, 0x0F)
		time.Sleep(5 * time.Second)
		wantHealth(t, c.rec.take(), nil)
		if o := c.chips[0].Outputs(); o != (chips.Outputs{Driven: 0x808F, Level: 0x000C}) {
			t.Errorf("drives %+v: it is back without having been set up and secured", o)
		}
		if err := c.bank.Unlock(t.Context(), slot(0)); err != nil {
			t.Errorf("unlock after it came back: %v", err)
		}
		if got := len(c.given(1)); got != 0 {
			t.Errorf("coming back gave %d pulses", got)
		}
	})
}

func TestIdleDeathIsReportedWithoutAnyUnlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 2, nil)
		stop := c.run()
		defer stop()
		c.bus.SetDead(true)
		time.Sleep(2 * lock.DefaultOpts().Check)
		if e := c.rec.take(); len(e) != 2 {
			t.Errorf("reported %+v, want both chips", e)
		}
		c.bus.SetDead(false)
		time.Sleep(5 * time.Second)
		for _, h := range c.rec.take() {
			if h.Err != nil {
				t.Errorf("reported %+v, want it back", h)
			}
		}
	})
}

// The chip goes away with the coil on. When it is back the coil is switched off before anything else.
func TestDeathDuringAPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 2, nil)
		stop := c.run()
		defer stop()
		err := c.during(0, func() { c.bus.SetFault(0x20, chips.Fault{NACK: true}) })
		if !errors.Is(err, device.ErrDead) {
			t.Errorf("error %v, want dead", err)
		}
		if !c.isOn(0) {
			t.Fatal("the coil is off; this test is about one that is on")
		}
		// It keeps its place among the coils that may be on, so that no third one is switched on.
		errs := make(chan error)
		for n := range perChip {
			go func() { errs <- c.bank.Unlock(t.Context(), slot(perChip+n)) }()
		}
		for range perChip {
			if err := <-errs; err != nil {
				t.Errorf("the other chip: %v", err)
			}
		}
		if c.most > lock.MaxCoils {
			t.Errorf("%d coils were on at once", c.most)
		}
		c.bus.SetFault(0x20, chips.Fault{})
		time.Sleep(2 * lock.DefaultOpts().Probe)
		if c.isOn(0) {
			t.Error("the coil is on although its chip answers")
		}
		wantHealth(t, c.rec.take(), device.ErrDead, nil)
	})
}

// A chip that can never be switched off again does not keep its place for ever: its one-shot cuts the coil.
func TestPlaceOfALostCoilIsFreed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 3, nil)
		for i, n := range []int{0, perChip} {
			_ = c.during(n, func() { c.bus.SetFault(uint16(0x20+i), chips.Fault{NACK: true}) })
		}
		start := time.Now()
		if err := c.bank.Unlock(t.Context(), slot(2*perChip)); err != nil {
			t.Errorf("the third chip: %v", err)
		}
		if took := time.Since(start); took > lock.DefaultOpts().OneShot+lock.MaxPulse {
			t.Errorf("waited %v for a place", took)
		}
	})
}

func TestResetWhileIdleIsMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 1, nil)
		stop := c.run()
		defer stop()
		c.chips[0].Reset()
		time.Sleep(2 * lock.DefaultOpts().Check)
		if o := c.chips[0].Outputs(); o != (chips.Outputs{Driven: 0x808F, Level: 0x000C}) {
			t.Errorf("drives %+v, want it set up anew", o)
		}
		c.chips[0].Reset()
		if err := c.bank.Unlock(t.Context(), slot(0)); err != nil {
			t.Errorf("unlock right after a reset: %v", err)
		}
		if p := c.given(0); len(p) != 1 || p[0] != lock.DefaultOpts().Pulse {
			t.Errorf("pulses %v", p)
		}
	})
}

func TestResetDuringAPulseIsDetected(t *testing.T) {
	for name, wait := range map[string]time.Duration{"found by Unlock": time.Hour, "found by Run": 150 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCabinet(t, 1, &lock.Opts{Check: wait})
				stop := c.run()
				defer stop()
				err := c.during(0, func() { c.chips[0].Reset() })
				if !errors.Is(err, device.ErrReadBack) {
					t.Errorf("error %v, want ErrReadBack", err)
				}
				if p := c.given(0); len(p) != 1 || p[0] != lock.DefaultOpts().Pulse/2 {
					t.Errorf("pulses %v, want one that the reset cut", p)
				}
				if err := c.bank.Unlock(t.Context(), slot(0)); err != nil {
					t.Errorf("the next pulse: %v", err)
				}
			})
		})
	}
}

func TestLyingChipIsOutOfService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 2, nil)
		stop := c.run()
		defer stop()
		lie := chips.Fault{Lie: func(w, r []byte) {
			if w[0] == 0x14 && len(r) > 0 {
				r[0] ^= 0x02
			}
		}}
		err := c.during(0, func() { c.bus.SetFault(0x20, lie) })
		if !errors.Is(err, device.ErrReadBack) {
			t.Errorf("error %v, want ErrReadBack", err)
		}
		if c.isOn(0) {
			t.Error("the coil is still on")
		}
		if err := c.bank.Unlock(t.Context(), slot(1)); !errors.Is(err, device.ErrReadBack) {
			t.Errorf("the next unlock: %v, want ErrReadBack", err)
		}
		if len(c.given(1)) != 0 {
			t.Error("a chip that lies was given a pulse")
		}
		if err := c.bank.Unlock(t.Context(), slot(perChip)); err != nil {
			t.Errorf("the other chip: %v", err)
		}
		c.bus.SetFault(0x20, chips.Fault{})
		time.Sleep(5 * time.Second)
		wantHealth(t, c.rec.take(), device.ErrReadBack, nil)
		if err := c.bank.Unlock(t.Context(), slot(0)); err != nil {
			t.Errorf("after it told the truth again: %v", err)
		}
	})
}

// The adapter hangs in the very write that switches the coil on, which takes effect much later.
func TestHungWriteThatLandsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 1, nil)
		stop := c.run()
		defer stop()
		release := make(chan struct{})
		armed := true
		c.bus.SetFault(0x20, chips.Fault{Err: func(w, r []byte) error {
			if armed && len(r) == 0 && w[0] == 0x14 && w[1] == 0x0D { // the latch with GPA0 on
				armed = false
				<-release
			}
			return nil
		}})
		start := time.Now()
		if err := c.bank.Unlock(t.Context(), slot(0)); !errors.Is(err, device.ErrDead) {
			t.Errorf("error %v, want dead", err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("Unlock waited %v for a bus that hangs", took)
		}
		time.Sleep(time.Hour)
		if c.isOn(0) {
			t.Fatal("the coil is on before the write landed")
		}
		close(release)
		time.Sleep(2 * lock.DefaultOpts().Probe)
		if c.isOn(0) {
			t.Error("the coil stays on")
		}
		p := c.given(0)
		if len(p) != 1 || p[0] > 2*lock.DefaultOpts().Probe {
			t.Errorf("pulses %v, want one that was cut at the next probe", p)
		}
	})
}

func TestHangDuringAPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, 1, nil)
		stop := c.run()
		defer stop()
		release := make(chan struct{})
		err := c.during(0, func() { c.bus.SetFault(0x20, chips.Fault{Times: 1, Hang: func() { <-release }}) })
		if !errors.Is(err, device.ErrDead) {
			t.Errorf("error %v, want dead", err)
		}
		close(release)
		time.Sleep(2 * lock.DefaultOpts().Probe)
		if c.isOn(0) {
			t.Error("the coil is on although the bus is back")
		}
	})
}
