package session_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
)

func TestThreePeople(t *testing.T) {
	c := newCabinet(t, func(s *smartbox.Snapshot) {
		for i := range s.Keys {
			if s.Keys[i].ID == safe {
				s.Keys[i].Policy = smartbox.KeyPolicy{People: 3, NeedPIN: true}
			}
		}
	})
	c.keys("9009#")
	c.shows("#: more  *: service", "1 Pool car", "2 Safe", "3 Spare")
	c.keys("2")
	c.shows("Tap your badge", "") // Chris has none
	c.keys("*")
	c.tap(badge(7))
	c.keys("2")
	c.keys("7070#")
	c.shows("Second person:", "code or badge", "")
	c.tap(badge(6)) // not active: her code activates it, and is asked for anyway
	c.shows("New badge: activate", "Enter your code", "")
	c.keys("6060#")
	c.shows("Third person:", "code or badge", "")
	c.tap(badge(7))
	c.tells("badge-activated fred", "access-refused gina safe same-person")
	c.opens()
}

func TestALongListIsChosenFromByTwoDigits(t *testing.T) {
	c := newCabinet(t, func(s *smartbox.Snapshot) {
		for i := range 6 { // more keys than doors: they are all said to be in the last slot
			id := smartbox.MustID[smartbox.Key](fmt.Sprintf("x%d", i))
			s.Keys = append(s.Keys, smartbox.Key{ID: id, Name: fmt.Sprintf("Extra %d", i), Location: s.Locations[0].ID})
			s.Custody = append(s.Custody, smartbox.Custody{Key: id, Place: smartbox.InSlot, Slot: slots[7]})
		}
	})
	c.keys("9009#")
	c.shows("#: more  *: service", "01 Pool car", "02 Safe", "03 Spare")
	c.keys("##")
	c.shows("#: more  *: service", "07 Extra 0", "08 Extra 1", "09 Extra 2")
	c.keys("99")
	c.tells()
	c.keys("12")
	c.tells("pickup-authorised chris x5")
	c.opens(8)
}

func TestWhoIsGoneFromTheSnapshotHasToLeave(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("1234#")
	c.view = view(t, func(s *smartbox.Snapshot) {
		s.Revision.Version++
		s.Users = slices.DeleteFunc(s.Users, func(u smartbox.User) bool { return u.ID == anna })
		s.Credentials = slices.DeleteFunc(s.Credentials, func(x smartbox.Credential) bool { return x.User == anna })
		s.Grants = slices.DeleteFunc(s.Grants, func(x smartbox.Grant) bool { return x.User == anna })
	})
	c.do(session.Applied{View: c.view})
	c.shows("Depot box", "Enter code or", "tap badge")
	c.keys("1")
	c.opens()
}

func TestAnOfferIsDecidedAnewWhenChosen(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("1234#")
	c.forget()
	c.do(session.Applied{View: view(t, func(s *smartbox.Snapshot) {
		s.Revision.Version++
		s.Grants = slices.DeleteFunc(s.Grants, func(x smartbox.Grant) bool { return x.User == anna })
	})})
	c.keys("1")
	c.tells("snapshot-applied", "access-refused anna van-1 no-grant")
	c.opens()
}

func TestReleaseWithoutARecord(t *testing.T) {
	for _, x := range []struct {
		allow  bool
		reason smartbox.Reason
		doors  int
	}{{false, smartbox.RecordFailed, 0}, {true, smartbox.Granted, 8}} {
		c := newCabinet(t, func(s *smartbox.Snapshot) { s.Box.Policy.AllowUnrecorded = x.allow })
		c.disk = errors.New("disk full")
		c.do(session.Order{ID: 1, Kind: session.OrderRelease, Actor: "uid:0"})
		if len(c.pulses) != x.doors || len(c.answered) != 1 || c.answered[0].Reason != x.reason {
			t.Errorf("allow %v: %d doors, answers %v", x.allow, len(c.pulses), c.answered)
		}
	}
}

func TestAReleaseThatWasCutShortOpensNothingLater(t *testing.T) {
	c := newCabinet(t, nil)
	c.slow = true
	c.do(session.Order{ID: 1, Kind: session.OrderRelease, Actor: "uid:0"})
	c.opens(1)
	c.on = nil
	c.m = session.New(session.Config{Boot: 2, Slots: wiring(), Book: c.m.Book().Clone()})
	c.forget()
	c.do(session.Tick{})
	c.do(session.Applied{View: c.view})
	c.wait(time.Hour)
	c.tells("started", "release-ended cancelled")
	c.opens()
}

func TestTheLockOfThePanelCountsDown(t *testing.T) {
	c := newCabinet(t, nil)
	for range 5 {
		c.keys("8888#")
	}
	c.wait(20 * time.Second)
	c.shows("Depot box", "Too many wrong codes", "Try again in 2 min")
	c.wait(20 * time.Second)
	c.shows("Depot box", "Too many wrong codes", "Try again in 1 min")
	c.wait(51 * time.Second)
	c.shows("Depot box", "Enter code or", "tap badge")
}

func TestALockedPanelTakesNoCodeBehindABadge(t *testing.T) {
	c := newCabinet(t, nil)
	for range 5 {
		c.keys("8888#")
	}
	c.forget()
	c.tap(badge(7))
	c.keys("1")
	c.keys("7070#")
	c.tells("access-refused gina pool too-many-wrong")
	c.opens()
}

func TestABadgeThatCannotBeReadDisturbsNobody(t *testing.T) {
	c := newCabinet(t, nil)
	c.do(session.Sensed{Event: device.MisRead{}})
	c.shows("Badge not read", "Tap it again")
	c.keys("22")
	c.do(session.Sensed{Event: device.MisRead{}})
	c.shows("Code:", "**")
	c.tells()
}

// TestAClockThatJumpsEndsNoExchange: timeouts count uptime.
func TestAClockThatJumpsEndsNoExchange(t *testing.T) {
	for _, jump := range []time.Duration{-48 * time.Hour, 48 * time.Hour} {
		c := newCabinet(t, nil)
		c.keys("2222#")
		c.door(1, true)
		c.now.Wall = c.now.Wall.Add(jump)
		c.do(session.ClockSet{})
		c.key(1, false)
		c.door(1, false)
		c.tells("pickup-authorised bert van-1", "clock-set", "pickup-taken bert van-1")
	}
}

// TestADriverMayLie: answers and events that make no sense move nothing.
func TestADriverMayLie(t *testing.T) {
	c := newCabinet(t, nil)
	for _, in := range []session.Input{
		session.Unlocked{Slot: slots[0]},
		session.Unlocked{Slot: 77},
		session.Recorded{Ticket: 1 << 50},
		session.Sensed{},
		session.Sensed{Event: device.Door{Slot: 77, Open: true}},
		session.Applied{},
		session.Order{Kind: 99},
		nil,
	} {
		c.do(in)
	}
	c.opens()
	c.tells()
}
