package fleet_test

import (
	"errors"
	"testing"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/fleet"
	"smartbox/sync/wire"
)

func (w *world) order(l *light, c wire.Command) directory.CommandID {
	w.tb.Helper()
	cmd, err := fleet.NewCommand(l.id, c, "a test", time.Now(), 0)
	w.must(err)
	cmd, err = w.service.Enqueue(w.tb.Context(), w.admin, cmd)
	w.must(err)
	return cmd.ID
}

func (w *world) command(id directory.CommandID) directory.Command {
	w.tb.Helper()
	c, err := w.service.Commands.Get(w.tb.Context(), w.admin, id)
	w.must(err)
	return c
}

func TestCommands(t *testing.T) {
	w := newWorld(t)
	w.start()
	l := w.box("Yard")
	l.connect(w.broker.Addr())
	w.inForce(l)
	slot := l.snap.Slots[0].ID
	open := wire.Command{Type: wire.CommandOpen, Slot: slot, User: w.admin.Member}

	done := w.order(l, open)
	until(t, "done", func() bool { return w.command(done).State == directory.CommandDone })
	l.mu.Lock()
	got := l.cmds[0]
	l.answer = wire.Refused
	l.mu.Unlock()
	if got.Counter != 1 || got.Slot != slot || got.User != w.admin.Member || got.Expires == 0 ||
		time.Until(got.Expires.Time()) > wire.MaxOpen {
		t.Errorf("%+v", got)
	}
	refused := w.order(l, wire.Command{Type: wire.CommandReboot})
	until(t, "failed", func() bool { return w.command(refused).State == directory.CommandFailed })
	if r := w.command(refused).Result; r != "refused" {
		t.Errorf("result %q", r)
	}

	// No answer: it is sent again, as the same command with the same counter, until there is one.
	l.mu.Lock()
	l.answer, l.cmds = 0, nil
	l.mu.Unlock()
	id := w.order(l, open)
	repeated := func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.cmds) >= 2
	}
	until(t, "sent again", func() bool { w.fleet.Load().Changed(l.id); return repeated() })
	l.mu.Lock()
	first, second := l.cmds[0], l.cmds[1]
	l.mu.Unlock()
	if first.ID != second.ID || first.Counter != second.Counter || first.ID != uint64(id) {
		t.Errorf("%+v, then %+v", first, second)
	}
	l.say(&wire.Response{ID: uint64(id), Counter: first.Counter, Outcome: wire.Waiting})
	l.say(&wire.Response{ID: uint64(id), Counter: first.Counter, Outcome: wire.Done})
	l.say(&wire.Response{ID: uint64(id), Counter: first.Counter, Outcome: wire.Failed}) // too late to change anything
	l.say(&wire.Response{ID: 12345, Counter: 9, Outcome: wire.Done})                    // of nobody's command
	until(t, "done", func() bool { return w.command(id).State == directory.CommandDone })

	// One for a box that is away goes when it comes.
	l.cut()
	l.mu.Lock()
	l.answer = wire.Done
	l.mu.Unlock()
	away := w.order(l, wire.Command{Type: wire.CommandMaintenance})
	l.connect(w.broker.Addr())
	until(t, "done", func() bool { return w.command(away).State == directory.CommandDone })
}

// TestForeignAnswer has another box answer.
func TestForeignAnswer(t *testing.T) {
	w := newWorld(t)
	w.start()
	l, evil := w.box("Yard"), w.box("Evil")
	l.answer = 0
	l.connect(w.broker.Addr())
	evil.connect(w.broker.Addr())
	w.inForce(l, evil)
	id := w.order(l, wire.Command{Type: wire.CommandReboot})
	until(t, "sent", func() bool { return w.command(id).State == directory.CommandSent })
	evil.say(&wire.Response{ID: uint64(id), Counter: 1, Outcome: wire.Done})
	w.rename(evil.id, "later")
	w.inForce(evil) // what it said before was heard
	if s := w.command(id).State; s != directory.CommandSent {
		t.Errorf("state %d", s)
	}
}

func TestNewCommandRefuses(t *testing.T) {
	for name, c := range map[string]wire.Command{
		"open without a slot": {Type: wire.CommandOpen},
		"a slot for a reboot": {Type: wire.CommandReboot, Slot: smartbox.MustID[smartbox.Slot]("s")},
		"nothing":             {},
		"an update by http":   {Type: wire.CommandUpdate, Update: &wire.Update{Version: "1", Size: 1, URL: "http://x/y"}},
	} {
		if _, err := fleet.NewCommand(boxID("b"), c, "why", time.Now(), 0); !errors.Is(err, fleet.ErrCommand) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
