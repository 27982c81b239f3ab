package smartbox_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smartbox"
)

func TestCustodyFollowsEvents(t *testing.T) {
	v, b := view(t, world()), smartbox.NewBook()
	at := stamp(0)
	for _, step := range []struct {
		name string
		e    smartbox.Event
		want smartbox.Custody
		anna []smartbox.KeyID
	}{
		{
			"before anything, it hangs at home",
			smartbox.Event{},
			smartbox.Custody{Place: smartbox.InSlot, Slot: slot("s1"), Assumed: true},
			nil,
		},
		{
			"an authorisation moves nothing",
			smartbox.Event{Kind: smartbox.PickupAuthorised, User: user("anna"), Slot: slot("s1")},
			smartbox.Custody{Place: smartbox.InSlot, Slot: slot("s1"), Assumed: true},
			nil,
		},
		{
			"closed without taking",
			smartbox.Event{Kind: smartbox.PickupNotTaken, User: user("anna"), Slot: slot("s1")},
			smartbox.Custody{Place: smartbox.InSlot, Slot: slot("s1"), Assumed: true},
			nil,
		},
		{
			"taken",
			smartbox.Event{Kind: smartbox.PickupTaken, User: user("anna"), Slot: slot("s1"), Due: 5},
			smartbox.Custody{Place: smartbox.WithUser, User: user("anna"), Since: at, Due: 5},
			[]smartbox.KeyID{key("van-1")},
		},
		{
			"overdue",
			smartbox.Event{Kind: smartbox.KeyOverdue},
			smartbox.Custody{Place: smartbox.WithUser, User: user("anna"), Since: at, Due: 5, Overdue: true},
			[]smartbox.KeyID{key("van-1")},
		},
		{
			"handed over",
			smartbox.Event{Kind: smartbox.HandedOver, User: user("anna"), Other: user("ben")},
			smartbox.Custody{Place: smartbox.WithUser, User: user("ben"), Since: at},
			nil,
		},
		{
			"returned to another slot",
			smartbox.Event{Kind: smartbox.DropoffReturned, User: user("ben"), Slot: slot("s3"), Assumed: true},
			smartbox.Custody{Place: smartbox.InSlot, Slot: slot("s3"), Since: at, Assumed: true},
			nil,
		},
		{
			"gone",
			smartbox.Event{Kind: smartbox.KeyMissing, Slot: slot("s3")},
			smartbox.Custody{Place: smartbox.InDoubt, Slot: slot("s3"), Since: at},
			nil,
		},
		{
			"found with somebody",
			smartbox.Event{Kind: smartbox.DiscrepancySolved, User: user("anna")},
			smartbox.Custody{Place: smartbox.WithUser, User: user("anna"), Since: at},
			[]smartbox.KeyID{key("van-1")},
		},
		{"lost", smartbox.Event{Kind: smartbox.KeyPlaced}, smartbox.Custody{Place: smartbox.Nowhere, Since: at}, nil},
	} {
		step.e.Key, step.e.At, step.want.Key = key("van-1"), at, key("van-1")
		b.Apply(step.e)
		if diff := cmp.Diff(step.want, b.Where(v, key("van-1"))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, diff)
		}
		if diff := cmp.Diff(step.anna, b.Held(user("anna"))); diff != "" {
			t.Errorf("%s: Anna's keys (-want +got)\n%s", step.name, diff)
		}
	}
	if len(b.Open) != 0 {
		t.Errorf("still open: %v", b.Open)
	}
}

func TestSeatsTellANewBoxWhereKeysAre(t *testing.T) {
	s := world()
	s.Custody = []smartbox.Custody{{Key: key("van-2"), Place: smartbox.WithUser, User: user("ben")}}
	v, b := view(t, s), smartbox.NewBook()
	if c := b.Where(v, key("van-2")); c.User != user("ben") {
		t.Errorf("%+v", c)
	}
	b.Apply(smartbox.Event{Kind: smartbox.DropoffReturned, Key: key("van-2"), Slot: slot("s2")})
	if c := b.Where(v, key("van-2")); c.Place != smartbox.InSlot {
		t.Errorf("the journal knows better: %+v", c)
	}
}

func TestGuessesAreCounted(t *testing.T) {
	b := smartbox.NewBook()
	wrong := smartbox.Event{Kind: smartbox.AccessUnknown, Reason: smartbox.UnknownCode, At: stamp(0)}
	pin := smartbox.Event{Kind: smartbox.AccessRefused, Reason: smartbox.WrongPIN, User: user("anna"), Factors: smartbox.ByBadge, At: stamp(0)}
	b.Apply(wrong)
	b.Apply(pin)
	b.Apply(smartbox.Event{Kind: smartbox.AccessUnknown, Reason: smartbox.UnknownBadge, At: stamp(0)})
	if b.Guess.InRow != 2 || b.Guess.Today != 2 || b.BadPINs[user("anna")] != 1 {
		t.Errorf("%+v %v", b.Guess, b.BadPINs)
	}
	b.Apply(smartbox.Event{Kind: smartbox.PanelLocked, Count: 90, Boot: 3, Uptime: time.Minute, At: stamp(0)})
	if g := b.Guess; g.InRow != 0 || g.Locks != 1 || g.Locked != 90*time.Second || g.Boot != 3 || g.Since != time.Minute {
		t.Errorf("%+v", g)
	}
	for _, k := range []smartbox.EventKind{smartbox.PickupTaken, smartbox.DropoffReturned, smartbox.SlotClosed} { // of a code typed before
		b.Apply(smartbox.Event{Kind: k, User: user("anna"), Slot: slot("s2"), Factors: smartbox.ByCode, At: stamp(0)})
	}
	if g := b.Guess; g.Locks != 1 || g.Locked != 90*time.Second || b.BadPINs[user("anna")] != 1 {
		t.Errorf("the end of an earlier exchange forgave the guesses: %+v", g)
	}
	b.Apply(smartbox.Event{Kind: smartbox.PickupAuthorised, User: user("anna"), Slot: slot("s1"), Factors: smartbox.ByBadge | smartbox.ByCode, At: stamp(time.Second)})
	if g := b.Guess; g.InRow != 0 || g.Locks != 0 || g.Today != 2 || b.BadPINs[user("anna")] != 0 {
		t.Errorf("a right code forgives the row, not the day: %+v", g)
	}
	wrong.At = stamp(24 * time.Hour)
	b.Apply(wrong)
	if b.Guess.Today != 1 {
		t.Errorf("a new day: %+v", b.Guess)
	}
}

func TestMarksStandUntilTakenBack(t *testing.T) {
	b := smartbox.NewBook()
	apply := func(kinds ...smartbox.EventKind) {
		for _, k := range kinds {
			b.Apply(smartbox.Event{Kind: k, Slot: slot("s1"), User: user("anna")})
		}
	}
	apply(smartbox.TamperOpened, smartbox.MainsLost, smartbox.BatteryLow, smartbox.MaintenanceBegun, smartbox.ReleaseBegun, smartbox.DoorForced, smartbox.UserDenied)
	if !b.Tampered || !b.OnBattery || !b.LowPower || !b.Service || !b.Releasing || b.Doors[slot("s1")] != smartbox.DoorBroken || len(b.Denied) != 1 {
		t.Errorf("%+v", b)
	}
	apply(smartbox.TamperClosed, smartbox.MainsBack, smartbox.BatteryGood, smartbox.MaintenanceEnded, smartbox.ReleaseEnded, smartbox.DoorShut, smartbox.UserFreed)
	if diff := cmp.Diff(smartbox.NewBook(), b); diff != "" {
		t.Error(diff)
	}
}

func TestTimeGoesForwardUnlessItIsTrue(t *testing.T) {
	b := smartbox.NewBook()
	b.Apply(smartbox.Event{At: stamp(time.Hour)})
	b.Apply(smartbox.Event{At: stamp(0)})
	if b.LastAt != stamp(time.Hour) {
		t.Error("an untrusted clock led back", b.LastAt)
	}
	b.Apply(smartbox.Event{At: stamp(0), Trust: smartbox.ClockSynced})
	if b.LastAt != stamp(0) {
		t.Error("a true clock did not lead back from a wrong future", b.LastAt)
	}
}

// TestBookIsTotal applies any events in any order: nothing panics, a clone folds alike, and shares nothing.
func TestBookIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := smartbox.NewBook()
		events := rapid.SliceOfN(rapid.Custom(anyEvent), 1, 60).Draw(t, "events")
		half := len(events) / 2
		for _, e := range events[:half] {
			b.Apply(e)
		}
		c, before := b.Clone(), b.Clone()
		for _, e := range events[half:] {
			b.Apply(e)
		}
		if diff := cmp.Diff(before, c); diff != "" {
			t.Fatalf("the clone changed with its original:\n%s", diff)
		}
		for _, e := range events[half:] {
			c.Apply(e)
		}
		if diff := cmp.Diff(b, c); diff != "" {
			t.Fatalf("the clone folds otherwise:\n%s", diff)
		}
		for k, where := range b.Custody {
			if k != where.Key || (where.Place == smartbox.WithUser && where.User == 0 && where.Slot != 0) {
				t.Fatalf("%v: %+v", k, where)
			}
		}
	})
}

func anyEvent(t *rapid.T) smartbox.Event {
	id := rapid.SampledFrom([]string{"a", "b", "c"})
	return smartbox.Event{
		Kind: rapid.SampledFrom(smartbox.EventKinds()).Draw(t, "kind"),
		User: user(id.Draw(t, "user")), Other: user(id.Draw(t, "other")), Key: key(id.Draw(t, "key")), Slot: slot(id.Draw(t, "slot")),
		Reason: smartbox.Reason(rapid.Uint8Max(uint8(smartbox.SlotEmpty)).Draw(t, "reason")),
		At:     smartbox.Stamp(rapid.Int64Range(0, 1e13).Draw(t, "at")), Trust: smartbox.Trust(rapid.Uint8Max(2).Draw(t, "trust")),
		Cred: rapid.Uint32Max(3).Draw(t, "cred"), Count: rapid.Uint32().Draw(t, "count"), Age: smartbox.Stamp(rapid.Int64Range(-1, 1e9).Draw(t, "age")),
		Factors: smartbox.Factors(rapid.Uint8Max(31).Draw(t, "factors")),
	}
}
