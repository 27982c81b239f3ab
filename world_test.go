package smartbox_test

import (
	"testing"
	"time"

	"smartbox"
)

var boxKey = smartbox.BoxKey{7, 7, 7}

var noon = time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC) // a Monday, 12:00 in Berlin

func user(s string) smartbox.UserID      { return smartbox.MustID[smartbox.User](s) }
func key(s string) smartbox.KeyID        { return smartbox.MustID[smartbox.Key](s) }
func slot(s string) smartbox.SlotID      { return smartbox.MustID[smartbox.Slot](s) }
func group(s string) smartbox.GroupID    { return smartbox.MustID[smartbox.Group](s) }
func grant(s string) smartbox.GrantID    { return smartbox.MustID[smartbox.Grant](s) }
func sched(s string) smartbox.ScheduleID { return smartbox.MustID[smartbox.Schedule](s) }
func place(s string) smartbox.LocationID { return smartbox.MustID[smartbox.Location](s) }
func booking(s string) smartbox.BookingID {
	return smartbox.MustID[smartbox.Booking](s)
}

func stamp(d time.Duration) smartbox.Stamp { return smartbox.StampOf(noon.Add(d)) }

// world is a depot with three keys and two people, everything allowed and nothing demanded. A test
// changes what it is about.
func world() *smartbox.Snapshot {
	return &smartbox.Snapshot{
		Revision: smartbox.Revision{Epoch: 1, Version: 41}, IssuedAt: stamp(-time.Hour),
		Box:       smartbox.Box{ID: smartbox.MustID[smartbox.Box]("depot"), Name: "Depot", Location: place("berlin")},
		Slots:     []smartbox.Slot{{ID: slot("s1"), Number: 1}, {ID: slot("s2"), Number: 2}, {ID: slot("s3"), Number: 3}},
		Locations: []smartbox.Location{{ID: place("berlin"), Zone: "Europe/Berlin", Holidays: []smartbox.Holiday{{Date: 20260501}}}},
		Schedules: []smartbox.Schedule{{ID: sched("office"), Windows: []smartbox.Window{{Days: workdays, From: 480, To: 1080}}}},
		Groups:    []smartbox.Group{{ID: group("fleet")}},
		Keys: []smartbox.Key{
			{ID: key("safe"), Home: slot("s3")},
			{ID: key("van-1"), Home: slot("s1"), Groups: []smartbox.GroupID{group("fleet")}, Location: place("berlin")},
			{ID: key("van-2"), Home: slot("s2"), Groups: []smartbox.GroupID{group("fleet")}},
		},
		Users: []smartbox.User{
			{ID: user("anna"), Name: "Anna", Status: smartbox.StatusValidated},
			{ID: user("ben"), Name: "Ben", Status: smartbox.StatusValidated},
		},
		Credentials: []smartbox.Credential{{
			Digest: boxKey.Digest(smartbox.Code("4711").Canonical()), Number: 1, Kind: smartbox.AccessCode, User: user("anna"),
		}},
		Grants: []smartbox.Grant{
			{ID: grant("g1"), User: user("anna"), Target: smartbox.OnGroup(group("fleet")), Role: smartbox.PermitExchange},
			{ID: grant("g2"), User: user("ben"), Target: smartbox.OnAll(), Role: smartbox.PermitManage},
		},
	}
}

func view(t testing.TB, s *smartbox.Snapshot) smartbox.View {
	t.Helper()
	s.Normalize()
	v, err := smartbox.NewMapView(s, &boxKey, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// pickup is Anna asking for van-1 by her code at noon, all in order.
func pickup() smartbox.Question {
	return smartbox.Question{
		Action: smartbox.Pickup, User: user("anna"), Key: key("van-1"), Factors: smartbox.ByCode, Record: true,
		Moment: smartbox.Moment{Wall: noon, Trust: smartbox.ClockSynced},
	}
}
