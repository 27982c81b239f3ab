package indextest

import (
	"fmt"

	"pgregory.net/rapid"

	"smartbox"
)

// pool draws ids from a small stock, so that things meet.
func pool[T any](prefix string, n int) *rapid.Generator[smartbox.ID[T]] {
	return rapid.Custom(func(t *rapid.T) smartbox.ID[T] {
		return smartbox.MustID[T](fmt.Sprint(prefix, rapid.IntRange(0, n-1).Draw(t, "id")))
	})
}

// distinct draws up to most different ids.
func distinct[T any](t *rapid.T, prefix string, n, most int) []smartbox.ID[T] {
	return rapid.SliceOfNDistinct(pool[T](prefix, n), 0, most, func(id smartbox.ID[T]) smartbox.ID[T] { return id }).Draw(t, prefix)
}

// Texts are the canonical texts whose digests random snapshots may hold.
func Texts() []string {
	var all []string
	for i := range 24 {
		all = append(all, smartbox.Code(fmt.Sprintf("%04d", i)).Canonical(), smartbox.WiegandBadge(smartbox.Wiegand26, 1, uint64(i)).Canonical())
	}
	return all
}

func stamp(t *rapid.T, label string) smartbox.Stamp {
	return rapid.SampledFrom([]smartbox.Stamp{0, 0, 0, 1, Noon - 3_600_000, Noon, Noon + 1, Noon + 86_400_000, 1<<62 + 12345, -5}).Draw(t, label)
}

// Random draws a valid snapshot of few users, keys and grants, in every combination that a snapshot can hold.
func Random(t *rapid.T) *smartbox.Snapshot {
	s := &smartbox.Snapshot{
		Revision: smartbox.Revision{Epoch: rapid.Uint64Range(0, 3).Draw(t, "epoch"), Version: rapid.Uint64().Draw(t, "version")},
		IssuedAt: rapid.SampledFrom([]smartbox.Stamp{1, Noon - 60_000, Noon}).Draw(t, "issued"),
	}
	randomPlaces(t, s)
	for _, id := range distinct[smartbox.Group](t, "g", 5, 4) {
		s.Groups = append(s.Groups, smartbox.Group{
			ID: id, Name: rapid.SampledFrom([]string{"", "Fleet", "Höfe"}).Draw(t, "name"), NeedPIN: rapid.Bool().Draw(t, "pin"),
			People: rapid.Uint8Range(0, 3).Draw(t, "people"), MaxPerUser: rapid.Uint8().Draw(t, "per user"), MaxOut: rapid.Uint8().Draw(t, "out"),
		})
	}
	for i, id := range distinct[smartbox.Key](t, "k", 8, 6) {
		s.Keys = append(s.Keys, randomKey(t, s, i, id))
	}
	randomPeople(t, s)
	if len(s.Keys) > 0 && rapid.Bool().Draw(t, "seats") {
		s.Custody = []smartbox.Custody{{Key: s.Keys[0].ID, Place: smartbox.WithUser, User: smartbox.MustID[smartbox.User]("u1"), Since: Noon, Assumed: true}}
	}
	s.Normalize()
	return s
}

func randomPlaces(t *rapid.T, s *smartbox.Snapshot) {
	for i, id := range distinct[smartbox.Slot](t, "s", 9, 6) {
		s.Slots = append(s.Slots, smartbox.Slot{ID: id, Number: uint16(100 - i), Retired: rapid.Bool().Draw(t, "retired")})
	}
	zones := rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/St_Johns"})
	s.Locations = []smartbox.Location{{ID: smartbox.MustID[smartbox.Location]("here"), Zone: zones.Draw(t, "zone")}}
	for _, id := range distinct[smartbox.Location](t, "l", 3, 2) {
		s.Locations = append(s.Locations, smartbox.Location{ID: id, Name: "Elsewhere", Zone: zones.Draw(t, "zone"), Holidays: []smartbox.Holiday{{Date: 20260302}}})
	}
	s.Box = smartbox.Box{
		ID: smartbox.MustID[smartbox.Box]("box-1"), Name: "Depot", Location: s.Locations[0].ID, NeedPIN: rapid.Bool().Draw(t, "pin"),
		Policy:  smartbox.BoxPolicy{AllowUntrustedClock: rapid.Bool().Draw(t, "untrusted"), PickupsOnBattery: rapid.Bool().Draw(t, "battery")},
		Reasons: []smartbox.PickupReason{{Number: 2, Text: "Delivery"}},
	}
	for _, id := range distinct[smartbox.Schedule](t, "c", 4, 3) {
		c := smartbox.Schedule{ID: id, Holidays: smartbox.HolidayRule(rapid.Uint8Range(0, 2).Draw(t, "holidays"))}
		for range rapid.IntRange(0, 3).Draw(t, "windows") {
			c.Windows = append(c.Windows, smartbox.Window{
				Days: smartbox.Days(rapid.Uint8Range(1, 127).Draw(t, "days")),
				From: smartbox.Minute(rapid.Uint16Range(0, 1439).Draw(t, "from")), To: smartbox.Minute(rapid.Uint16Range(0, 1440).Draw(t, "to")),
			})
		}
		s.Schedules = append(s.Schedules, c)
	}
}

func randomKey(t *rapid.T, s *smartbox.Snapshot, i int, id smartbox.KeyID) smartbox.Key {
	k := smartbox.Key{ID: id, Name: "Van", Location: s.Locations[i%len(s.Locations)].ID, Blocked: rapid.IntRange(0, 9).Draw(t, "blocked") == 0}
	if i < len(s.Slots) && rapid.Bool().Draw(t, "fixed") {
		k.Home = s.Slots[i].ID
	}
	for _, g := range s.Groups {
		if rapid.Bool().Draw(t, "in group") {
			k.Groups = append(k.Groups, g.ID)
		}
	}
	k.Policy = smartbox.KeyPolicy{
		NeedPIN: rapid.Bool().Draw(t, "pin"), People: rapid.Uint8Range(0, 3).Draw(t, "people"),
		AskPickup: smartbox.Ask(rapid.Uint8Range(0, 2).Draw(t, "ask")),
	}
	return k
}

func randomPeople(t *rapid.T, s *smartbox.Snapshot) {
	for _, id := range distinct[smartbox.User](t, "u", 12, 10) {
		s.Users = append(s.Users, smartbox.User{
			ID: id, Name: rapid.SampledFrom([]string{"", "Anna", "Jürgen Groß", "李"}).Draw(t, "name"),
			Role: smartbox.Role(rapid.Uint8Range(0, 2).Draw(t, "role")), Status: smartbox.Status(rapid.SampledFrom([]uint8{1, 1, 1, 0, 2, 8}).Draw(t, "status")),
			Switches: smartbox.Switches(rapid.Uint8Range(0, 3).Draw(t, "switches")), MaxKeys: rapid.Uint8().Draw(t, "max"),
			Language: rapid.SampledFrom([]string{"", "de", "en"}).Draw(t, "language"), From: stamp(t, "from"), Until: stamp(t, "until"),
		})
	}
	key := Key()
	for i, text := range rapid.SliceOfNDistinct(rapid.SampledFrom(Texts()), 0, 20, func(x string) string { return x }).Draw(t, "credentials") {
		c := smartbox.Credential{
			Digest: key.Digest(text), Number: uint32(i)*77 + 1, Kind: smartbox.CredentialKind(rapid.Uint8Range(1, 4).Draw(t, "kind")),
			Active: rapid.Bool().Draw(t, "active"), Until: stamp(t, "until"),
		}
		switch {
		case c.Kind == smartbox.KeyFob && len(s.Keys) > 0:
			c.Key = rapid.SampledFrom(s.Keys).Draw(t, "key").ID
		case c.Kind != smartbox.KeyFob && len(s.Users) > 0:
			c.User = rapid.SampledFrom(s.Users).Draw(t, "user").ID
		default:
			continue
		}
		s.Credentials = append(s.Credentials, c)
	}
	if len(s.Users) == 0 {
		return
	}
	for _, id := range distinct[smartbox.Grant](t, "p", 60, 40) {
		s.Grants = append(s.Grants, RandomGrant(t, s, id, rapid.SampledFrom(s.Users).Draw(t, "user").ID))
	}
	if len(s.Keys) == 0 {
		return
	}
	for _, id := range distinct[smartbox.Booking](t, "b", 9, 6) {
		from := Noon + smartbox.Stamp(rapid.Int64Range(-3, 3).Draw(t, "from"))*3_600_000
		s.Bookings = append(s.Bookings, smartbox.Booking{
			ID: id, User: rapid.SampledFrom(s.Users).Draw(t, "user").ID, Key: rapid.SampledFrom(s.Keys).Draw(t, "key").ID,
			From: from, Until: from + 7_200_000,
		})
	}
}

// RandomGrant draws a grant of a user on something that the snapshot has.
func RandomGrant(t *rapid.T, s *smartbox.Snapshot, id smartbox.GrantID, u smartbox.UserID) smartbox.Grant {
	targets := []smartbox.Target{smartbox.OnAll(), smartbox.OnLocation(s.Locations[0].ID)}
	for _, k := range s.Keys {
		targets = append(targets, smartbox.OnKey(k.ID))
	}
	for _, g := range s.Groups {
		targets = append(targets, smartbox.OnGroup(g.ID))
	}
	g := smartbox.Grant{
		ID: id, User: u, Target: rapid.SampledFrom(targets).Draw(t, "target"),
		Role: smartbox.PermissionRole(rapid.Uint8Range(1, 3).Draw(t, "role")), From: stamp(t, "from"), Until: stamp(t, "until"),
	}
	if len(s.Schedules) > 0 && rapid.Bool().Draw(t, "scheduled") {
		g.Schedule = rapid.SampledFrom(s.Schedules).Draw(t, "schedule").ID
	}
	return g
}
