package storetest

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/store"
	"smartbox/cloud/trust"
)

// Open opens the database under test; each call within a test opens the same one anew. Fresh empties it first.
type Open func(t testing.TB, fresh bool) *store.Store

// House is an organization with what tests need in it.
type House struct {
	T       testing.TB
	Ctx     context.Context
	Store   *store.Store
	Service *directory.Service
	Admin   directory.Actor
	Now     *Clock

	Depot smartbox.LocationID
	North smartbox.BoxID
	South smartbox.BoxID
	Fleet smartbox.GroupID

	mu      sync.Mutex
	changed map[smartbox.BoxID]int
	badges  uint64
}

// Clock is a clock that is set by hand.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is what it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Add sets it forward.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Changed is how often the directory has told of a change to the box.
func (h *House) Changed(box smartbox.BoxID) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed[box]
}

// NewHouse makes an organization with a location, two boxes of four slots and a group.
func NewHouse(t testing.TB, open Open) *House {
	t.Helper()
	sealer, err := trust.OpenSealer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := &House{
		T: t, Ctx: t.Context(), Store: open(t, true), changed: map[smartbox.BoxID]int{},
		Now: &Clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)},
	}
	h.Service = directory.New(directory.Options{
		Repo: h.Store, Sealer: sealer, Now: h.Now.Now,
		Changed: func(b smartbox.BoxID) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.changed[b]++
		},
	})
	org, admin, _, err := h.Service.CreateOrganization(h.Ctx, directory.Organization{Name: "Acme"}, directory.NewMember{
		Member: directory.Member{Kind: directory.KindSmartbox, Person: directory.Person{FirstName: "Ada", LastName: "Admin"}},
	})
	h.must(err)
	h.Admin = directory.Actor{Org: org.ID, Member: admin.ID, Role: smartbox.RoleAdministrator}
	l, err := h.Service.Locations.Create(h.Ctx, h.Admin, directory.Location{Name: "Depot", Zone: "Europe/Berlin"})
	h.must(err)
	h.Depot = l.ID
	g, err := h.Service.Groups.Create(h.Ctx, h.Admin, directory.Group{Name: "Fleet"})
	h.must(err)
	h.Fleet = g.ID
	h.North, h.South = h.Box("North"), h.Box("South")
	return h
}

func (h *House) must(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err)
	}
}

// Box adds a box of four slots at the depot.
func (h *House) Box(name string) smartbox.BoxID {
	h.T.Helper()
	b, err := h.Service.Boxes.Create(h.Ctx, h.Admin, directory.Box{Name: name, Location: h.Depot})
	h.must(err)
	for n := range uint16(4) {
		_, err := h.Service.Slots.Create(h.Ctx, h.Admin, directory.Slot{Box: b.ID, Number: n + 1})
		h.must(err)
	}
	return b.ID
}

// Key adds a key to a box, in the fleet if so wished.
func (h *House) Key(box smartbox.BoxID, fleet bool) smartbox.KeyID {
	h.T.Helper()
	k := directory.Key{Name: "Van", Box: box}
	if fleet {
		k.Groups = []smartbox.GroupID{h.Fleet}
	}
	k, err := h.Service.Keys.Create(h.Ctx, h.Admin, k)
	h.must(err)
	return k.ID
}

// Member adds a smartbox member with a random code and the grants.
func (h *House) Member(name string, on ...smartbox.Target) (directory.Member, smartbox.Code) {
	h.T.Helper()
	m, shown, err := h.Service.CreateMember(h.Ctx, h.Admin, h.NewMember(name, on...))
	h.must(err)
	return m, shown.Code
}

// NewMember is a smartbox member who is to be added with a random code and the grants.
func (h *House) NewMember(name string, on ...smartbox.Target) directory.NewMember {
	n := directory.NewMember{
		Member: directory.Member{Kind: directory.KindSmartbox, Person: directory.Person{FirstName: name, LastName: "Test"}},
		Code:   directory.CodeWish{Random: true},
	}
	for _, t := range on {
		n.Grants = append(n.Grants, directory.Grant{Target: t, Role: smartbox.PermitExchange})
	}
	return n
}

// Snapshot is what the box must have, with its digest checked.
func (h *House) Snapshot(box smartbox.BoxID) *smartbox.Snapshot {
	h.T.Helper()
	s, err := h.Service.SnapshotFor(h.Ctx, box)
	h.must(err)
	h.SameDigest(s)
	return s.Snapshot
}

// Identify says whose a code is at the box.
func (h *House) Identify(box smartbox.BoxID, canonical string) smartbox.UserID {
	h.T.Helper()
	key, err := h.Service.BoxKey(h.Ctx, box)
	h.must(err)
	v, err := smartbox.NewMapView(h.Snapshot(box), &key, time.LoadLocation)
	h.must(err)
	c, _ := v.Identify(canonical)
	return c.User
}

// Must fails the test on an error, and gives the rest.
func Must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// freshID is an id that no test has used before.
func freshID() string { return strings.ToLower(rand.Text()[:12]) }
