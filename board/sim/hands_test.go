package sim_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/board"
	"smartbox/board/sim"
	"smartbox/device"
)

// pressed are the keys among the events.
func pressed(events []device.Event) string {
	var b strings.Builder
	for _, e := range events {
		if p, ok := e.(device.Pressed); ok {
			b.WriteRune(p.Key)
		}
	}
	return b.String()
}

func tapped(events []device.Event) (out []smartbox.Badge) {
	for _, e := range events {
		if p, ok := e.(device.Tapped); ok {
			out = append(out, p.Badge)
		}
	}
	return out
}

// wired is rpi-8 with some of its lines replaced.
func wired(t *testing.T, replace ...string) *board.Profile {
	t.Helper()
	src, err := board.Source("rpi-8")
	if err != nil {
		t.Fatal(err)
	}
	text := string(src)
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("%q is not in the profile", replace[i])
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	p, err := board.Parse("wired.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const tca = "  type: tca8418\n  i2c: main\n  address: 0x34\n  int: GPIO17"

func TestKeypadsSayWhatIsTyped(t *testing.T) {
	for name, p := range map[string]*board.Profile{
		"tca8418":        wired(t),
		"tca8418 polled": wired(t, "\n  int: GPIO17", ""),
		"matrix": wired(t, tca, "  type: matrix\n  rows: keys.A0-A3\n  columns: keys.B0-B2",
			"  doors: {", "  keys: {i2c: main, address: 0x25, int: GPIO5}\n  doors: {"),
		"matrix beside sensors": wired(t, tca, "  type: matrix\n  rows: hooks.B1-B4\n  columns: bolts.A0-A2",
			"  hooks: {i2c: main, address: 0x22, int: GPIO22}", "  hooks: {i2c: main, address: 0x22, int: GPIO22}\n  bolts: {i2c: main, address: 0x25, int: GPIO5}",
			"hooks.B1-B4", "bolts.B1-B4", "lights: locks.B0-B7", "lights: locks.B0-B7\n    bolts: bolts.A3-A6,B0,B5-B6,hooks.B1"),
	} {
		t.Run(name, func(t *testing.T) {
			runProfile(t, p, sim.Options{}, func(r *rig) {
				r.take()
				if err := r.Press("0123456789*#00"); err != nil {
					t.Fatal(err)
				}
				if got := pressed(r.take()); got != "0123456789*#00" {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

func TestKeyThatSticksIsOnePressAndIsToldOf(t *testing.T) {
	run(t, "sim-8", sim.Options{}, func(r *rig) {
		r.take()
		if err := r.KeyDown('5'); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		events := r.take()
		if got := pressed(events); got != "5" {
			t.Errorf("got %q", got)
		}
		if down, _ := health(events, smartbox.PartKeypad); down != 1 {
			t.Errorf("told %d times that a key sticks", down)
		}
		if err := r.Press("12#"); err != nil {
			t.Fatal(err)
		}
		if got := pressed(r.take()); got != "12#" {
			t.Errorf("the other keys: %q", got)
		}
		if err := r.KeyUp('5'); err != nil {
			t.Fatal(err)
		}
		if err := r.Press("x"); !errors.Is(err, sim.ErrNotThere) {
			t.Errorf("a key that is not there: %v", err)
		}
	})
}

func TestReadersSayWhatIsTapped(t *testing.T) {
	const uart = "{type: pn532-uart, uart: reader}"
	drop := "uart:\n  reader: {port: /dev/serial0}\n"
	for _, tc := range []struct {
		name    string
		profile *board.Profile
		badge   smartbox.Badge
	}{
		{"pn532 uart", wired(t), "uid:04A1B2C3D4E5F6"},
		{"pn532 i2c", wired(t, uart, "{type: pn532-i2c, i2c: main, address: 0x24}", drop, ""), "uid:DEADBEEF"},
		{"wiegand 26", wired(t, uart, "{type: wiegand, d0: GPIO5, d1: GPIO6, bits: 26}", drop, ""), "w26:8-12345"},
		{"wiegand 34", wired(t, uart, "{type: wiegand, d0: GPIO5, d1: GPIO6, bits: 34}", drop, ""), "w34:1024-60000"},
		{"wiegand 37 reversed", wired(t, uart, "{type: wiegand, d0: GPIO5, d1: GPIO6, bits: 37, parity: reversed}", drop, ""), "w37:700-400000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			runProfile(t, tc.profile, sim.Options{}, func(r *rig) {
				r.take()
				if err := r.Tap(tc.badge); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Second)
				if err := r.HoldBadge(tc.badge); err != nil {
					t.Fatal(err)
				}
				time.Sleep(20 * time.Second)
				if err := r.LiftBadge(tc.badge); err != nil {
					t.Fatal(err)
				}
				want := []smartbox.Badge{tc.badge, tc.badge} // held is one tap
				if d := cmp.Diff(want, tapped(r.take())); d != "" {
					t.Error(d)
				}
				if err := r.Tap("ibutton:01"); err == nil {
					t.Error("a badge that the reader cannot read was read")
				}
				if err := r.LiftBadge(tc.badge); !errors.Is(err, sim.ErrNotThere) {
					t.Errorf("lifted twice: %v", err)
				}
			})
		})
	}
}

func TestWiegandHalfAFrameIsAMisread(t *testing.T) {
	p := wired(t, "{type: pn532-uart, uart: reader}", "{type: wiegand, d0: GPIO5, d1: GPIO6, bits: 26}",
		"uart:\n  reader: {port: /dev/serial0}\n", "")
	runProfile(t, p, sim.Options{}, func(r *rig) {
		r.take()
		if err := r.SendFrame("1010101"); err != nil {
			t.Fatal(err)
		}
		events := r.take()
		if len(tapped(events)) != 0 || !slices.ContainsFunc(events, func(e device.Event) bool { _, ok := e.(device.MisRead); return ok }) {
			t.Errorf("got %+v", events)
		}
	})
}

func TestDoorThatWaitsToBePushed(t *testing.T) {
	run(t, "sim-8", sim.Options{Push: true}, func(r *rig) {
		s1 := slotID("s1")
		r.take()
		if err := r.Set().Locks.Unlock(r.ctx, s1); err != nil {
			t.Fatal(err)
		}
		want := []device.Event{device.Bolt{Slot: s1}}
		if d := cmp.Diff(want, r.take()); d != "" {
			t.Error(d)
		}
		if err := r.OpenDoor(s1); err != nil {
			t.Error(err)
		}
		if err := r.OpenDoor(s1); !errors.Is(err, sim.ErrOpen) {
			t.Errorf("twice: %v", err)
		}
		if err := r.ShutDoor(s1); err != nil {
			t.Error(err)
		}
		if err := r.Set().Locks.Unlock(r.ctx, s1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second) // nobody came
		if err := r.OpenDoor(s1); !errors.Is(err, sim.ErrLocked) {
			t.Errorf("later: %v", err)
		}
	})
}

func TestJammedAndForcedDoors(t *testing.T) {
	run(t, "sim-8", sim.Options{}, func(r *rig) {
		s1, s2 := slotID("s1"), slotID("s2")
		r.take()
		if err := r.Jam(s1, true); err != nil {
			t.Fatal(err)
		}
		if err := r.Set().Locks.Unlock(r.ctx, s1); err != nil {
			t.Fatal(err)
		}
		if e := r.take(); len(e) != 0 {
			t.Errorf("a jammed door: %+v", e)
		}
		if err := r.OpenDoor(s1); !errors.Is(err, sim.ErrJammed) {
			t.Error(err)
		}
		if err := r.Force(s2); err != nil {
			t.Fatal(err)
		}
		events := r.take()
		for _, want := range []device.Event{device.Door{Slot: s2, Open: true}, device.Bolt{Slot: s2}} {
			if !slices.Contains(events, want) {
				t.Errorf("%+v is missing in %+v", want, events)
			}
		}
		if p := r.Pulses(); len(p) != 1 || p[0].Slot != s1 {
			t.Errorf("pulses %+v", p)
		}
		if err := r.Force(s2); !errors.Is(err, sim.ErrOpen) {
			t.Errorf("forced twice: %v", err)
		}
	})
}

func TestSwitchesAreTold(t *testing.T) {
	run(t, "sim-8", sim.Options{}, func(r *rig) {
		r.take()
		r.Tamper(true)
		r.Mains(false)
		if err := r.Battery(sim.BatteryLow - 1); err != nil {
			t.Fatal(err)
		}
		events := r.take()
		for _, want := range []device.Event{device.Tamper{Open: true}, device.Supply{Low: true}} {
			if !slices.Contains(events, want) {
				t.Errorf("%+v is missing in %+v", want, events)
			}
		}
		r.Tamper(false)
		r.Mains(true)
		if err := r.Battery(100); err != nil {
			t.Fatal(err)
		}
		events = r.take()
		for _, want := range []device.Event{device.Tamper{}, device.Supply{Mains: true}} {
			if !slices.Contains(events, want) {
				t.Errorf("%+v is missing in %+v", want, events)
			}
		}
		if err := r.Battery(101); err == nil {
			t.Error("101 percent")
		}
	})
}

func TestLampAndSoundCanBeSeenAndHeard(t *testing.T) {
	run(t, "sim-8", sim.Options{}, func(r *rig) {
		s5 := slotID("s5")
		if err := r.Set().Lights.Set(r.ctx, s5, device.LightBlink); err != nil {
			t.Fatal(err)
		}
		var lit, dark int
		for range 40 {
			if r.Lit(s5) {
				lit++
			} else {
				dark++
			}
			time.Sleep(100 * time.Millisecond)
		}
		if lit < 15 || dark < 15 || r.Lamp(s5) != device.LightBlink || r.Lit(slotID("s6")) {
			t.Errorf("lit %d, dark %d", lit, dark)
		}
		if err := r.Set().Sounder.Play(r.ctx, device.SoundBad); err != nil {
			t.Fatal(err)
		}
		if !r.Buzzing() {
			t.Error("silence")
		}
		time.Sleep(time.Second)
		if r.Buzzing() {
			t.Error("it does not end")
		}
		if s := r.SoundsAfter(0); len(s) != 1 || s[0].Sound != device.SoundBad || len(r.SoundsAfter(s[0].Number)) != 0 {
			t.Errorf("sounds %+v", s)
		}
	})
}

func TestEveryBuiltinProfileComesUp(t *testing.T) {
	for _, name := range board.Names() {
		run(t, name, sim.Options{}, func(r *rig) {
			for _, e := range r.take() {
				if h, ok := e.(device.Health); ok {
					t.Errorf("%s: %+v", name, h)
				}
			}
			last := r.Profile().Slots[len(r.Profile().Slots)-1].ID
			if err := r.Set().Locks.Unlock(r.ctx, last); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if e := r.take(); !slices.Contains(e, device.Event(device.Door{Slot: last, Open: true})) {
				t.Errorf("%s: %+v", name, e)
			}
		})
	}
}
