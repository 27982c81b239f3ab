package agent

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

func in(d time.Duration) smartbox.Stamp { return smartbox.StampOf(time.Now().Add(d)) }

// ready is a world in which box and cloud agree.
func (w world) ready() {
	w.Helper()
	w.x.start()
	w.settled(time.Minute)
}

func (w world) wants(id uint64, times int, outcomes ...wire.Outcome) {
	w.Helper()
	if got := w.x.hands.times(id); got != times {
		w.Errorf("carried out %d times, want %d", got, times)
	}
	if got := w.c.outcomes(id); !slices.Equal(got, outcomes) {
		w.Errorf("answered %v, want %v", got, outcomes)
	}
}

func TestCommandOnce(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.ready()
		k := w.c.open(nil)
		pass(time.Second)
		w.wants(k.ID, 1, wire.Done)

		w.say(&k) // delivered again
		pass(time.Second)
		w.wants(k.ID, 1, wire.Done, wire.Done)

		same := k
		same.ID++ // its counter under another name
		w.say(&same)
		pass(time.Second)
		w.wants(same.ID, 0, wire.Replayed)

		w.c.do(func() { w.c.counter += 10 })
		late := w.c.open(nil)
		before := late
		before.ID, before.Counter = 500, late.Counter-3 // overtaken by a later one
		w.say(&before)
		pass(time.Second)
		w.wants(late.ID, 1, wire.Done)
		w.wants(before.ID, 0, wire.Replayed)
		if r := w.c.answers[before.ID][0]; r.Seen != late.Counter {
			t.Errorf("the cloud is told to go on above %d, not %d", r.Seen, late.Counter)
		}

		w.x.halt()
		w.x.start()
		pass(time.Second)
		w.say(&k) // after a restart
		w.say(&before)
		pass(time.Second)
		w.wants(k.ID, 1, wire.Done, wire.Done, wire.Done)
		w.wants(before.ID, 0, wire.Replayed, wire.Replayed)
		if h := w.c.hellos[len(w.c.hellos)-1]; h.Counter != late.Counter {
			t.Errorf("hello says that counter %d was seen, want %d", h.Counter, late.Counter)
		}
	})
}

func TestCommandTimes(t *testing.T) {
	for name, c := range map[string]struct {
		k      func(k *wire.Command)
		trust  smartbox.Trust
		skew   time.Duration
		times  int
		reason smartbox.Reason
		want   []wire.Outcome
	}{
		"now":                           {func(*wire.Command) {}, smartbox.ClockSynced, 0, 1, 0, []wire.Outcome{wire.Done}},
		"by a battery clock":            {func(*wire.Command) {}, smartbox.ClockRTC, 0, 1, 0, []wire.Outcome{wire.Done}},
		"expired":                       {func(k *wire.Command) { k.Expires = in(-time.Millisecond) }, smartbox.ClockSynced, 0, 0, smartbox.TimedOut, []wire.Outcome{wire.Expired}},
		"for longer than 30 s":          {func(k *wire.Command) { k.Expires = in(time.Minute) }, smartbox.ClockSynced, 0, 0, smartbox.NotAllowed, []wire.Outcome{wire.Refused}},
		"the clock is not trusted":      {func(*wire.Command) {}, smartbox.ClockUntrusted, 0, 0, smartbox.ClockNotTrusted, []wire.Outcome{wire.Refused}},
		"the clock is an hour ahead":    {func(*wire.Command) {}, smartbox.ClockSynced, time.Hour, 0, smartbox.TimedOut, []wire.Outcome{wire.Expired}},
		"the clock is an hour behind":   {func(*wire.Command) {}, smartbox.ClockSynced, -time.Hour, 0, smartbox.NotAllowed, []wire.Outcome{wire.Refused}},
		"the clock is forty years back": {func(*wire.Command) {}, smartbox.ClockSynced, -40 * 365 * 24 * time.Hour, 0, smartbox.NotAllowed, []wire.Outcome{wire.Refused}},
		"due in 5 s": {
			func(k *wire.Command) { k.NotBefore, k.Expires = in(5*time.Second), in(15*time.Second) },
			smartbox.ClockSynced, 0, 1, 0,
			[]wire.Outcome{wire.NotBefore, wire.Done},
		},
		"due the day after tomorrow": {
			func(k *wire.Command) { k.NotBefore, k.Expires = in(48*time.Hour), in(48*time.Hour+time.Second) },
			smartbox.ClockSynced, 0, 0, smartbox.NotAllowed,
			[]wire.Outcome{wire.Refused},
		},
		"release in a minute": {func(k *wire.Command) {
			k.Type, k.Slot, k.NotBefore, k.Expires = wire.CommandRelease, 0, in(time.Minute), in(2*time.Minute)
		}, smartbox.ClockSynced, 0, 1, 0, []wire.Outcome{wire.NotBefore, wire.Done}},
		"not timed, and the clock is not trusted": {
			func(k *wire.Command) { k.Type, k.Slot, k.Expires = wire.CommandHello, 0, 0 },
			smartbox.ClockUntrusted, 0, 0, 0,
			[]wire.Outcome{wire.Done},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, 20, func(w world) {
				w.x.clock.trust, w.x.clock.skew = c.trust, c.skew
				w.ready()
				k := w.c.open(c.k)
				pass(2 * time.Minute)
				w.wants(k.ID, c.times, c.want...)
				last := w.c.answers[k.ID][len(w.c.answers[k.ID])-1]
				if last.Reason != c.reason {
					t.Errorf("reason %s, want %s", last.Reason, c.reason)
				}
				// What was refused stays refused, whatever the clock shows when it comes again.
				w.x.clock.mu.Lock()
				w.x.clock.trust, w.x.clock.skew = smartbox.ClockSynced, -2*time.Minute
				w.x.clock.mu.Unlock()
				w.say(&k)
				pass(time.Minute)
				w.wants(k.ID, c.times, append(c.want, last.Outcome)...)
			})
		})
	}
}

// TestTwoSteps: the order waits for the button at the box, and for no longer than it holds.
func TestTwoSteps(t *testing.T) {
	for name, c := range map[string]struct {
		press bool
		want  wire.Outcome
	}{"pressed": {true, wire.Done}, "not pressed": {false, wire.Expired}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, 20, func(w world) {
				button := make(chan struct{})
				w.x.hands.act = func(ctx context.Context, o Order) (wire.Outcome, smartbox.Reason) {
					if !o.Command.AtBox || o.Actor != "cmd:00000000000003e9" {
						t.Errorf("order %+v", o)
					}
					o.Waiting()
					select {
					case <-button:
						return wire.Done, 0
					case <-ctx.Done():
						return 0, 0
					}
				}
				w.ready()
				k := w.c.open(func(k *wire.Command) { k.AtBox = true })
				pass(10 * time.Second)
				w.wants(k.ID, 1, wire.Waiting)
				w.say(&k) // again, while it waits
				pass(time.Second)
				w.wants(k.ID, 1, wire.Waiting)
				if c.press {
					close(button)
				}
				pass(15 * time.Second)
				w.wants(k.ID, 1, wire.Waiting, c.want)
			})
		})
	}
}

// TestPowerCutInTheMiddle: the power goes after the command is on record and before it is done, or before its answer.
func TestPowerCutInTheMiddle(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.ready()
		k := w.c.open(func(k *wire.Command) { k.Expires = in(25 * time.Second) })
		pass(time.Second)
		w.x.halt()
		// The state of the disk as it is when the power goes between Begin and End.
		w.x.open()
		cut := k
		cut.ID, cut.Counter = 900, k.Counter+1
		if err := w.x.ledger.Begin(Record{ID: cut.ID, Counter: cut.Counter}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.x.know.Close(), w.x.log.Close()); err != nil {
			t.Fatal(err)
		}
		w.x.start()
		pass(5 * time.Second)
		w.say(&cut)
		w.say(&k)
		pass(time.Second)
		w.wants(cut.ID, 0, wire.Unknown)
		w.wants(k.ID, 1, wire.Done, wire.Done)
	})
}

// brokenLedger does not take what comes.
type brokenLedger struct{ Ledger }

func (brokenLedger) Begin(Record) error { return errors.New("disk full") }

func TestNoOrderWithoutItsRecord(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.x.tune = func(o *Options) { o.Ledger = brokenLedger{o.Ledger} }
		w.ready()
		k := w.c.open(nil)
		pass(time.Second)
		w.wants(k.ID, 0, wire.Refused)
		if w.c.answers[k.ID][0].Reason != smartbox.RecordFailed {
			t.Errorf("reason %s", w.c.answers[k.ID][0].Reason)
		}
	})
}

func TestTooManyOrdersAtOnce(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.x.hands.act = func(ctx context.Context, _ Order) (wire.Outcome, smartbox.Reason) {
			<-ctx.Done()
			return wire.Failed, smartbox.DoorStayedShut
		}
		w.ready()
		var last wire.Command
		for range mostAtOnce + 1 {
			last = w.c.open(nil)
		}
		pass(time.Second)
		w.wants(last.ID, 0, wire.Refused)
		pass(time.Minute)
		w.x.hands.act = nil
		k := w.c.open(nil)
		pass(time.Second)
		w.wants(k.ID, 1, wire.Done)
	})
}

// TestStopWhileAnOrderRuns: the agent ends although an order is being carried out, and the order is not begun again.
func TestStopWhileAnOrderRuns(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.x.hands.act = func(ctx context.Context, _ Order) (wire.Outcome, smartbox.Reason) {
			<-ctx.Done()
			return 0, 0
		}
		w.ready()
		k := w.c.open(nil)
		pass(time.Second)
		w.x.halt()
		w.x.start()
		pass(time.Second)
		w.say(&k)
		pass(time.Second)
		if got := w.c.outcomes(k.ID); w.x.hands.times(k.ID) != 1 || got[len(got)-1] != wire.Failed {
			t.Errorf("carried out %d times, answered %v", w.x.hands.times(k.ID), got)
		}
	})
}

func TestConfig(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.x.tune = func(o *Options) {
			o.Telemetry = func() wire.Telemetry { return wire.Telemetry{Uptime: 5} }
		}
		w.ready()
		pass(10*time.Minute + time.Second)
		slow := len(w.c.tel)
		if slow < 10 || slow > 12 {
			t.Errorf("telemetry %d times in ten minutes", slow)
		}
		debug := true
		k := w.c.command(wire.Command{Type: wire.CommandConfig, Config: &wire.Config{TelemetryEvery: 10, Debug: &debug}})
		pass(10*time.Minute + time.Second)
		w.wants(k.ID, 1, wire.Done)
		if fast := len(w.c.tel) - slow; fast < 54 || fast > 62 {
			t.Errorf("telemetry %d times in ten minutes at every ten seconds", fast)
		}
	})
}
