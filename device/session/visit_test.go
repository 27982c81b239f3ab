package session_test

import (
	"slices"
	"testing"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
)

// bertHasVan1 is a cabinet from which Bert took van 1.
func bertHasVan1(t *testing.T) *cabinet {
	t.Helper()
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.take(1)
	c.where(van1, "bert")
	c.forget()
	return c
}

func TestReturnByFob(t *testing.T) {
	c := bertHasVan1(t)
	c.tap(fob(1))
	c.shows("Door 1", "Put in Van 1", "and close the door")
	c.opens(1)
	c.put(1)
	c.tells("dropoff-authorised bert van-1", "dropoff-returned bert van-1")
	c.where(van1, "s1")
}

func TestReturnGoesToTheLowestFreeSlot(t *testing.T) {
	c := bertHasVan1(t)
	c.keys("1234#")
	c.take(2)
	c.forget()
	c.tap(fob(2))
	c.opens(1)
}

func TestReturnByHolder(t *testing.T) {
	c := bertHasVan1(t)
	c.keys("2222#")
	c.shows("Choose", "1 return Van 1", "2 hand over Van 1")
	c.keys("1")
	c.put(1)
	c.tells("dropoff-authorised bert van-1", "dropoff-returned bert van-1")
}

func TestReturnsAreTakenFromWhoeverMayNothingElse(t *testing.T) {
	c := bertHasVan1(t)
	c.view = view(t, func(s *smartbox.Snapshot) {
		s.Revision.Version++
		for i := range s.Users {
			if s.Users[i].ID == bert {
				s.Users[i].Status = smartbox.StatusSuspended
			}
		}
	})
	c.do(session.Applied{View: c.view})
	c.forget()
	c.keys("2222#")
	c.put(1)
	c.tells("dropoff-authorised bert van-1", "dropoff-returned bert van-1")
	c.keys("2222#")
	c.tells("access-refused bert suspended")
	c.opens(1)
}

func TestClosedWithoutReturning(t *testing.T) {
	c := bertHasVan1(t)
	c.tap(fob(1))
	c.door(1, true)
	c.door(1, false)
	c.wait(2 * time.Second)
	c.tells("dropoff-authorised bert van-1", "dropoff-not-returned bert van-1 cancelled")
	c.where(van1, "bert")
}

func TestBoxFullSaysWhereToGo(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	c.take(1)
	c.key(1, true) // something hangs there
	c.key(8, true) // and there
	c.forget()
	c.tap(fob(1))
	c.opens()
	c.tells("access-refused bert van-1 box-full")
	c.shows("Box is full", "Please go to", "the front desk")
}

func TestABlockedKeyIsNotTakenBack(t *testing.T) {
	c := newCabinet(t, nil)
	c.tap(fob(6))
	c.tells("access-refused bad key-blocked")
	c.shows("Key blocked", "Please go to", "the front desk")
	c.opens()
}

func TestACopiedFobDoesNotOpenTheDoorToItsKey(t *testing.T) {
	c := newCabinet(t, nil)
	c.tap(fob(1)) // van 1 hangs in slot 1
	c.opens(8)
}

func TestHandover(t *testing.T) {
	c := bertHasVan1(t)
	c.keys("2222#2")
	c.shows("Who takes it over?", "code or badge", "")
	c.keys("2222#")
	c.shows("Who takes it over?", "code or badge", "Must be another", "person")
	c.tap(badge(1))
	c.opens()
	c.tells("access-refused bert van-1 same-person", "handed-over bert anna van-1")
	c.where(van1, "anna")
	c.shows("Van 1", "is now with", "Anna")
}

func TestHandoverToWhoMayNotHaveIt(t *testing.T) {
	c := bertHasVan1(t)
	c.keys("2222#2")
	c.keys("7070#")
	c.tells("access-refused gina van-1 no-grant")
	c.where(van1, "bert")
}

func TestTwoPeople(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("6060#")
	c.shows("Second person:", "code or badge", "")
	c.wait(29 * time.Second)
	c.keys("6060#")
	c.keys("1234#")
	c.tap(badge(99))
	c.opens()
	c.tap(badge(7))
	c.opens(4)
	c.take(4)
	c.tells("access-refused fred safe same-person", "access-refused anna fred safe no-grant", "access-unknown unknown-badge",
		"pickup-authorised fred gina safe", "pickup-taken fred gina safe")
}

func TestTheSecondPersonDoesNotCome(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("6060#")
	c.wait(31 * time.Second)
	c.shows("Depot box", "Enter code or", "tap badge")
	c.tells()
}

func TestBadgeAndCodeAndReasonAndNote(t *testing.T) {
	c := newCabinet(t, nil)
	c.tap(badge(7))
	c.keys("1") // pool; 2 = safe
	c.shows("Enter your code", "")
	c.keys("7070#")
	c.shows("Why? (# for more)", "1 Delivery", "2 Repair")
	c.keys("92")
	c.opens(5)
	if e := c.events[0]; e.Answer != 2 || !e.Factors.Has(smartbox.ByCode|smartbox.ByBadge) {
		t.Errorf("answer %d, factors %b", e.Answer, e.Factors)
	}
	c.take(5)
	c.tells("pickup-authorised gina pool", "pickup-taken gina pool")
	c.tap(fob(5))
	c.shows("Enter the number", "then press #", "")
	c.keys("4711#")
	c.opens(5)
	if e := c.events[0]; e.Answer != 4711 {
		t.Errorf("note %d, want 4711", e.Answer)
	}
}

func TestCodeFirstThenBadge(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("7070#1")
	c.shows("Tap your badge", "")
	c.tap(badge(1))
	c.tells("access-refused gina pool needs-badge")
	c.tap(badge(7))
	c.keys("1")
	c.opens(5)
}

func TestCardsOff(t *testing.T) {
	c := newCabinet(t, nil)
	c.tap(badge(5))
	c.tells("access-refused emil cards-off")
	c.keys("5550#")
	c.tells("access-refused emil van-3 grant-expired")
	c.shows("Permission has ended")
}

func TestANewBadgeIsActivatedOnce(t *testing.T) {
	c := newCabinet(t, nil)
	c.tap(badge(6))
	c.shows("New badge: activate", "Enter your code", "")
	c.keys("1234#")
	c.tells("access-refused fred wrong-pin")
	c.tap(badge(6))
	c.keys("6060#")
	c.tells("badge-activated fred")
	c.shows("Second person:", "code or badge", "")
	c.keys("*")
	c.tap(badge(6))
	c.shows("Second person:", "code or badge", "")
}

func TestABackupCodeWorksOnce(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("123456789012#2")
	c.tells()
	c.keys("6060#")
	c.opens(4)
	c.tells("backup-used gina", "pickup-authorised gina fred safe")
	c.put(4)
	c.wait(2 * time.Second)
	c.forget()
	c.keys("123456789012#")
	c.tells("access-refused gina backup-spent")
}

func TestDuressOpensAndIsSilent(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("2222#")
	calm, sounds := c.display, c.sounds
	c.take(1)
	c.put(1)
	d := newCabinet(t, nil)
	d.keys("2223#")
	d.tells("duress bert", "pickup-authorised bert van-1")
	d.opens(1)
	if len(d.sounds) != len(sounds) || d.display[0] != calm[0] {
		t.Errorf("duress is seen or heard: %v %q, calm %v %q", d.sounds, d.display, sounds, calm)
	}
}

// TestUnknownAndRefusedLookAlike: what happens outside on the last key is of the same kinds in the same number.
func TestUnknownAndRefusedLookAlike(t *testing.T) {
	kinds := func(code string) (k []string) {
		c := newCabinet(t, nil)
		c.keys(code)
		for _, e := range c.last {
			switch e.(type) {
			case session.Show:
				k = append(k, "show")
			case session.Sound:
				k = append(k, "sound")
			case session.Lamp:
				k = append(k, "lamp")
			case session.Record:
				k = append(k, "record")
			case session.Unlock, session.Answered, session.Explained:
			}
		}
		return k
	}
	unknown, refused := kinds("8888#"), kinds("4444#")
	if len(unknown) != len(refused) {
		t.Errorf("unknown %v, refused %v", unknown, refused)
	}
	for i := range unknown {
		if unknown[i] != refused[i] {
			t.Errorf("unknown %v, refused %v", unknown, refused)
		}
	}
}

func TestEveryKeySoundsAlike(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("1234567890")
	for _, s := range c.sounds {
		if s != device.SoundKey {
			t.Errorf("a digit sounds %v", s)
		}
	}
}

func TestGuessing(t *testing.T) {
	c := newCabinet(t, nil)
	wrong := func(n int) {
		for range n {
			c.keys("8888#")
		}
	}
	wrong(5)
	c.shows("Code not accepted")
	if got := c.events[len(c.events)-1]; got.Kind != smartbox.PanelLocked || got.Count != 90 {
		t.Fatalf("events %v, count %d", c.story(), got.Count)
	}
	c.forget()
	c.keys("2222#")
	c.tells()
	c.shows("Depot box", "Too many wrong codes", "Try again in 2 min")
	c.tap(badge(2)) // a badge is no guess
	c.opens(1)
	c.take(1)
	c.wait(91 * time.Second)
	c.forget()
	wrong(5)
	if got := c.events[len(c.events)-1]; got.Kind != smartbox.PanelLocked || got.Count != 180 {
		t.Errorf("second lock: %v, count %d", c.story(), got.Count)
	}

	// The power is cut and comes back: the lock begins anew, in full.
	d := newCabinet(t, nil)
	d.m = session.New(session.Config{Boot: 2, Slots: wiring(), Book: c.m.Book().Clone()})
	d.boot()
	d.wait(170 * time.Second)
	d.keys("2")
	d.shows("Too many wrong codes", "Try again in 1 min")
	d.wait(20 * time.Second)
	d.keys("2222#")
	d.shows("Choose", "1 return Van 1", "2 hand over Van 1")
}

func TestAHundredGuessesADay(t *testing.T) {
	c := newCabinet(t, nil)
	for range 100 {
		c.wait(16 * time.Minute) // past any lock; the day ends first
		c.now.Wall = noon
		c.keys("8888#")
	}
	if left := c.m.Status().Locked; left != 12*time.Hour {
		t.Errorf("locked for %v, want till midnight", left)
	}
}

func TestTenWrongPINsDenyTheUser(t *testing.T) {
	c := newCabinet(t, nil)
	for i := range 10 {
		c.tap(badge(7))
		c.keys("1")
		c.keys("0000#")
		if i == 4 {
			c.wait(2 * time.Minute)
		}
	}
	if last := c.story()[len(c.events)-1]; last != "user-denied gina denied" {
		t.Fatalf("events %v", c.story())
	}
	c.wait(16 * time.Minute)
	c.forget()
	c.keys("7070#")
	c.tells("access-refused gina denied")
	c.view = view(t, func(s *smartbox.Snapshot) { s.Revision.Version++ })
	c.do(session.Applied{View: c.view})
	c.tells("snapshot-applied", "user-freed gina")
	c.keys("7070#")
	c.shows("Choose", "1 Pool car", "2 Safe")
}

func TestIdleTimeout(t *testing.T) {
	c := newCabinet(t, nil)
	c.keys("22")
	c.wait(16 * time.Second)
	c.shows("Depot box", "Enter code or", "tap badge")
	c.keys("22#")
	c.tells("access-unknown unknown-code")
}

func TestNothingBeforeTheFirstSnapshot(t *testing.T) {
	c := newCabinet(t, nil)
	c.m = session.New(session.Config{Boot: 2, Slots: wiring()})
	c.do(session.Tick{})
	c.shows("Starting", "Please wait")
	c.keys("2222#")
	c.tap(fob(1))
	c.tells("started", "access-refused not-ready", "access-refused not-ready")
	c.opens()
}

// What the display confirms is on record: nobody is told that a handover is done while a power cut could undo it.
func TestAHandoverIsConfirmedOnceItIsOnRecord(t *testing.T) {
	c := bertHasVan1(t)
	c.keys("2222#2")
	c.hang = true
	c.sounds = nil
	c.tap(badge(1))
	c.shows("One moment")
	if slices.Contains(c.sounds, device.SoundGood) {
		t.Errorf("sounds %v before the record", c.sounds)
	}
	c.where(van1, "bert")
	c.hang = false
	c.do(session.Recorded{Ticket: c.pending[0].Ticket, Seq: 99})
	c.shows("Van 1", "is now with", "Anna")
	if !slices.Contains(c.sounds, device.SoundGood) {
		t.Errorf("sounds %v", c.sounds)
	}
	c.where(van1, "anna")
}

// A journal that does not answer in time holds the event back, as it does with a return.
func TestAHandoverThatIsHeldBack(t *testing.T) {
	c := bertHasVan1(t)
	c.keys("2222#2")
	c.hang = true
	c.sounds = nil
	c.tap(badge(1))
	c.wait(6 * time.Second)
	c.shows("Van 1", "is now with", "Anna")
	if slices.Contains(c.sounds, device.SoundGood) || !slices.Contains(c.sounds, device.SoundAttention) {
		t.Errorf("sounds %v", c.sounds)
	}
	c.where(van1, "anna")
}

// While it is being recorded, the next person may type, and no second handover of the same key begins.
func TestWhoComesWhileAHandoverIsRecorded(t *testing.T) {
	c := bertHasVan1(t)
	c.keys("2222#2")
	c.hang = true
	c.tap(badge(1))
	first := c.pending[0]
	c.keys("2222#2")
	c.keys("9009#")
	c.tells("handed-over bert anna van-1", "access-refused chris van-1 slot-busy")
	c.keys("1")
	typing := slices.Clone(c.display)
	c.do(session.Recorded{Ticket: first.Ticket, Seq: 99})
	c.shows(typing...)
	c.where(van1, "anna")
}
