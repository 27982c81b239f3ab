package smartbox_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox"
)

// situation is what a case of the table changes about the world before it asks.
type situation struct {
	s *smartbox.Snapshot
	b *smartbox.Book
	q *smartbox.Question
}

func (w situation) anna() *smartbox.User { return &w.s.Users[0] }
func (w situation) van() *smartbox.Key   { return &w.s.Keys[1] }

func rule(kind smartbox.RuleKind, ref uint64) smartbox.Rule {
	return smartbox.Rule{Kind: kind, Ref: ref}
}

// TestDecide asks one question a rule: what is changed, what is answered, and what decided.
func TestDecide(t *testing.T) {
	anna := rule(smartbox.RuleUser, uint64(user("anna")))
	van := rule(smartbox.RuleKey, uint64(key("van-1")))
	fleet := rule(smartbox.RuleGroup, uint64(group("fleet")))
	box := rule(smartbox.RuleBox, uint64(smartbox.MustID[smartbox.Box]("depot")))
	g1 := rule(smartbox.RuleGrant, uint64(grant("g1")))
	held := func(b *smartbox.Book, k, u string) {
		b.Apply(smartbox.Event{Kind: smartbox.PickupTaken, Key: key(k), User: user(u)})
	}
	book := func(s *smartbox.Snapshot, who string, from, until time.Duration) {
		s.Bookings = append(s.Bookings, smartbox.Booking{
			ID: booking("b-" + who), User: user(who), Key: key("van-1"), From: stamp(from), Until: stamp(until),
		})
	}
	for name, c := range map[string]struct {
		change func(w situation)
		want   smartbox.Decision // Revision and Age are filled in below unless set
	}{
		"granted": {nil, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"by location": {func(w situation) {
			w.s.Grants[0].Target = smartbox.OnLocation(place("berlin"))
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"by key": {func(w situation) {
			w.s.Grants[0].Target = smartbox.OnKey(key("van-1"))
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"another key's grant": {func(w situation) {
			w.s.Grants[0].Target = smartbox.OnKey(key("van-2"))
		}, smartbox.Decision{Reason: smartbox.NoGrant, Rule: rule(smartbox.RuleNoGrant, 0)}},
		"nobody": {func(w situation) { w.q.User = user("carl") }, smartbox.Decision{Reason: smartbox.Removed, Rule: rule(smartbox.RuleUser, uint64(user("carl")))}},

		"invited":   {func(w situation) { w.anna().Status = smartbox.StatusInvited }, smartbox.Decision{Reason: smartbox.NotRegistered, Rule: anna}},
		"suspended": {func(w situation) { w.anna().Status = smartbox.StatusSuspended }, smartbox.Decision{Reason: smartbox.Suspended, Rule: anna}},
		"denied":    {func(w situation) { w.anna().Status = smartbox.StatusDenied }, smartbox.Decision{Reason: smartbox.Denied, Rule: anna}},
		"banned":    {func(w situation) { w.anna().Status = smartbox.StatusBanned }, smartbox.Decision{Reason: smartbox.Banned, Rule: anna}},
		"inactive":  {func(w situation) { w.anna().Status = smartbox.StatusInactive }, smartbox.Decision{Reason: smartbox.Inactive, Rule: anna}},
		"archived":  {func(w situation) { w.anna().Status = smartbox.StatusArchived }, smartbox.Decision{Reason: smartbox.Archived, Rule: anna}},
		"removed":   {func(w situation) { w.anna().Status = smartbox.StatusRemoved }, smartbox.Decision{Reason: smartbox.Removed, Rule: anna}},
		"expunged":  {func(w situation) { w.anna().Status = smartbox.StatusExpunged }, smartbox.Decision{Reason: smartbox.Expunged, Rule: anna}},
		"denied at this box": {func(w situation) {
			w.b.Apply(smartbox.Event{Kind: smartbox.UserDenied, User: user("anna")})
		}, smartbox.Decision{Reason: smartbox.Denied, Rule: anna}},
		"not yet valid": {func(w situation) { w.anna().From = stamp(time.Minute) }, smartbox.Decision{Reason: smartbox.UserNotYetValid, Rule: anna}},
		"valid to the minute": {func(w situation) {
			w.anna().From, w.anna().Until = stamp(0), stamp(time.Millisecond)
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"no longer valid": {func(w situation) { w.anna().Until = stamp(0) }, smartbox.Decision{Reason: smartbox.UserExpired, Rule: anna}},

		"grant from now on":   {func(w situation) { w.s.Grants[0].From = stamp(0) }, smartbox.Decision{Reason: smartbox.Granted, Allowed: true, Rule: g1}},
		"grant tomorrow":      {func(w situation) { w.s.Grants[0].From = stamp(24 * time.Hour) }, smartbox.Decision{Reason: smartbox.GrantNotYetValid, Rule: g1}},
		"grant ended":         {func(w situation) { w.s.Grants[0].Until = stamp(0) }, smartbox.Decision{Reason: smartbox.GrantExpired, Rule: g1}},
		"inside the schedule": {func(w situation) { w.s.Grants[0].Schedule = sched("office") }, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"outside the schedule": {func(w situation) {
			w.s.Grants[0].Schedule, w.q.Moment.Wall = sched("office"), noon.Add(-5*time.Hour)
		}, smartbox.Decision{Reason: smartbox.OutsideHours, Rule: rule(smartbox.RuleSchedule, uint64(sched("office"))), Age: -1}},
		"on a holiday": {func(w situation) {
			w.s.Grants[0].Schedule, w.q.Moment.Wall = sched("office"), time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
		}, smartbox.Decision{Reason: smartbox.OnHoliday, Rule: rule(smartbox.RuleSchedule, uint64(sched("office"))), Age: -1}},
		"the closest refusal is told": {func(w situation) {
			w.s.Grants[0].Until = stamp(0)
			w.s.Grants = append(w.s.Grants, smartbox.Grant{
				ID: grant("g3"), User: user("anna"), Target: smartbox.OnAll(), Role: smartbox.PermitReserve,
			})
		}, smartbox.Decision{Reason: smartbox.NotBooked, Rule: rule(smartbox.RuleGrant, uint64(grant("g3")))}},

		"schedule without a trusted clock": {func(w situation) {
			w.s.Grants[0].Schedule, w.q.Moment.Trust = sched("office"), smartbox.ClockUntrusted
		}, smartbox.Decision{Reason: smartbox.ClockNotTrusted, Rule: g1}},
		"the owner may take that risk": {func(w situation) {
			w.s.Grants[0].Schedule, w.q.Moment.Trust = sched("office"), smartbox.ClockUntrusted
			w.s.Box.Policy.AllowUntrustedClock = true
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"no schedule needs no clock": {func(w situation) { w.q.Moment.Trust = smartbox.ClockUntrusted }, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"a battery clock is good enough": {func(w situation) {
			w.s.Grants[0].Schedule, w.q.Moment.Trust = sched("office"), smartbox.ClockRTC
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},

		"reserve without a booking": {func(w situation) { w.s.Grants[0].Role = smartbox.PermitReserve }, smartbox.Decision{Reason: smartbox.NotBooked, Rule: g1}},
		"reserve inside a booking": {func(w situation) {
			w.s.Grants[0].Role = smartbox.PermitReserve
			book(w.s, "anna", -time.Hour, time.Hour)
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: rule(smartbox.RuleBooking, uint64(booking("b-anna"))), Due: stamp(time.Hour)}},
		"reserve after the booking": {func(w situation) {
			w.s.Grants[0].Role = smartbox.PermitReserve
			book(w.s, "anna", -time.Hour, 0)
		}, smartbox.Decision{Reason: smartbox.NotBooked, Rule: g1}},
		"booked by another":           {func(w situation) { book(w.s, "ben", 0, time.Hour) }, smartbox.Decision{Reason: smartbox.BookedByOther, Rule: rule(smartbox.RuleBooking, uint64(booking("b-ben")))}},
		"booked by another for later": {func(w situation) { book(w.s, "ben", time.Minute, time.Hour) }, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},

		"blocked":     {func(w situation) { w.van().Blocked = true }, smartbox.Decision{Reason: smartbox.KeyBlocked, Rule: van}},
		"unknown key": {func(w situation) { w.q.Key = key("moon") }, smartbox.Decision{Reason: smartbox.KeyUnknown, Rule: rule(smartbox.RuleKey, uint64(key("moon")))}},
		"out":         {func(w situation) { held(w.b, "van-1", "ben") }, smartbox.Decision{Reason: smartbox.KeyOut, Rule: van}},
		"in doubt": {func(w situation) {
			w.b.Apply(smartbox.Event{Kind: smartbox.KeyMissing, Key: key("van-1"), Slot: slot("s1")})
		}, smartbox.Decision{Reason: smartbox.KeyElsewhere, Rule: van}},
		"never seen":   {func(w situation) { w.van().Home = 0 }, smartbox.Decision{Reason: smartbox.KeyElsewhere, Rule: van}},
		"slot retired": {func(w situation) { w.s.Slots[0].Retired = true }, smartbox.Decision{Reason: smartbox.SlotRetired, Rule: rule(smartbox.RuleSlot, uint64(slot("s1")))}},

		"as old as may be": {func(w situation) { w.s.IssuedAt = stamp(-7 * 24 * time.Hour) }, smartbox.Decision{
			Reason: smartbox.Granted, Allowed: true, Rule: g1, Age: 7 * 24 * time.Hour,
		}},
		"stale": {func(w situation) { w.s.IssuedAt = stamp(-7*24*time.Hour - time.Second) }, smartbox.Decision{
			Reason: smartbox.KnowledgeStale, Rule: van, Age: 7*24*time.Hour + time.Second,
		}},
		"a key's own budget": {func(w situation) { w.van().Policy.Staleness = time.Minute }, smartbox.Decision{Reason: smartbox.KnowledgeStale, Rule: van}},
		"confirmed since": {func(w situation) {
			w.van().Policy.Staleness = time.Minute
			w.b.Confirm(stamp(-time.Second))
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1, Age: time.Second}},

		"too many keys": {func(w situation) {
			w.anna().MaxKeys = 1
			held(w.b, "safe", "anna")
		}, smartbox.Decision{Reason: smartbox.TooManyKeys, Rule: anna}},
		"keys exclude each other": {func(w situation) {
			w.s.Groups[0].MaxPerUser = 1
			held(w.b, "van-2", "anna")
		}, smartbox.Decision{Reason: smartbox.KeysExclude, Rule: fleet}},
		"another person's key excludes nothing": {func(w situation) {
			w.s.Groups[0].MaxPerUser = 1
			held(w.b, "van-2", "ben")
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"as many out as may be": {func(w situation) {
			w.s.Groups[0].MaxOut = 1
			held(w.b, "van-2", "ben")
		}, smartbox.Decision{Reason: smartbox.GroupEmptyOut, Rule: fleet}},
		"one that is being taken counts": {func(w situation) {
			w.s.Groups[0].MaxOut = 1
			w.b.Apply(smartbox.Event{Kind: smartbox.PickupAuthorised, Slot: slot("s2"), Key: key("van-2"), User: user("ben")})
		}, smartbox.Decision{Reason: smartbox.GroupEmptyOut, Rule: fleet}},

		"PIN behind the badge": {func(w situation) {
			w.van().Policy.NeedPIN, w.q.Factors = true, smartbox.ByBadge
		}, smartbox.Decision{Reason: smartbox.NeedsCode, Needs: smartbox.NeedCode, Rule: van}},
		"badge behind the code": {func(w situation) { w.s.Groups[0].NeedPIN = true }, smartbox.Decision{Reason: smartbox.NeedsBadge, Needs: smartbox.NeedBadge, Rule: fleet}},
		"both": {func(w situation) {
			w.s.Box.NeedPIN, w.q.Factors = true, smartbox.ByBadge|smartbox.ByCode
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"the box demands both": {func(w situation) { w.s.Box.NeedPIN = true }, smartbox.Decision{Reason: smartbox.NeedsBadge, Needs: smartbox.NeedBadge, Rule: box}},
		"two people":           {func(w situation) { w.van().Policy.People = 2 }, smartbox.Decision{Reason: smartbox.NeedsPerson, Needs: smartbox.NeedPerson, Rule: van}},
		"two people, both there": {func(w situation) {
			w.van().Policy.People, w.q.With[0] = 2, user("ben")
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"the same person twice": {func(w situation) {
			w.van().Policy.People, w.q.With[0] = 2, user("anna")
		}, smartbox.Decision{Reason: smartbox.SamePerson, Needs: smartbox.NeedPerson, Rule: van}},
		"a group wants three": {func(w situation) {
			w.s.Groups[0].People, w.q.With = 3, [2]smartbox.UserID{user("ben"), user("ben")}
		}, smartbox.Decision{Reason: smartbox.SamePerson, Needs: smartbox.NeedPerson, Rule: fleet}},
		"a reason": {func(w situation) { w.van().Policy.AskPickup = smartbox.AskReason }, smartbox.Decision{Reason: smartbox.NeedsReason, Needs: smartbox.NeedReason, Rule: van}},
		"a note":   {func(w situation) { w.van().Policy.AskPickup = smartbox.AskNote }, smartbox.Decision{Reason: smartbox.NeedsNote, Needs: smartbox.NeedNote, Rule: van}},
		"answered": {func(w situation) {
			w.van().Policy.AskPickup, w.q.Answer = smartbox.AskNote, true
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},

		"low battery": {func(w situation) { w.q.Power = smartbox.PowerLow }, smartbox.Decision{Reason: smartbox.BatteryTooLow, Rule: box}},
		"low battery, pickups anyway": {func(w situation) {
			w.q.Power, w.s.Box.Policy.PickupsOnBattery = smartbox.PowerLow, true
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"on battery":    {func(w situation) { w.q.Power = smartbox.PowerBattery }, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"broken record": {func(w situation) { w.q.Record = false }, smartbox.Decision{Reason: smartbox.RecordFailed, Rule: box}},
		"broken record, pickups anyway": {func(w situation) {
			w.q.Record, w.s.Box.Policy.AllowUnrecorded = false, true
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"maintenance": {func(w situation) { w.b.Apply(smartbox.Event{Kind: smartbox.MaintenanceBegun}) }, smartbox.Decision{Reason: smartbox.UnderMaintenance, Rule: box}},

		"due": {func(w situation) { w.van().Policy.DueAfter = 8 * time.Hour }, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1, Due: stamp(8 * time.Hour)}},

		"handover": {func(w situation) {
			w.q.Action = smartbox.Receive
			held(w.b, "van-1", "ben")
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
		"handover of what nobody has": {func(w situation) { w.q.Action = smartbox.Receive }, smartbox.Decision{Reason: smartbox.KeyNotHeld, Rule: van}},
		"handover in maintenance goes": {func(w situation) {
			w.q.Action = smartbox.Receive
			held(w.b, "van-1", "ben")
			w.b.Apply(smartbox.Event{Kind: smartbox.MaintenanceBegun})
		}, smartbox.Decision{Allowed: true, Reason: smartbox.Granted, Rule: g1}},
	} {
		t.Run(name, func(t *testing.T) {
			s, b, q := world(), smartbox.NewBook(), pickup()
			if c.change != nil {
				c.change(situation{s, b, &q})
			}
			got := smartbox.Decide(view(t, s), b, q)
			c.want.Revision = s.Revision
			switch {
			case c.want.Age < 0: // not what the case is about
				c.want.Age = got.Age
			case c.want.Age == 0:
				c.want.Age = time.Hour
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestReturnsAreAlwaysAccepted breaks everything that refuses a pickup, and returns all the same.
func TestReturnsAreAlwaysAccepted(t *testing.T) {
	for name, change := range map[string]func(w situation){
		"suspended":      func(w situation) { w.anna().Status = smartbox.StatusSuspended },
		"expired":        func(w situation) { w.anna().Until = stamp(-time.Hour) },
		"unknown person": func(w situation) { w.q.User = 0 },
		"stale":          func(w situation) { w.s.IssuedAt = 1 },
		"low battery":    func(w situation) { w.q.Power = smartbox.PowerLow },
		"no record":      func(w situation) { w.q.Record = false },
		"maintenance":    func(w situation) { w.b.Apply(smartbox.Event{Kind: smartbox.MaintenanceBegun}) },
		"no clock":       func(w situation) { w.q.Moment = smartbox.Moment{} },
		"needs both":     func(w situation) { w.s.Box.NeedPIN = true },
		"no grant":       func(w situation) { w.s.Grants = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, b, q := world(), smartbox.NewBook(), pickup()
			q.Action = smartbox.Dropoff
			change(situation{s, b, &q})
			d := smartbox.Decide(view(t, s), b, q)
			if !d.Allowed || d.Reason != smartbox.ReturnAccepted || d.Rule.Kind != smartbox.RuleReturns {
				t.Errorf("%+v", d)
			}
		})
	}
	t.Run("but not of a blocked key", func(t *testing.T) {
		s, q := world(), pickup()
		q.Action, s.Keys[1].Blocked = smartbox.Dropoff, true
		if d := smartbox.Decide(view(t, s), smartbox.NewBook(), q); d.Allowed || d.Reason != smartbox.KeyBlocked {
			t.Errorf("%+v", d)
		}
	})
	t.Run("and a note is asked first", func(t *testing.T) {
		s, q := world(), pickup()
		q.Action, s.Keys[1].Policy.AskDropoff = smartbox.Dropoff, smartbox.AskNote
		if d := smartbox.Decide(view(t, s), smartbox.NewBook(), q); d.Allowed || d.Needs != smartbox.NeedNote {
			t.Errorf("%+v", d)
		}
	})
}

func TestDecideDoesNotAllocate(t *testing.T) {
	s := world()
	s.Grants[0].Schedule = sched("office")
	v, b, q := view(t, s), smartbox.NewBook(), pickup()
	var d smartbox.Decision
	if n := testing.AllocsPerRun(100, func() { d = smartbox.Decide(v, b, q) }); n != 0 || !d.Allowed {
		t.Errorf("%v allocations, %+v", n, d)
	}
}

func TestAdmit(t *testing.T) {
	now := smartbox.Moment{Wall: noon}
	cards := smartbox.User{Switches: smartbox.CardAccess}
	free := smartbox.User{Switches: smartbox.CardAccess | smartbox.CardsWithoutActivation}
	b := smartbox.NewBook()
	b.Apply(smartbox.Event{Kind: smartbox.BackupUsed, Cred: 9})
	b.Apply(smartbox.Event{Kind: smartbox.BadgeActivated, Cred: 8})
	for name, c := range map[string]struct {
		c    smartbox.Credential
		u    smartbox.User
		want smartbox.Reason
	}{
		"code":            {smartbox.Credential{Kind: smartbox.AccessCode}, smartbox.User{}, smartbox.Granted},
		"expired":         {smartbox.Credential{Kind: smartbox.AccessCode, Until: stamp(0)}, smartbox.User{}, smartbox.CredentialExpired},
		"not yet expired": {smartbox.Credential{Kind: smartbox.AccessCode, Until: stamp(time.Second)}, smartbox.User{}, smartbox.Granted},
		"backup":          {smartbox.Credential{Kind: smartbox.BackupCode, Number: 7}, smartbox.User{}, smartbox.Granted},
		"spent backup":    {smartbox.Credential{Kind: smartbox.BackupCode, Number: 9}, smartbox.User{}, smartbox.BackupSpent},
		"no card access":  {smartbox.Credential{Kind: smartbox.UserBadge, Active: true}, smartbox.User{}, smartbox.CardsOff},
		"new badge":       {smartbox.Credential{Kind: smartbox.UserBadge}, cards, smartbox.BadgeNotActive},
		"active badge":    {smartbox.Credential{Kind: smartbox.UserBadge, Active: true}, cards, smartbox.Granted},
		"activated here":  {smartbox.Credential{Kind: smartbox.UserBadge, Number: 8}, cards, smartbox.Granted},
		"needs none":      {smartbox.Credential{Kind: smartbox.UserBadge}, free, smartbox.Granted},
		"fob":             {smartbox.Credential{Kind: smartbox.KeyFob}, smartbox.User{}, smartbox.Granted},
	} {
		if got := smartbox.Admit(c.c, c.u, b, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
