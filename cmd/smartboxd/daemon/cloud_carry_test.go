package daemon_test

import (
	"context"
	"errors"
	"testing"

	"smartbox"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/sync/agent"
	"smartbox/sync/wire"
)

// TestOrdersOfTheCloud: a slot opens by order, with who ordered it on record before; in two steps only once the button
// at the box was pressed; and what cannot be done here is refused.
func TestOrdersOfTheCloud(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	carry := func(ctx context.Context, k wire.Command, waiting func()) wire.Outcome {
		out, reason := daemon.CarryOut(ctx, h.d, agent.Order{Command: k, Actor: "cmd:000000000000002a", Waiting: waiting})
		t.Logf("%s: %s, %s", k.Type, out, reason)
		return out
	}
	open := func(n int) wire.Command { return wire.Command{Type: wire.CommandOpen, Slot: slotID(n)} }

	if out := carry(t.Context(), open(3), nil); out != wire.Done {
		t.Fatalf("open: %s", out)
	}
	if e := h.wait(smartbox.SlotAuthorised); e.Actor != "cmd:000000000000002a" {
		t.Errorf("authorised by %q", e.Actor)
	}
	h.until("door 3 open", func() bool { return h.door(3).Open })
	h.do(h.cab.ShutDoor(slotID(3)))
	h.wait(smartbox.SlotClosed)

	two := open(4)
	two.AtBox = true
	pressed := func() { h.do(h.cab.Press("#")) }
	if out := carry(t.Context(), two, pressed); out != wire.Done {
		t.Fatalf("open in two steps: %s", out)
	}
	h.until("door 4 open", func() bool { return h.door(4).Open })
	h.do(h.cab.ShutDoor(slotID(4)))
	h.wait(smartbox.SlotClosed)

	two.Slot = slotID(5)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if out := carry(ctx, two, cancel); out != wire.Expired || h.door(5).Open {
		t.Errorf("nobody pressed the button: %s, door open %t", out, h.door(5).Open)
	}
	if out := carry(t.Context(), wire.Command{Type: wire.CommandOpen, Slot: 12345}, nil); out != wire.Refused {
		t.Errorf("no such slot: %s", out)
	}
	if out := carry(t.Context(), wire.Command{Type: wire.CommandUpdate}, nil); out != wire.Refused {
		t.Errorf("update: %s", out)
	}
	if out := carry(t.Context(), wire.Command{Type: wire.CommandMaintenance}, nil); out != wire.Done {
		t.Errorf("maintenance: %s", out)
	}
	h.wait(smartbox.MaintenanceBegun)
	if out := carry(t.Context(), wire.Command{Type: wire.CommandEndMaintenance}, nil); out != wire.Done {
		t.Errorf("end of maintenance: %s", out)
	}
	h.wait(smartbox.MaintenanceEnded)
}

// TestReboot: ordered to start anew, the daemon answers first, then ends in good order and says why.
func TestReboot(t *testing.T) {
	h := newHouse(t)
	h.do(h.open())
	ended := make(chan error, 1)
	go func() { ended <- h.d.Run(t.Context()) }()
	<-h.d.Ready()
	if out, _ := daemon.CarryOut(t.Context(), h.d, agent.Order{Command: wire.Command{Type: wire.CommandReboot}}); out != wire.Done {
		t.Fatalf("reboot: %s", out)
	}
	if err := <-ended; !errors.Is(err, daemon.ErrRestart) {
		t.Errorf("the daemon ended with %v", err)
	}
	h.do(h.cab.Close())
}
