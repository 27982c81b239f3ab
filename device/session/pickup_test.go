package session_test

import (
	"errors"
	"testing"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
)

func TestPickupOfTheOnlyKey(t *testing.T) {
	c := newCabinet(t, nil)
	c.shows("Depot box", "Enter code or", "tap badge")
	c.keys("22")
	c.shows("Code:", "**")
	c.keys("22#")
	c.tells("pickup-authorised bert van-1")
	c.opens(1)
	c.shows("Door 1", "Take Van 1", "and close the door")
	c.take(1)
	c.tells("pickup-taken bert van-1")
	c.where(van1, "bert")
	c.shows("Thank you", "You have Van 1")
	c.wait(5 * time.Second)
	c.shows("Depot box", "Enter code or", "tap badge")
}

func TestChoiceAmongSeveral(t *testing.T) {
	c := newCabinet(t, nil)
	c.tap(badge(1))
	c.shows("Choose", "1 Van 1", "2 Van 2")
	c.keys("2")
	c.opens(2)
	c.take(2)
	c.tells("pickup-authorised anna van-2", "pickup-taken anna van-2")
	c.keys("1234#")
	c.shows("Choose", "1 return Van 2", "2 Van 1", "3 hand over Van 2")
	c.keys("*")
	c.shows("Depot box", "Enter code or", "tap badge")
	c.tells()
}

func TestClosedWithoutTaking(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.door(1, true)
	c.door(1, false)
	c.wait(2 * time.Second)
	c.tells("pickup-authorised bert van-1", "pickup-not-taken bert van-1 cancelled")
	c.where(van1, "s1")
	c.shows("Not taken:", "Van 1")
}

func TestAKeySensorMayLagBehindTheDoor(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.door(1, true)
	c.door(1, false)
	c.wait(500 * time.Millisecond)
	c.key(1, false)
	c.tells("pickup-authorised bert van-1", "pickup-taken bert van-1")
}

func TestNextPersonWhileADoorStandsOpen(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.door(1, true)
	c.keys("1234#")
	c.shows("Choose", "1 Van 1", "2 Van 2")
	c.keys("1") // in Bert's hands
	c.tells("pickup-authorised bert van-1", "access-refused anna van-1 slot-busy")
	c.keys("1234#2")
	c.opens(1, 2)
	c.take(2)
	c.key(1, false)
	c.door(1, false)
	c.tells("pickup-authorised anna van-2", "pickup-taken anna van-2", "pickup-taken bert van-1")
}

func TestDoorLeftOpen(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.door(1, true)
	c.key(1, false)
	c.wait(59 * time.Second)
	c.tells("pickup-authorised bert van-1")
	c.wait(2 * time.Second)
	c.tells("door-left-open bert van-1")
	c.shows("Depot box", "Enter code or", "tap badge", "Please close door 1")
	if c.lamps[slots[0]] != device.LightBlink {
		t.Errorf("lamp %v, want blink", c.lamps[slots[0]])
	}
	c.door(1, false)
	c.tells("door-shut bert van-1", "pickup-taken bert van-1")
}

func TestAContactThatLiesDoesNotKeepTheSlot(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.door(1, true)
	c.key(1, false)
	c.wait(16 * time.Minute)
	c.tells("pickup-authorised bert van-1", "door-left-open bert van-1", "pickup-taken bert van-1")
	c.forget()
	c.tap(fob(1))
	c.opens(7 + 1) // 7 is the spare's own
	c.put(8)
	c.tells("dropoff-authorised bert van-1", "dropoff-returned bert van-1")
}

func TestJamAndTryAgain(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.wait(8 * time.Second)
	c.shows("Door 1 did not open", "Press # to try again")
	c.keys("#")
	c.opens(1, 1)
	c.door(1, true)
	c.tells("pickup-authorised bert van-1", "lock-jammed bert van-1 door-stayed-shut", "pickup-authorised bert van-1", "lock-freed")
	c.key(1, false)
	c.door(1, false)
	c.tells("pickup-taken bert van-1")
}

func TestThreeTriesAreAll(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	for range 2 {
		c.wait(8 * time.Second)
		c.keys("#")
	}
	c.wait(8 * time.Second)
	c.keys("#")
	c.opens(1, 1, 1)
	if n := len(c.events); n != 7 {
		t.Errorf("%d events: %v", n, c.story())
	}
	if last := c.events[len(c.events)-1]; last.Kind != smartbox.PickupNotTaken || last.Reason != smartbox.DoorStayedShut {
		t.Errorf("last event %v", c.story())
	}
}

func TestJamWithNobodyThere(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.tap(badge(1))
	c.wait(9 * time.Second)
	c.tells("pickup-authorised bert van-1", "lock-jammed bert van-1 door-stayed-shut", "pickup-not-taken bert van-1 door-stayed-shut")
}

func TestADeadLockBoardTakesItsSlotOut(t *testing.T) {
	c := newCabinet(t, nil)
	c.dead[slots[0]] = device.ErrDead
	c.keys("2222#")
	c.tells("pickup-authorised bert van-1", "unlock-failed bert van-1 slot-down", "pickup-not-taken bert van-1 slot-down")
	c.keys("2222#")
	c.tells("access-refused bert van-1 slot-down")
	c.keys("1234#2")
	c.take(2)
	c.tells("pickup-authorised anna van-2", "pickup-taken anna van-2")
	delete(c.dead, slots[0])
	c.do(session.Sensed{Event: device.Health{Part: smartbox.PartLocks, Name: "mcp23017@0x20", Slots: slots[:4]}})
	c.keys("2222#")
	c.take(1)
	c.tells("pickup-authorised bert van-1", "pickup-taken bert van-1")
}

func TestSlotsWithoutSensors(t *testing.T) {
	bare := []device.SlotWiring{{Slot: slots[0]}, {Slot: slots[1], Contact: true}, {Slot: slots[2]}, {Slot: slots[3]}}
	c := newCabinet(t, nil, bare...)
	c.keys("2222#")
	c.wait(9 * time.Second)
	c.tells("pickup-authorised bert van-1")
	c.wait(2 * time.Second)
	c.tells("pickup-taken bert van-1 assumed")
	c.keys("1234#1")
	c.door(2, true)
	c.door(2, false)
	c.tells("pickup-authorised anna van-2", "pickup-taken anna van-2 assumed")
}

func TestDeadSensorsDoNotBlock(t *testing.T) {
	c := newCabinet(t, nil)
	c.do(session.Sensed{Event: device.Health{Part: smartbox.PartSensors, Name: "x", Slots: slots, Err: device.ErrDead}})
	c.tells("part-down")
	c.keys("2222#")
	c.wait(11 * time.Second)
	c.tells("pickup-authorised bert van-1", "pickup-taken bert van-1 assumed")
	c.where(van1, "bert")
}

func TestWithoutARecordNoPickupButEveryReturn(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.take(1)
	c.forget()
	c.disk = errors.New("disk full")
	c.keys("1234#")
	c.opens()
	c.tells("pickup-authorised anna van-2", "record-broken", "pickup-not-taken anna van-2 record-failed")
	c.shows("Cannot record", "Returns only")
	c.keys("1234#")
	c.tells("access-refused anna record-failed")
	c.tap(fob(1))
	c.opens(1)
	c.put(1)
	c.tells("dropoff-authorised bert van-1", "dropoff-returned bert van-1")
	c.where(van1, "s1")
	c.disk = nil
	c.do(session.RecordHealth{})
	c.tells("record-mended")
	c.keys("2222#")
	c.opens(1)
}

func TestTheOwnerMayLetPickupsThroughUnrecorded(t *testing.T) {
	c := newCabinet(t, func(s *smartbox.Snapshot) { s.Box.Policy.AllowUnrecorded = true })
	c.disk = errors.New("disk full")
	c.keys("2222#")
	c.opens(1)
	c.take(1)
	c.tells("pickup-authorised bert van-1", "record-broken", "pickup-taken bert van-1 allowed-unrecorded")
}

func TestAHungDiskIsABrokenRecord(t *testing.T) {
	c := newCabinet(t, nil)
	c.hang = true
	c.keys("2222#")
	c.shows("One moment")
	c.wait(6 * time.Second)
	c.opens()
	c.tells("pickup-authorised bert van-1", "record-broken", "pickup-not-taken bert van-1 record-failed")
	late := c.pending[0]
	c.hang = false
	c.do(session.Recorded{Ticket: late.Ticket, Seq: 9})
	c.opens() // late is not fresh
	c.tells("record-mended")
}

func TestAtMostTwoCoils(t *testing.T) {
	c := newCabinet(t, nil)
	c.slow = true
	c.keys("2222#")
	c.keys("1234#2")
	c.keys("9009#6")
	c.opens(1, 2)
	c.on = c.on[1:]
	c.do(session.Unlocked{Slot: slots[0]})
	c.opens(3)
}
