package session_test

import (
	"errors"
	"testing"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
)

func TestMaintenanceAtThePanel(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("9009#*")
	c.shows("Service    (* back)", "1 maintenance on", "2 open a slot", "3 emergency release")
	c.keys("2")
	c.shows("Maintenance first: 1")
	c.keys("1")
	c.tells("maintenance-begun chris owner-order")
	c.wait(5 * time.Second)
	c.shows("Depot box", "Out of service", "Maintenance")
	c.keys("2222#")
	c.tells("access-refused bert under-maintenance")
	c.keys("9009#*2")
	c.keys("2#")
	c.opens(2)
	c.door(2, true)
	c.door(2, false)
	c.tells("slot-authorised chris owner-order", "slot-opened chris", "slot-closed chris owner-order")
	c.keys("9009#*1")
	c.tells("maintenance-ended chris owner-order")
}

func TestReturnsInMaintenance(t *testing.T) {
	c := bertHasVan1(t)
	c.do(session.Order{ID: 1, Kind: session.OrderMaintenance, Actor: "uid:0"})
	c.tells("maintenance-begun owner-order")
	c.tap(fob(1))
	c.put(1)
	c.tells("dropoff-authorised bert van-1", "dropoff-returned bert van-1")
}

func TestOrders(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("1")
	c.do(session.Order{ID: 1, Kind: session.OrderMaintenance})
	c.keys("*")
	c.do(session.Order{ID: 2, Kind: session.OrderOpen, Slot: slots[1]})
	c.do(session.Order{ID: 3, Kind: session.OrderMaintenance})
	c.do(session.Order{ID: 4, Kind: session.OrderOpen, Slot: slots[1]})
	c.do(session.Order{ID: 5, Kind: session.OrderOpen, Slot: slots[1]})
	c.do(session.Order{ID: 6, Kind: session.OrderOpen, Slot: 12345})
	c.disk = errors.New("disk full")
	c.do(session.Order{ID: 7, Kind: session.OrderOpen, Slot: slots[2]})
	c.opens(2)
	want := []smartbox.Reason{
		smartbox.SlotBusy, smartbox.NotAllowed, smartbox.Granted, smartbox.Granted, smartbox.SlotBusy, smartbox.SlotRetired,
		smartbox.RecordFailed,
	}
	for i, r := range want {
		if i >= len(c.answered) || c.answered[i] != (session.Answered{ID: uint64(i + 1), Reason: r}) {
			t.Fatalf("answers %v, want %v", c.answered, want)
		}
	}
}

func TestEmergencyRelease(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("9009#*3")
	c.shows("Open ALL slots?", "Enter code again", "")
	c.keys("1234#")
	c.opens()
	c.tells("access-refused chris wrong-pin")
	c.slow = true
	c.keys("9009#*3")
	c.keys("9009#")
	for i := range slots {
		if len(c.pulses) != i+1 {
			t.Fatalf("%d locks moved after %d pulses", len(c.pulses), i)
		}
		c.on = nil
		c.do(session.Unlocked{Slot: c.pulses[i]})
	}
	c.opens(1, 2, 3, 4, 5, 6, 7, 8)
	if n := len(c.events); n != 10 || c.events[0].Kind != smartbox.ReleaseBegun || c.events[9].Kind != smartbox.ReleaseEnded {
		t.Errorf("events %v", c.story())
	}
}

func TestForcedDoor(t *testing.T) {
	c := newCabinet(t, nil)
	c.door(1, true)
	c.tells("door-forced")
	c.key(1, false)
	c.keys("8")
	if n := len(c.sounds); n != 1 || c.sounds[0] != device.SoundAlarm {
		t.Errorf("sounds %v: nothing may end the alarm", c.sounds)
	}
	c.keys("*")
	c.door(1, false)
	c.tells("door-shut", "discrepancy-found van-1 sensor-disagrees")
	c.where(van1, "in doubt")
	if c.sounds[len(c.sounds)-1] != device.Silence {
		t.Errorf("sounds %v", c.sounds)
	}
}

func TestKeysThatGoAndComeBehindAShutDoor(t *testing.T) {
	c := newCabinet(t, nil)
	c.key(1, false)
	c.tells("key-missing van-1 sensor-disagrees")
	c.where(van1, "in doubt")
	c.key(1, true) // the sensor had blinked: nobody opened the door
	c.tells("discrepancy-solved van-1 sensor-disagrees")
	c.where(van1, "s1")
	c.key(8, true)
	c.tells("key-unexpected sensor-disagrees")
}

func TestWrongKeyByItsOwnFob(t *testing.T) {
	w := wiring()
	for i := range w {
		w[i].KeyID = true
	}
	c := newCabinet(t, nil, w...)
	c.keys("2222#")
	c.take(1)
	c.keys("1234#")
	c.take(2)
	c.forget()
	c.tap(fob(1))
	c.door(1, true)
	c.do(session.Sensed{Event: device.KeySensed{Slot: slots[0], Present: true, Fob: fob(2)}})
	c.door(1, false)
	c.wait(2 * time.Second)
	c.tells("dropoff-authorised bert van-1", "key-wrong bert van-2 sensor-disagrees",
		"dropoff-not-returned bert van-1 sensor-disagrees", "discrepancy-solved van-2 sensor-disagrees")
	c.where(van1, "bert")
	c.where(van2, "s1")
}

func TestBoltThatStaysOut(t *testing.T) {
	w := wiring()
	w[0].LockSensor = true
	c := newCabinet(t, nil, w...)
	c.do(session.Sensed{Event: device.Bolt{Slot: slots[0], Home: false}})
	c.wait(3 * time.Second)
	c.tells("lock-jammed sensor-disagrees")
	c.do(session.Sensed{Event: device.Bolt{Slot: slots[0], Home: true}})
	c.tells("lock-freed")
}

func TestOverdueOffline(t *testing.T) {
	c := bertHasVan1(t)
	c.wait(8*time.Hour - time.Second)
	c.tells()
	c.wait(2 * time.Second)
	c.tells("key-overdue bert van-1")
	c.wait(24 * time.Hour)
	c.tells()
}

func TestNoReminderAfterTheReturn(t *testing.T) {
	c := bertHasVan1(t)
	c.tap(fob(1))
	c.put(1)
	c.forget()
	c.wait(24 * time.Hour)
	c.tells()
}

func TestPowerReserve(t *testing.T) {
	c := bertHasVan1(t)
	c.wait(5 * time.Second)
	c.do(session.Sensed{Event: device.Supply{Percent: 80}})
	c.do(session.Sensed{Event: device.Supply{Percent: 9, Low: true}})
	c.tells("mains-lost", "battery-low")
	c.shows("Depot box", "Enter code or", "tap badge", "Returns only")
	c.keys("1234#")
	c.tells("access-refused anna battery-too-low")
	c.tap(fob(1))
	c.put(1)
	c.tells("dropoff-authorised bert van-1", "dropoff-returned bert van-1")
	c.do(session.Sensed{Event: device.Supply{Mains: true, Percent: 20}})
	c.tells("mains-back", "battery-good")
}

func TestTamper(t *testing.T) {
	c := newCabinet(t, nil)
	c.do(session.Sensed{Event: device.Tamper{Open: true}})
	c.do(session.Sensed{Event: device.Tamper{Open: true}})
	c.do(session.Sensed{Event: device.Tamper{}})
	c.tells("tamper-opened", "tamper-closed")
	if len(c.sounds) != 2 || c.sounds[0] != device.SoundAlarm || c.sounds[1] != device.Silence {
		t.Errorf("sounds %v", c.sounds)
	}
}

func TestAPowerCutInAnExchange(t *testing.T) {
	for _, x := range []struct {
		name  string
		there bool
		want  string
		place string
	}{
		{"the key is there", true, "pickup-not-taken bert van-1 power-cut", "s1"},
		{"the key is gone", false, "discrepancy-found bert van-1 power-cut", "in doubt"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newCabinet(t, nil)
			c.keys("2222#")
			c.m = session.New(session.Config{Boot: 2, Slots: wiring(), Book: c.m.Book().Clone()})
			c.forget()
			c.do(session.Tick{})
			c.do(session.Applied{View: c.view})
			c.door(1, false)
			c.key(1, x.there)
			c.tells("started", x.want)
			c.where(van1, x.place)
			c.opens()
		})
	}
}

func TestADoorFoundOpenAfterAStart(t *testing.T) {
	c := newCabinet(t, nil)
	c.m = session.New(session.Config{Boot: 2, Slots: wiring(), Book: c.m.Book().Clone()})
	c.forget()
	c.do(session.Applied{View: c.view})
	c.door(1, true)
	c.key(1, false)
	c.door(1, false)
	c.tells("started", "door-left-open", "door-shut", "discrepancy-found van-1 sensor-disagrees")
	c.opens()
}

func TestASnapshotIsOnRecordOnce(t *testing.T) {
	c := newCabinet(t, nil)
	c.do(session.Applied{View: c.view, Confirmed: smartbox.StampOf(noon)})
	c.do(session.Refused{Reason: smartbox.SignatureWrong})
	c.tells("snapshot-refused signature-wrong")
	if got := c.m.Book().Synced; got != smartbox.StampOf(noon) {
		t.Errorf("synced %v", got)
	}
}

func TestStopIsTheLastEvent(t *testing.T) {
	c := newCabinet(t, nil)
	c.do(session.Stop{})
	c.keys("2222#")
	c.tells("stopped")
}

// A door that jams and gives way when nobody waits for it any more: what hangs there then may well be the key that was to
// come back, and the box says neither that it is nor that she still has it.
func TestAKeyPutInAfterItsReturnWasGivenUp(t *testing.T) {
	c := bertHasVan1(t)
	c.tap(fob(1))
	c.opens(1)
	c.wait(5 * time.Minute)
	c.tells(
		"dropoff-authorised bert van-1", "lock-jammed bert van-1 door-stayed-shut", "dropoff-not-returned bert van-1 door-stayed-shut",
	)
	c.where(van1, "bert")
	c.put(1)
	c.tells("door-forced", "door-shut", "discrepancy-found van-1 sensor-disagrees")
	c.where(van1, "in doubt")
}

// Not so where the key went elsewhere meanwhile.
func TestAnUnknownThingIsNotAKeyThatCameBack(t *testing.T) {
	c := bertHasVan1(t)
	c.tap(fob(1))
	c.wait(5 * time.Minute)
	c.tap(fob(1))
	c.opens(1, 8) // the jammed slot is the second choice
	c.put(8)
	c.where(van1, "s8")
	c.forget()
	c.put(1)
	c.tells("door-forced", "door-shut", "discrepancy-found sensor-disagrees") // of no key
	c.where(van1, "s8")
}

// An emergency release does not pass by a door that just stayed shut and waits for a person to try again.
func TestReleaseOpensADoorThatStayedShut(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.wait(11 * time.Second)
	c.shows("Door 1 did not open", "Press # to try again")
	c.opens(1)
	c.do(session.Order{ID: 1, Kind: session.OrderRelease, Actor: "uid:0"})
	c.opens(2, 3, 4, 5, 6, 7, 8, 1)
	c.where(van1, "s1")
}

// The lock against guessing outlives a power cut, whatever exchange of before ends meanwhile.
func TestAnEarlierExchangeDoesNotForgetGuesses(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.door(1, true)
	c.key(1, false)
	for range 5 {
		c.keys("8888#")
		c.wait(10 * time.Second)
	}
	c.door(1, false)
	c.where(van1, "bert")
	c.m = session.New(session.Config{Boot: 2, Slots: wiring(), Book: c.m.Book().Clone()})
	c.boot()
	c.keys("1")
	c.shows("Too many wrong codes", "Try again in 1 min")
}

// A release comes back to a slot whose lock had just moved for a person, should that door then jam.
func TestReleaseComesBackToADoorThatJamsMeanwhile(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.opens(1)
	c.do(session.Order{ID: 1, Kind: session.OrderRelease, Actor: "uid:0"})
	c.opens(2, 3, 4, 5, 6, 7, 8)
	if !c.m.Status().Releasing {
		t.Error("the release ended before door 1 was seen to open")
	}
	c.wait(11 * time.Second)
	c.opens(1)
	if last := c.events[len(c.events)-1]; last.Kind != smartbox.ReleaseEnded || c.m.Status().Releasing {
		t.Errorf("the release did not end: %v", c.story())
	}
}

// Not where it opens: the person who takes her key there does not find the lock moving once more.
func TestReleaseLeavesADoorThatOpensMeanwhile(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.do(session.Order{ID: 1, Kind: session.OrderRelease, Actor: "uid:0"})
	c.opens(1, 2, 3, 4, 5, 6, 7, 8)
	c.door(1, true)
	if last := c.events[len(c.events)-1]; last.Kind != smartbox.ReleaseEnded {
		t.Errorf("the release goes on: %v", c.story())
	}
	c.key(1, false)
	c.door(1, false)
	c.wait(time.Minute)
	c.opens()
	c.where(van1, "bert")
}

// Nor is it so where a power cut gave the return up: what appears in the slot afterwards may well be the key.
func TestAKeyPutInAfterAPowerCutEndedItsReturn(t *testing.T) {
	c := bertHasVan1(t)
	c.tap(fob(1))
	c.m = session.New(session.Config{Boot: 2, Slots: wiring(), Book: c.m.Book().Clone()})
	c.forget()
	c.do(session.Tick{})
	c.do(session.Applied{View: c.view})
	c.door(1, false)
	c.key(1, false)
	c.tells("started", "dropoff-not-returned bert van-1 power-cut")
	c.where(van1, "bert")
	c.key(1, true)
	c.tells("discrepancy-found van-1 sensor-disagrees")
	c.where(van1, "in doubt")
}
