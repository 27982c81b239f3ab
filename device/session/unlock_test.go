package session_test

import (
	"slices"
	"testing"

	"smartbox"
	"smartbox/device/session"
)

// TestUnlock: a signed order of the cloud opens a slot outside maintenance, recorded first, and never one that is in use.
func TestUnlock(t *testing.T) {
	c := newCabinet(t, nil)
	c.do(session.Order{ID: 1, Kind: session.OrderUnlock, Slot: slots[1], Actor: "cmd:29"})
	c.opens(2)
	c.do(session.Order{ID: 2, Kind: session.OrderUnlock, Slot: slots[1], Actor: "cmd:2a"})
	c.do(session.Order{ID: 3, Kind: session.OrderUnlock, Slot: 12345, Actor: "cmd:2b"})
	c.do(session.Order{ID: 4, Kind: session.OrderOpen, Slot: slots[2], Actor: "uid:0"})
	c.door(2, true)
	c.door(2, false)
	c.tells("slot-authorised owner-order", "slot-opened", "slot-closed owner-order")
	want := []session.Answered{
		{ID: 1, Reason: smartbox.Granted},
		{ID: 2, Reason: smartbox.SlotBusy},
		{ID: 3, Reason: smartbox.SlotRetired},
		{ID: 4, Reason: smartbox.NotAllowed},
	}
	if !slices.Equal(c.answered, want) {
		t.Errorf("answers %v, want %v", c.answered, want)
	}
}
