package pn532_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/pn532"
)

func TestTaps(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		for _, c := range []struct {
			uid  []byte
			want string
		}{
			{short, "tap uid:04A224B2"},
			{seven, "tap uid:04A224B2C35D80"},
			{ten, "tap uid:04010203040506070809"},
		} {
			r.chip.Put(c.uid)
			r.wait(150 * time.Millisecond)
			r.chip.Take(c.uid)
			r.expect(t, "card", c.want)
		}
	})
}

// TestLongAnswer is a card whose answer is longer than what is first read on I2C.
func TestLongAnswer(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		r.chip.PutSmart(seven, bytes.Repeat([]byte{0x42}, 60))
		r.wait(time.Second)
		r.expect(t, "long", "tap uid:04A224B2C35D80")
	})
}

func TestHeldBadgeIsReportedOnce(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		r.chip.Put(short)
		r.wait(5 * time.Minute)
		r.expect(t, "held for long", "tap uid:04A224B2")
		r.chip.Take(short)
		r.wait(300 * time.Millisecond)
		r.chip.Put(short)
		r.wait(time.Second)
		r.expect(t, "away for a moment")
		r.chip.Take(short)
		r.wait(800 * time.Millisecond)
		r.chip.Put(short)
		r.wait(time.Second)
		r.expect(t, "laid on again", "tap uid:04A224B2")
	})
}

func TestLineFaultsCostNoTap(t *testing.T) {
	for name, f := range map[string]chips.PN532Fault{
		"half a frame":         {Half: 1},
		"two half frames":      {Half: 2},
		"wrong checksum":       {BadSum: 2},
		"a lost byte":          {Drop: 1},
		"noise":                {Noise: 7},
		"a missing ACK":        {NoACK: 1},
		"extended frames":      {Extended: true},
		"a slow chip":          {Late: 10},
		"all of them together": {Half: 1, BadSum: 1, NoACK: 1, Noise: 3, Late: 2, Extended: true},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, r *rig) {
				r.chip.SetFault(f)
				r.chip.Put(seven)
				r.wait(2 * time.Second)
				r.expect(t, name, "tap uid:04A224B2C35D80")
			})
		})
	}
}

func TestDeadAndBack(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		r.chip.SetFault(chips.PN532Fault{Mute: true})
		r.chip.Put(short)
		r.wait(time.Minute)
		r.expect(t, "mute", "dead")
		r.chip.SetFault(chips.PN532Fault{})
		r.wait(10 * time.Second)
		r.expect(t, "it speaks again", "back", "tap uid:04A224B2")
	})
}

func TestResetIsSetUpAgain(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		before := r.chip.Commands(0x14)
		r.chip.Reset()
		r.chip.Put(short)
		r.wait(10 * time.Second)
		r.expect(t, "reset", "dead", "back", "tap uid:04A224B2")
		if r.chip.Commands(0x14) != before+1 {
			t.Error("SAMConfiguration was not sent again")
		}
	})
}

func TestErrorFrameSetsUpAgain(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		r.chip.SetFault(chips.PN532Fault{Errors: 1})
		r.wait(5 * time.Second)
		r.expect(t, "one error frame", "dead", "back")
	})
}

func TestBusFaults(t *testing.T) {
	for name, f := range map[string]chips.Fault{
		"NACK": {NACK: true},
		"hang": {Hang: func() {}},
		"lie":  {Lie: func(_, r []byte) { clear(r) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, "i2c")
				r.bus.SetFault(pn532.Addr, f)
				r.wait(time.Minute)
				r.expect(t, name, "dead")
				r.bus.SetFault(pn532.Addr, chips.Fault{})
				r.wait(10 * time.Second)
				r.chip.Put(short)
				r.wait(time.Second)
				r.expect(t, "after "+name, "back", "tap uid:04A224B2")
			})
		})
	}
}

func TestUnreadableCard(t *testing.T) {
	both(t, func(t *testing.T, r *rig) {
		r.chip.Put([]byte{1, 2, 3, 4, 5}) // no card has five
		r.wait(time.Second)
		got := r.take()
		if len(got) == 0 || len(got) > 3 || got[0] != "misread" {
			t.Errorf("a card that cannot be read for a second gives %v", got)
		}
	})
}

// TestUnpluggedAdapter pulls the serial adapter and plugs it in again.
func TestUnpluggedAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{chip: chips.NewPN532()}
		var port io.ReadWriteCloser
		var plugged atomic.Bool
		plugged.Store(true)
		r.run(t, pn532.DialUART("usb", func() (io.ReadWriteCloser, error) {
			if !plugged.Load() {
				return nil, os.ErrNotExist
			}
			port = r.chip.Serial()
			return port, nil
		}))
		plugged.Store(false)
		_ = port.Close()
		r.wait(time.Minute)
		r.expect(t, "unplugged", "dead")
		plugged.Store(true)
		r.chip.Put(short)
		r.wait(10 * time.Second)
		r.expect(t, "plugged in", "back", "tap uid:04A224B2")
	})
}

func TestNewRefuses(t *testing.T) {
	if _, err := pn532.New(nil, nil); err == nil {
		t.Error("no transport is accepted")
	}
	if _, err := pn532.New(pn532.NewI2C(&chips.Bus{}, pn532.Addr), &pn532.Opts{}); err == nil {
		t.Error("zero options are accepted")
	}
}

// TestGoldenWire holds what a logic analyser shows from power-on to the first tap.
func TestGoldenWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{chip: chips.NewPN532(), bus: &chips.Bus{}}
		r.bus.Add(pn532.Addr, r.chip)
		r.chip.Put(seven)
		var b bytes.Buffer
		r.bus.Tap(func(x chips.Transfer) {
			if b.Len() < 4000 {
				fmt.Fprintf(&b, "w % x r % x\n", x.W, x.R)
			}
		})
		r.run(t, pn532.NewI2C(r.bus, pn532.Addr))
		golden(t, "i2c.golden", b.Bytes())
	})
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; -update writes it anew:\n%s", path, diff)
	}
}

func Example() {
	chip := chips.NewPN532() // on a box: pn532.OpenSerial("/dev/serial0")
	reader, err := pn532.New(pn532.NewUART(chip.Serial()), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	chip.Put([]byte{0x04, 0xA2, 0x24, 0xB2, 0xC3, 0x5D, 0x80})
	ctx, cancel := context.WithCancel(context.Background())
	_ = reader.Run(ctx, func(e device.Event) {
		if tap, ok := e.(device.Tapped); ok {
			fmt.Println(tap.Badge)
			cancel()
		}
	})
	_ = reader.Halt()
	// Output: uid:…
}
