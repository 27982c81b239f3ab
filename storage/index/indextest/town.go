// Package indextest makes snapshots for tests and benchmarks of the storage: a town of any size, and random ones.
package indextest

import (
	"fmt"
	"math/rand/v2"

	"smartbox"
)

// Key is the box key under which the snapshots' credentials are digested.
func Key() smartbox.BoxKey { return smartbox.BoxKey{1, 2, 3, 4} }

// Noon is the time at which the snapshots say that they were issued: 2026-03-02 12:00 UTC, a Monday.
const Noon smartbox.Stamp = 1772452800000

// Code is the access code of user i of a town.
func Code(i int) smartbox.Code { return smartbox.Code(fmt.Sprintf("%08d", i*37%100_000_000)) }

// Badge is the badge of user i of a town.
func Badge(i int) smartbox.Badge { return smartbox.WiegandBadge(smartbox.Wiegand34, 7, uint64(i)) } //nolint:gosec // not negative

// Sizes of a town's things.
const (
	townKeys   = 200
	townGroups = 20
	townSlots  = 64
)

// UserID is the id of user i of a town: spread, as ids are that a cloud draws.
func UserID(i int) smartbox.UserID { return smartbox.MustID[smartbox.User](spread("u", i)) }

// spread is an id of 12 characters that tells nothing of i's order.
func spread(prefix string, i int) string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyz"
	x := (uint64(i) + 1) * 0x9e3779b97f4a7c15 //nolint:gosec // not negative
	b := []byte(prefix)
	for range 11 {
		b = append(b, letters[x%36])
		x = x/36 ^ x<<41
	}
	return string(b)
}

// Town is a snapshot of many users: each with an access code and a badge, most with one or two grants on key
// groups, some with a key of their own, few with all; two grants a user on average. The same users and seed give
// the same town.
func Town(users int) *smartbox.Snapshot {
	r := rand.New(rand.NewPCG(1, uint64(users))) //nolint:gosec // repeatable, not secret
	s := things(users)
	key := Key()
	roles := []smartbox.Role{smartbox.RoleManager, smartbox.RoleAdministrator}
	grant := 0
	for i := range users {
		u := smartbox.User{
			ID: UserID(i), Name: fmt.Sprintf("%s %s", firstNames[r.IntN(len(firstNames))], lastNames[r.IntN(len(lastNames))]),
			Status: smartbox.StatusValidated, Switches: smartbox.CardAccess | smartbox.CardsWithoutActivation,
		}
		switch n := r.IntN(100); {
		case n < 3:
			u.Role = roles[n%2]
		case n < 6:
			u.Status = smartbox.StatusSuspended
		case n < 16:
			u.Language = "de"
		case n < 21:
			u.Until = Noon + smartbox.Stamp(r.IntN(365))*86_400_000
		}
		s.Users = append(s.Users, u)
		for k, text := range []string{Code(i).Canonical(), Badge(i).Canonical()} {
			s.Credentials = append(s.Credentials, smartbox.Credential{
				Digest: key.Digest(text), Number: uint32(2*i + k + 1), Kind: smartbox.CredentialKind(k + 1),
				User: u.ID, Active: k == 1 && r.IntN(10) > 0,
			})
		}
		for range 1 + (r.IntN(8)+1)/4 { // 1 to 3, 1.75 on average
			s.Grants = append(s.Grants, townGrant(r, &grant, u.ID, smartbox.OnGroup(s.Groups[r.IntN(townGroups)].ID)))
		}
		if r.IntN(100) < 23 {
			s.Grants = append(s.Grants, townGrant(r, &grant, u.ID, smartbox.OnKey(s.Keys[r.IntN(townKeys)].ID)))
		}
		if r.IntN(100) < 2 {
			s.Grants = append(s.Grants, townGrant(r, &grant, u.ID, smartbox.OnAll()))
		}
	}
	s.Normalize()
	return s
}

func townGrant(r *rand.Rand, n *int, u smartbox.UserID, on smartbox.Target) smartbox.Grant {
	g := smartbox.Grant{
		ID: smartbox.MustID[smartbox.Grant](spread("g", *n)), User: u, Target: on, Role: smartbox.PermitExchange,
	}
	*n++
	if r.IntN(2) == 0 {
		g.Schedule = smartbox.MustID[smartbox.Schedule](fmt.Sprintf("s%d", r.IntN(8)))
	}
	if r.IntN(50) == 0 {
		g.Role = smartbox.PermitManage
	}
	if r.IntN(20) == 0 {
		g.Until = Noon + smartbox.Stamp(r.IntN(365))*86_400_000
	}
	return g
}

// things are the slots, keys, groups and schedules of a town.
func things(users int) *smartbox.Snapshot {
	here := smartbox.MustID[smartbox.Location]("depot")
	s := &smartbox.Snapshot{
		Revision: smartbox.Revision{Epoch: 1, Version: uint64(users)}, IssuedAt: Noon, //nolint:gosec // not negative
		Box: smartbox.Box{ID: smartbox.MustID[smartbox.Box]("box-1"), Name: "Depot", Location: here},
		Locations: []smartbox.Location{{
			ID: here, Name: "Depot", Zone: "Europe/Berlin", Holidays: []smartbox.Holiday{{Date: 20261225, Name: "Christmas"}},
		}},
	}
	for i := range townSlots {
		s.Slots = append(s.Slots, smartbox.Slot{ID: smartbox.MustID[smartbox.Slot](fmt.Sprintf("slot-%d", i)), Number: uint16(i + 1)})
	}
	for i := range 8 {
		s.Schedules = append(s.Schedules, smartbox.Schedule{
			ID: smartbox.MustID[smartbox.Schedule](fmt.Sprintf("s%d", i)), Name: "Shift",
			Windows: []smartbox.Window{
				{Days: 0b0111110, From: 360, To: 1080},
				{Days: smartbox.Days(1 << (i % 7)), From: 1320, To: smartbox.Minute(i * 30)},
			},
		})
	}
	for i := range townGroups {
		s.Groups = append(s.Groups, smartbox.Group{ID: smartbox.MustID[smartbox.Group](fmt.Sprintf("grp-%d", i)), Name: fmt.Sprint("Group ", i)})
	}
	for i := range townKeys {
		k := smartbox.Key{
			ID: smartbox.MustID[smartbox.Key](fmt.Sprintf("key-%d", i)), Name: fmt.Sprint("Van ", i), Location: here,
			Groups: []smartbox.GroupID{s.Groups[i%townGroups].ID},
		}
		if i < townSlots {
			k.Home = smartbox.MustID[smartbox.Slot](fmt.Sprintf("slot-%d", i))
		}
		s.Keys = append(s.Keys, k)
	}
	return s
}

var (
	firstNames = [...]string{"Anna", "Ben", "Carla", "David", "Elif", "Farid", "Greta", "Hanna", "Ivo", "Jana", "Karim", "Lea", "Mia", "Noah", "Oskar", "Pia"}
	lastNames  = [...]string{"Meyer", "Yilmaz", "Novak", "Schmidt", "Rossi", "Weber", "Kaya", "Sato", "Lind", "Costa", "Nowak", "Fischer", "Okoro", "Braun"}
)
