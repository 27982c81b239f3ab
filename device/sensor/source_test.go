package sensor_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox"
	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/chips/wirecheck"
	"smartbox/device/mcp23017"
	"smartbox/device/sensor"
)

func TestChangesAreReportedOnce(t *testing.T) {
	each(t, func(t *testing.T, c *cabinet) {
		c.chips[1].Drive(9, true) // the bolt of slot 3 goes back,
		time.Sleep(200 * time.Millisecond)
		c.chips[1].Drive(1, true) // its door opens,
		time.Sleep(200 * time.Millisecond)
		c.chips[1].Drive(3, true) // the key is taken
		time.Sleep(200 * time.Millisecond)
		c.want("pickup", "s3 bolt=false", "s3 door open=true", "s3 key=false")
		time.Sleep(time.Hour)
		c.want("nothing moves")
	})
}

func TestBouncingCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, c *cabinet) {
		c.wire.Store(0)
		for range 50 {
			c.chips[0].Drive(0, true)
			time.Sleep(200 * time.Microsecond)
			c.chips[0].Drive(0, false)
			time.Sleep(200 * time.Microsecond)
		}
		c.chips[0].Drive(0, true)
		settled := time.Now()
		time.Sleep(200 * time.Millisecond)
		c.want("a bouncing contact", "s0 door open=true")
		if late := c.last().Sub(settled); late > 60*time.Millisecond {
			t.Errorf("reported %v after it settled", late)
		}
		if n := c.wire.Load(); n > 80 {
			t.Errorf("%d transfers for one bounce", n)
		}
	})
}

func TestGlitchIsNoChange(t *testing.T) {
	each(t, func(t *testing.T, c *cabinet) {
		c.chips[0].Drive(0, true)
		time.Sleep(sensor.DefaultOpts().Debounce / 2)
		c.chips[0].Drive(0, false)
		time.Sleep(time.Second)
		c.want("a glitch")
	})
}

func TestInterruptIsQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, true, &sensor.Opts{Poll: time.Hour})
		defer c.run()()
		time.Sleep(time.Second)
		c.take()
		c.chips[1].Drive(0, true)
		start := time.Now()
		time.Sleep(time.Second)
		c.want("a door", "s2 door open=true")
		if took := c.last().Sub(start); took > sensor.DefaultOpts().Debounce+5*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

// With a line that is stuck, low or high, the slow poll still sees everything.
func TestStuckInterruptLine(t *testing.T) {
	for name, level := range map[string]gpio.Level{"high": gpio.High, "low": gpio.Low} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCabinet(t, true, nil)
				c.line.Set(level)
				c.line.Stick(true)
				defer c.run()()
				time.Sleep(time.Second)
				c.want("at the start", shut(0, 1, 2, 3)...)
				c.wire.Store(0)
				c.chips[0].Drive(0, true)
				time.Sleep(time.Second)
				c.want("a door", "s0 door open=true")
				if n := c.wire.Load(); n > 100 {
					t.Errorf("%d transfers in a second: the line drives the bus", n)
				}
			})
		})
	}
}

func TestBurstIsNotNoticed(t *testing.T) {
	each(t, func(t *testing.T, c *cabinet) {
		for range 20 {
			c.bus.SetFault(0x20, chips.Fault{NACK: true, Times: 2})
			time.Sleep(time.Second)
		}
		c.want("bursts of two")
	})
}

func TestDeadChipAndBack(t *testing.T) {
	each(t, func(t *testing.T, c *cabinet) {
		c.bus.SetFault(0x20, chips.Fault{NACK: true})
		time.Sleep(time.Second)
		c.want("dead", "mcp23017@0x20 [s0 s1] works=false")
		if h := c.report(0); h.Part != smartbox.PartSensors || !errors.Is(h.Err, device.ErrDead) {
			t.Errorf("reported %+v", h)
		}
		c.chips[1].Drive(0, true)
		time.Sleep(time.Second)
		c.want("the other chip works on", "s2 door open=true")
		time.Sleep(time.Minute)
		c.want("nothing new")

		c.chips[0].Reset()
		c.chips[0].Drive(1, true)
		c.bus.SetFault(0x20, chips.Fault{})
		time.Sleep(5 * time.Second)
		c.want("back", append(append([]string{"mcp23017@0x20 [s0 s1] works=true"}, shut(0)...),
			"s1 door open=true", "s1 key=true", "s1 bolt=true")...)
		if h := c.report(1); h.After < time.Minute || h.After > 2*time.Minute {
			t.Errorf("was away for %v", h.After)
		}
	})
}

func TestDeadFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, true, nil)
		c.bus.SetDead(true)
		defer c.run()()
		time.Sleep(time.Minute)
		c.want("dead", "mcp23017@0x20 [s0 s1] works=false", "mcp23017@0x21 [s2 s3] works=false")
		c.bus.SetDead(false)
		time.Sleep(10 * time.Second)
		if e := c.take(); len(e) != 14 {
			t.Errorf("reported %q, want both chips and 12 inputs", e)
		}
	})
}

// A chip that was reset has no pull-ups: what its pins read then is not what the doors do.
func TestResetIsNotReportedAsDoors(t *testing.T) {
	each(t, func(t *testing.T, c *cabinet) {
		for _, p := range []int{0, 1} {
			c.chips[0].Float(p) // contacts open: held high by the pull-ups alone
		}
		time.Sleep(time.Second)
		c.want("open", "s0 door open=true", "s1 door open=true")
		for range 20 {
			c.chips[0].Reset() // reads low now: "shut"
			time.Sleep(777 * time.Millisecond)
		}
		c.want("reset")
		c.chips[0].Drive(0, false)
		time.Sleep(time.Second)
		c.want("it still works", "s0 door open=false")
	})
}

func TestLyingChipIsOut(t *testing.T) {
	each(t, func(t *testing.T, c *cabinet) {
		c.bus.SetFault(0x20, chips.Fault{Lie: func(_, r []byte) {
			for i := range r {
				r[i] = 0xFF
			}
		}})
		time.Sleep(5 * time.Second)
		c.want("every register reads ff", "mcp23017@0x20 [s0 s1] works=false")
		c.bus.SetFault(0x20, chips.Fault{})
		time.Sleep(5 * time.Second)
		c.want("the truth again", append([]string{"mcp23017@0x20 [s0 s1] works=true"}, shut(0, 1)...)...)
	})
}

func TestHangIsReported(t *testing.T) {
	each(t, func(t *testing.T, c *cabinet) {
		release := make(chan struct{})
		c.bus.SetFault(0x20, chips.Fault{Times: 1, Hang: func() { <-release }})
		time.Sleep(10 * time.Second)
		if e := c.take(); len(e) != 2 {
			t.Errorf("reported %q, want both chips of the bus", e)
		}
		close(release)
		time.Sleep(10 * time.Second)
		if e := c.take(); len(e) != 14 {
			t.Errorf("reported %q, want both chips and 12 inputs", e)
		}
	})
}

func TestWiringIsChecked(t *testing.T) {
	dev, err := mcp23017.New(&chips.Bus{}, 0x20, &mcp23017.Opts{Outputs: 0x8081, PullUps: 2, Interrupts: 2})
	if err != nil {
		t.Fatal(err)
	}
	good := sensor.Input{Slot: slot(1), Chip: dev, Pin: 1}
	line := chips.NewLine("INT", gpio.High)
	for name, inputs := range map[string][]sensor.Input{
		"no slot":            {{Chip: dev, Pin: 1}},
		"no chip":            {{Slot: slot(1), Pin: 1}},
		"no kind":            {{Slot: slot(1), Chip: dev, Pin: 1, Kind: 9}},
		"an output":          {{Slot: slot(1), Chip: dev, Pin: 0}},
		"GPB7":               {{Slot: slot(1), Chip: dev, Pin: 15}},
		"no interrupt there": {{Slot: slot(1), Chip: dev, Pin: 2}},
		"a pin twice":        {good, {Slot: slot(2), Chip: dev, Pin: 1}},
		"a sensor twice":     {good, {Slot: slot(1), Chip: dev, Pin: 2}},
	} {
		if _, err := sensor.New(inputs, line, nil); !errors.Is(err, sensor.ErrWiring) {
			t.Errorf("%s: error %v, want ErrWiring", name, err)
		}
	}
	if _, err := sensor.New([]sensor.Input{good}, line, nil); err != nil {
		t.Error(err)
	}
}

func TestWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t, true, &sensor.Opts{Poll: time.Hour})
		rec := chips.Record(c.bus)
		rec.Note("start")
		stop := c.run()
		time.Sleep(500 * time.Millisecond)
		rec.Note("a door opens")
		c.chips[0].Drive(0, true)
		time.Sleep(100 * time.Millisecond)
		stop()
		wirecheck.Golden(t, "sensor", rec)
	})
}
