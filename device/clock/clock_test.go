package clock

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"smartbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hands are two clocks that a test turns.
type hands struct {
	wall  time.Time
	mono  time.Duration
	trust smartbox.Trust
}

func (h *hands) options() Options {
	return Options{
		Wall:      func() time.Time { return h.wall },
		Monotonic: func() time.Duration { return h.mono },
		Trust:     func() smartbox.Trust { return h.trust },
	}
}

func (h *hands) pass(d time.Duration) { h.wall, h.mono = h.wall.Add(d), h.mono+d }

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func TestJumps(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, c := range []struct {
		name    string
		before  smartbox.Trust
		jump    time.Duration
		after   smartbox.Trust
		changed bool
		wall    time.Duration // against noon, right after the jump
		trust   smartbox.Trust
		held    bool
	}{
		{"nothing", smartbox.ClockSynced, 0, smartbox.ClockSynced, false, 0, smartbox.ClockSynced, false},
		{"slewed", smartbox.ClockSynced, 400 * time.Millisecond, smartbox.ClockSynced, false, 400 * time.Millisecond, smartbox.ClockSynced, false},
		{"an hour ahead", smartbox.ClockSynced, time.Hour, smartbox.ClockSynced, true, time.Hour, smartbox.ClockSynced, false},
		{"a leap second back", smartbox.ClockSynced, -time.Second, smartbox.ClockSynced, true, 0, smartbox.ClockSynced, false},
		{"an hour back, synced against synced", smartbox.ClockSynced, -time.Hour, smartbox.ClockSynced, true, 0, smartbox.ClockUntrusted, true},
		{"an hour back, set by hand", smartbox.ClockSynced, -time.Hour, smartbox.ClockUntrusted, true, 0, smartbox.ClockUntrusted, true},
		{"an hour back by the sync", smartbox.ClockUntrusted, -time.Hour, smartbox.ClockSynced, true, -time.Hour, smartbox.ClockSynced, false},
		{"forty years ahead by the sync", smartbox.ClockUntrusted, 40 * year, smartbox.ClockSynced, true, 40 * year, smartbox.ClockSynced, false},
		{"forty years back by the sync", smartbox.ClockRTC, -40 * year, smartbox.ClockSynced, true, -40 * year, smartbox.ClockSynced, false},
		{"forty years back, untrusted", smartbox.ClockRTC, -40 * year, smartbox.ClockUntrusted, true, 0, smartbox.ClockUntrusted, true},
		{"only the trust", smartbox.ClockUntrusted, 0, smartbox.ClockSynced, true, 0, smartbox.ClockSynced, false},
		{"before 1970, where the record already ruled", smartbox.ClockUntrusted, -90 * year, smartbox.ClockUntrusted, false, 0, smartbox.ClockUntrusted, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &hands{wall: noon, trust: c.before}
			k := New(h.options())
			k.Now()
			h.wall, h.trust = h.wall.Add(c.jump), c.after
			if got := k.Now(); !got.Wall.Equal(noon) || got.Trust != c.before {
				t.Fatalf("before the check the clock says %v %v: it ran ahead of its own report", got.Wall, got.Trust)
			}
			changed := k.Check()
			// A leap second back is reported, because the clocks did part, but is not shown.
			if changed != c.changed {
				t.Errorf("changed = %v, want %v", changed, c.changed)
			}
			m := k.Now()
			if got := m.Wall.Sub(noon); got != c.wall || m.Trust != c.trust || k.Held() != c.held {
				t.Errorf("%v %v held=%v, want %v %v held=%v", got, m.Trust, k.Held(), c.wall, c.trust, c.held)
			}
			if k.Check() {
				t.Error("the same jump is reported twice")
			}
		})
	}
}

func TestFloorAtStart(t *testing.T) {
	h := &hands{wall: time.Unix(0, 0), trust: smartbox.ClockUntrusted}
	o := h.options()
	o.Floor, o.Trusted = smartbox.StampOf(noon), smartbox.StampOf(noon.Add(-time.Hour))
	k := New(o)
	h.pass(time.Minute)
	if k.Check() {
		t.Error("a check reports a change where nothing changed")
	}
	m := k.Now()
	if want := noon.Add(time.Minute); !m.Wall.Equal(want) || m.Trust != smartbox.ClockUntrusted || m.Uptime != time.Minute {
		t.Fatalf("%v %v up %v, want %v untrusted up 1m", m.Wall, m.Trust, m.Uptime, want)
	}
	h.wall, h.trust = noon.Add(3*time.Hour), smartbox.ClockSynced // the network came
	if !k.Check() || !k.Now().Wall.Equal(h.wall) || k.Held() {
		t.Errorf("after the sync: %v, held %v", k.Now().Wall, k.Held())
	}
}

func TestSlackFreezes(t *testing.T) {
	h := &hands{wall: noon, trust: smartbox.ClockSynced}
	k := New(h.options())
	k.Now()
	h.wall = h.wall.Add(-2 * time.Second)
	k.Check()
	for range 4 {
		h.pass(500 * time.Millisecond)
		if got := k.Now().Wall; !got.Equal(noon) {
			t.Fatalf("%v before the clock caught up", got)
		}
	}
	h.pass(time.Second)
	if got := k.Now().Wall; !got.Equal(noon.Add(time.Second)) {
		t.Fatalf("%v after it caught up", got)
	}
}

func TestRunReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shift atomic.Int64
		k := New(Options{Trust: Always(smartbox.ClockSynced), Wall: func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }})
		ctx, cancel := context.WithCancel(t.Context())
		seen, ended := make(chan smartbox.Moment, 8), make(chan error, 1)
		go func() { ended <- k.Run(ctx, func() { seen <- k.Now() }) }()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(seen) != 0 {
			t.Fatalf("%d changes reported in ten quiet minutes", len(seen))
		}
		shift.Store(int64(time.Hour))
		time.Sleep(DefaultInterval)
		synctest.Wait()
		if len(seen) != 1 {
			t.Fatalf("%d changes reported, want 1", len(seen))
		}
		if m := <-seen; time.Until(m.Wall).Round(time.Second) != time.Hour || m.Uptime != 10*time.Minute+DefaultInterval {
			t.Errorf("reported with %v, up %v: want the new time", m.Wall, m.Uptime)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Whatever the clocks do, uptime never goes back, and the wall time only where a synced clock overrules
// a time that was not.
func TestForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &hands{wall: noon}
		o := h.options()
		o.Floor = smartbox.StampOf(noon.Add(time.Duration(rapid.Int64Range(-1e9, 1e9).Draw(t, "floor")) * time.Second))
		k := New(o)
		last, everSynced := k.Now(), time.Time{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			h.pass(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "pass")))
			if rapid.Bool().Draw(t, "jumps") {
				h.wall = noon.Add(time.Duration(rapid.Int64Range(-2e9, 2e9).Draw(t, "to")) * time.Second)
			}
			h.trust = rapid.SampledFrom([]smartbox.Trust{smartbox.ClockUntrusted, smartbox.ClockRTC, smartbox.ClockSynced}).Draw(t, "trust")
			if rapid.Bool().Draw(t, "look") {
				k.Check()
			}
			m := k.Now()
			if m.Uptime < last.Uptime {
				t.Fatalf("uptime went back: %v after %v", m.Uptime, last.Uptime)
			}
			if m.Wall.Before(last.Wall) && m.Trust != smartbox.ClockSynced && !k.Held() {
				t.Fatalf("%v (%v) after %v (%v)", m.Wall, m.Trust, last.Wall, last.Trust)
			}
			if m.Wall.Before(everSynced) {
				t.Fatalf("%v lies before the synced %v", m.Wall, everSynced)
			}
			if m.Trust == smartbox.ClockSynced {
				everSynced = m.Wall
			}
			last = m
		}
	})
}
