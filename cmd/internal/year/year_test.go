package year_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smartbox"
	"smartbox/storage/journal"
	"smartbox/sync/snapfile"
	"smartbox/sync/wire"
)

const people = `
box: {id: yard-1, name: Yard, go-to: Front desk}
location: {name: Depot, zone: Europe/Berlin, holidays: [2026-12-25 Christmas]}
slots: 8
reasons: [Service, Customer, Private]
groups:
  - {name: Fleet}
schedules:
  - {name: Office, times: Mon-Fri 06:00-20:00}
keys:
  - {name: Key 0, slot: 1, groups: fleet, fob: "uid:04A1000000AA00"}
  - {name: Key 1, slot: 2, groups: fleet, fob: "uid:04A1000000AA01"}
  - {name: Key 2, slot: 3, groups: fleet, fob: "uid:04A1000000AA02", due-after: 8h}
  - {name: Key 3, lies-in: 4, fob: "uid:04A1000000AA03"}
  - {name: Key 4, lies-in: 5, fob: "uid:04A1000000AA04", ask-pickup: reason}
  - {name: Key 5, lies-in: 6, fob: "uid:04A1000000AA05", people: 2}
users:
  - {name: User 0, code: 482913, badge: "uid:04B1000000BB00", activated: yes, grants: all}
  - {name: User 1, code: 730264, badge: "uid:04B1000000BB01", grants: group:Fleet}
  - {name: User 2, code: 159067, badge: "uid:04B1000000BB02", activated: yes, grants: [key:Key 3, key:Key 4]}
  - {name: User 3, code: 604817, badge: "uid:04B1000000BB03", activated: yes, grants: all during Office}
  - {name: User 4, code: 938405, badge: "uid:04B1000000BB04", activated: yes, grants: all, max-keys: 1}
  - {name: User 5, code: 271836, badge: "uid:04B1000000BB05", activated: yes, grants: all, status: suspended}
`

var codes = []string{"482913", "730264", "159067", "604817", "938405", "271836"}

var technician = smartbox.MustID[smartbox.User]("user-0")

func badge(i int) smartbox.Badge { return smartbox.Badge(fmt.Sprintf("uid:04B1000000BB%02d", i)) }

func fob(k smartbox.KeyID) smartbox.Badge {
	return smartbox.Badge("uid:04A1000000AA0" + k.String()[len("key-"):])
}

// TestYear is a year of a box, under three fates: each has found what the others did not. SMARTBOX_YEAR_DAYS and
// SMARTBOX_YEAR_SEED ask for another length and for one other fate.
func TestYear(t *testing.T) {
	days, seeds := 365, []uint64{1, 4, 12}
	if testing.Short() {
		days, seeds = 30, seeds[:1]
	}
	if n, err := strconv.Atoi(os.Getenv("SMARTBOX_YEAR_DAYS")); err == nil {
		days = n
	}
	if n, err := strconv.ParseUint(os.Getenv("SMARTBOX_YEAR_SEED"), 10, 64); err == nil {
		seeds = []uint64{n}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			live(t, days, seed)
		})
	}
}

// live is that many days of a box.
func live(t *testing.T, days int, seed uint64) {
	t.Helper()
	c := furnish(t, seed)
	c.start()
	visits := 0
	for day := range days {
		c.settle()
		for range 8 + c.rnd.IntN(12) {
			c.wait(time.Duration(c.rnd.IntN(3600)) * time.Second)
			c.visit()
			visits++
			if c.rnd.IntN(12) == 0 {
				c.mishap()
			}
		}
		c.night()
		c.compare(day)
	}
	c.books()
	t.Logf("%d days, %d visits, %d pickups, %d returns, %d handovers, %d power cuts, %d discrepancies, all solved or open",
		days, visits, c.seen[smartbox.PickupTaken], c.seen[smartbox.DropoffReturned], c.seen[smartbox.HandedOver],
		c.cuts, c.seen[smartbox.DiscrepancyFound])
	for _, k := range []smartbox.EventKind{
		smartbox.PickupTaken, smartbox.PickupNotTaken, smartbox.DropoffReturned, smartbox.DropoffNotReturned,
		smartbox.AccessRefused, smartbox.AccessUnknown, smartbox.DoorForced, smartbox.LockJammed, smartbox.RecordBroken,
	} {
		if days >= 100 && c.seen[k] == 0 {
			t.Errorf("no %v in all that time: the year shows nothing", k)
		}
	}
}

// furnish builds the cabinet with every key in its slot.
func furnish(t *testing.T, seed uint64) *cabinet {
	f, err := snapfile.ParseYAML("people.yaml", []byte(people))
	if err != nil {
		t.Fatal(err)
	}
	key, begin := smartbox.BoxKey{4}, time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	s, _, err := snapfile.Build(snapfile.Options{
		Key: &key, Zones: time.LoadLocation, Now: begin, Revision: smartbox.Revision{Epoch: 1, Version: 1},
	}, f)
	if err != nil {
		t.Fatal(err)
	}
	v, err := smartbox.NewMapView(s, &key, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	c := &cabinet{
		t: t, dir: t.TempDir(), view: v,
		rnd:  rand.New(rand.NewPCG(seed, 7)), // a fate that can be told again
		now:  smartbox.Moment{Wall: begin},
		open: map[smartbox.SlotID]bool{}, hook: map[smartbox.SlotID]smartbox.KeyID{},
		hand: map[smartbox.KeyID]smartbox.UserID{}, seen: map[smartbox.EventKind]int{},
	}
	book := smartbox.NewBook()
	for _, k := range v.Keys() {
		c.hook[book.Where(v, k).Slot] = k
	}
	return c
}

// night lets everything come to rest.
func (c *cabinet) night() {
	c.wait(3 * time.Hour)
	for range 50 {
		if len(c.due) == 0 && !c.diskDead {
			return
		}
		c.wait(time.Hour)
	}
	c.t.Fatalf("the day does not end: %d deeds are left", len(c.due))
}

// compare holds what the box believes against what is true. It may be in doubt; it may not be wrong.
func (c *cabinet) compare(day int) {
	c.t.Helper()
	doubts := 0
	for _, k := range c.view.Keys() {
		at := c.m.Book().Where(c.view, k)
		switch at.Place {
		case smartbox.InDoubt:
			doubts++
		case smartbox.InSlot:
			if c.hook[at.Slot] != k {
				c.tell(k)
				c.t.Fatalf("day %d: %s is said to hang in %s; there is %q, and it is with %q", day, k, at.Slot, c.hook[at.Slot], c.hand[k])
			}
		case smartbox.WithUser:
			if c.hand[k] != at.User {
				c.tell(k)
				c.t.Fatalf("day %d: %s is said to be with %s; it is with %q", day, k, at.User, c.hand[k])
			}
		case smartbox.Nowhere:
			c.t.Fatalf("day %d: %s is nowhere", day, k)
		}
	}
	if doubts > 3 {
		c.t.Fatalf("day %d: %d keys are in doubt; the technician does not get on top of it", day, doubts)
	}
	if n := len(c.m.Book().Open); n > 0 {
		c.t.Fatalf("day %d: %d exchanges never ended", day, n)
	}
}

// books closes the journal and checks that it tells the same story: whole, without a gap, and folding into the
// book that the machine went by.
func (c *cabinet) books() {
	c.t.Helper()
	if err := c.j.Close(); err != nil {
		c.t.Fatal(err)
	}
	if r, err := journal.Verify(c.dir, wire.Codec{}); err != nil || !r.OK() {
		c.t.Fatalf("%+v, %v", r, err)
	}
	j, err := journal.Open(c.dir, journal.Options{Codec: wire.Codec{}, Boot: c.boot + 1})
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	// Synced is moved by confirmations too, which are no events.
	if diff := cmp.Diff(c.m.Book(), j.Book(), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(smartbox.Book{}, "Synced")); diff != "" {
		c.t.Errorf("the journal tells another story (-machine +journal)\n%s", diff)
	}
	want := uint64(1)
	for e, err := range j.Read(1) {
		if err != nil || e.Seq != want {
			c.t.Fatalf("event %d: %d, %v", want, e.Seq, err)
		}
		want++
	}
}

// tell prints the last that was recorded of a key.
func (c *cabinet) tell(k smartbox.KeyID) {
	c.t.Helper()
	for e, err := range c.j.Read(max(1, c.m.Book().LastSeq-60)) {
		if err == nil && (e.Key == k || e.Key == 0) {
			c.t.Logf("%d %s boot %d +%s %s %s user=%s other=%s slot=%s exchange=%d", e.Seq, e.At, e.Boot, e.Uptime, e.Kind, e.Reason, e.User, e.Other, e.Slot, e.Exchange)
		}
	}
	for s, hangs := range c.hook {
		c.t.Logf("in %s hangs %s", s, hangs)
	}
}
