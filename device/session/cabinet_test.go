package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
)

// The people, keys and slots of the tests.
var (
	anna   = smartbox.MustID[smartbox.User]("anna")  // van 1 and van 2; code 1234, badge 1
	bert   = smartbox.MustID[smartbox.User]("bert")  // van 1 only; code 2222, badge 2
	chris  = smartbox.MustID[smartbox.User]("chris") // administrator, all keys; code 9009
	dora   = smartbox.MustID[smartbox.User]("dora")  // suspended; code 4444
	emil   = smartbox.MustID[smartbox.User]("emil")  // a grant on van 3 that has ended; code 5550; card access off, badge 5
	fred   = smartbox.MustID[smartbox.User]("fred")  // safe, with a second person; code 6060; a badge that is not active, 6
	gina   = smartbox.MustID[smartbox.User]("gina")  // safe and pool; code 7070, badge 7, backup 123456789012
	van1   = smartbox.MustID[smartbox.Key]("van-1")
	van2   = smartbox.MustID[smartbox.Key]("van-2")
	van3   = smartbox.MustID[smartbox.Key]("van-3")
	safe   = smartbox.MustID[smartbox.Key]("safe") // two people
	pool   = smartbox.MustID[smartbox.Key]("pool") // badge and code, asks a reason at pickup and a note at return
	bad    = smartbox.MustID[smartbox.Key]("bad")  // blocked
	spare  = smartbox.MustID[smartbox.Key]("spare")
	slots  []smartbox.SlotID
	boxKey smartbox.BoxKey
)

func init() { //nolint:gochecknoinits // the table of a test
	for i := range 8 {
		slots = append(slots, smartbox.MustID[smartbox.Slot](fmt.Sprintf("s%d", i+1)))
	}
}

func badge(n int) smartbox.Badge { return smartbox.WiegandBadge(smartbox.Wiegand26, 8, uint64(n)) }
func fob(n int) smartbox.Badge   { return smartbox.WiegandBadge(smartbox.Wiegand26, 9, uint64(n)) }

var noon = time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC)

func snapshot() *smartbox.Snapshot {
	loc := smartbox.MustID[smartbox.Location]("depot")
	s := &smartbox.Snapshot{
		Revision: smartbox.Revision{Epoch: 1, Version: 7}, IssuedAt: smartbox.StampOf(noon.Add(-time.Hour)),
		Box: smartbox.Box{
			ID: smartbox.MustID[smartbox.Box]("box"), Name: "Depot box", Location: loc, GoTo: "the front desk",
			Reasons: []smartbox.PickupReason{{Number: 1, Text: "Delivery"}, {Number: 2, Text: "Repair"}},
		},
		Locations: []smartbox.Location{{ID: loc, Name: "Depot", Zone: "UTC"}},
		Keys: []smartbox.Key{
			{ID: van1, Name: "Van 1", Location: loc, Policy: smartbox.KeyPolicy{DueAfter: 8 * time.Hour}},
			{ID: van2, Name: "Van 2", Location: loc},
			{ID: van3, Name: "Van 3", Location: loc},
			{ID: safe, Name: "Safe", Location: loc, Policy: smartbox.KeyPolicy{People: 2}},
			{ID: pool, Name: "Pool car", Location: loc, Policy: smartbox.KeyPolicy{
				NeedPIN: true, AskPickup: smartbox.AskReason, AskDropoff: smartbox.AskNote,
			}},
			{ID: bad, Name: "Old key", Location: loc, Blocked: true},
			{ID: spare, Name: "Spare", Location: loc, Home: slots[6]},
		},
	}
	for i, k := range []smartbox.KeyID{van1, van2, van3, safe, pool, bad} {
		s.Custody = append(s.Custody, smartbox.Custody{Key: k, Place: smartbox.InSlot, Slot: slots[i]})
		s.Credentials = append(s.Credentials, smartbox.Credential{
			Digest: boxKey.Digest(fob(i + 1).Canonical()), Number: uint32(i + 1), Kind: smartbox.KeyFob, Key: k,
		})
	}
	for i, id := range slots {
		s.Slots = append(s.Slots, smartbox.Slot{ID: id, Number: uint16(i + 1)})
	}
	number := uint32(100)
	user := func(id smartbox.UserID, name string, code smartbox.Code, badgeNumber int, change func(*smartbox.User)) {
		u := smartbox.User{ID: id, Name: name, Status: smartbox.StatusValidated, Switches: smartbox.CardAccess}
		if change != nil {
			change(&u)
		}
		s.Users = append(s.Users, u)
		number++
		s.Credentials = append(s.Credentials, smartbox.Credential{
			Digest: boxKey.Digest(code.Canonical()), Number: number, Kind: smartbox.AccessCode, User: id,
		})
		if badgeNumber != 0 {
			number++
			s.Credentials = append(s.Credentials, smartbox.Credential{
				Digest: boxKey.Digest(badge(badgeNumber).Canonical()), Number: number, Kind: smartbox.UserBadge, User: id,
				Active: badgeNumber != 6,
			})
		}
	}
	user(anna, "Anna", "1234", 1, nil)
	user(bert, "Bert", "2222", 2, nil)
	user(chris, "Chris", "9009", 0, func(u *smartbox.User) { u.Role = smartbox.RoleAdministrator })
	user(dora, "Dora", "4444", 0, func(u *smartbox.User) { u.Status = smartbox.StatusSuspended })
	user(emil, "Emil", "5550", 5, func(u *smartbox.User) { u.Switches = 0 })
	user(fred, "Fred", "6060", 6, nil)
	user(gina, "Gina", "7070", 7, nil)
	s.Credentials = append(s.Credentials, smartbox.Credential{
		Digest: boxKey.Digest(smartbox.Code("123456789012").Canonical()), Number: 999, Kind: smartbox.BackupCode, User: gina,
	})
	grant := func(u smartbox.UserID, t smartbox.Target, until smartbox.Stamp) {
		s.Grants = append(s.Grants, smartbox.Grant{
			ID: smartbox.MustID[smartbox.Grant](fmt.Sprintf("g%d", len(s.Grants)+1)), User: u, Target: t,
			Role: smartbox.PermitExchange, Until: until,
		})
	}
	grant(anna, smartbox.OnKey(van1), 0)
	grant(anna, smartbox.OnKey(van2), 0)
	grant(bert, smartbox.OnKey(van1), 0)
	grant(chris, smartbox.OnAll(), 0)
	grant(dora, smartbox.OnKey(van3), 0)
	grant(emil, smartbox.OnKey(van3), smartbox.StampOf(noon.Add(-time.Minute)))
	grant(fred, smartbox.OnKey(safe), 0)
	grant(gina, smartbox.OnKey(safe), 0)
	grant(gina, smartbox.OnKey(pool), 0)
	return s
}

func view(t testing.TB, change func(*smartbox.Snapshot)) smartbox.View {
	t.Helper()
	s := snapshot()
	if change != nil {
		change(s)
	}
	s.Normalize()
	v, err := smartbox.NewMapView(s, &boxKey, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// cabinet drives a machine: the journal and the locks answer at once, unless a test says otherwise.
type cabinet struct {
	t        testing.TB
	m        *session.Machine
	view     smartbox.View
	now      smartbox.Moment
	events   []smartbox.Event
	pulses   []smartbox.SlotID
	sounds   []device.Sound
	lamps    map[smartbox.SlotID]device.Light
	answered []session.Answered
	display  []string
	last     []session.Effect // of the last step alone
	seq      uint64
	disk     error // what the journal answers
	hang     bool  // the journal does not answer
	dead     map[smartbox.SlotID]error
	slow     bool // pulses do not end by themselves
	on       []smartbox.SlotID
	most     int // coils on at once
	pending  []session.Record
	answers  map[uint64]error // by ticket
	kinds    map[uint64]smartbox.EventKind
}

func wiring() []device.SlotWiring {
	var w []device.SlotWiring
	for _, id := range slots {
		w = append(w, device.SlotWiring{Slot: id, Contact: true, KeySensor: true})
	}
	return w
}

// newCabinet is a box in service: its sensors have reported, its snapshot is in force.
func newCabinet(t testing.TB, change func(*smartbox.Snapshot), wires ...device.SlotWiring) *cabinet {
	t.Helper()
	if wires == nil {
		wires = wiring()
	}
	c := &cabinet{
		t: t, view: view(t, change), now: smartbox.Moment{Uptime: time.Second, Wall: noon, Trust: smartbox.ClockSynced},
		lamps: map[smartbox.SlotID]device.Light{}, dead: map[smartbox.SlotID]error{},
		answers: map[uint64]error{}, kinds: map[uint64]smartbox.EventKind{},
	}
	c.m = session.New(session.Config{Boot: 1, Slots: wires, Book: smartbox.NewBook()})
	c.boot()
	return c
}

// boot lets the sensors report what stands in the book, and puts the view into force.
func (c *cabinet) boot() {
	for _, s := range c.m.Status().Slots {
		c.do(session.Sensed{Event: device.Door{Slot: s.Slot}})
	}
	c.do(session.Applied{View: c.view})
	for _, s := range c.m.Status().Slots {
		c.do(session.Sensed{Event: device.KeySensed{Slot: s.Slot, Present: s.Key != 0}})
	}
	c.forget()
}

// forget clears what was seen so far.
func (c *cabinet) forget() {
	c.events, c.pulses, c.sounds, c.answered = nil, nil, nil, nil
}

func (c *cabinet) do(in session.Input) {
	c.t.Helper()
	todo := []session.Input{in}
	for i := 0; len(todo) > 0; i++ {
		next := todo[0]
		todo = todo[1:]
		effects := c.m.Step(c.now, next)
		if i == 0 {
			c.last = effects
		}
		for _, e := range effects {
			todo = append(todo, c.carryOut(e)...)
		}
	}
}

func (c *cabinet) carryOut(e session.Effect) []session.Input {
	switch e := e.(type) {
	case session.Record:
		c.kinds[e.Ticket] = e.Event.Kind
		c.events = append(c.events, e.Event)
		if c.hang {
			c.pending = append(c.pending, e)
			return nil
		}
		c.answers[e.Ticket] = c.disk
		if c.disk == nil {
			c.seq++
		}
		return []session.Input{session.Recorded{Ticket: e.Ticket, Seq: c.seq, Err: c.disk}}
	case session.Unlock:
		if err, ok := c.answers[e.Ticket]; !c.hang && (!ok || !c.kinds[e.Ticket].Authorises()) {
			c.t.Errorf("unlock of %s by ticket %d, which is no answered authorisation (%v)", e.Slot, e.Ticket, err)
		}
		c.pulses = append(c.pulses, e.Slot)
		c.on = append(c.on, e.Slot)
		c.most = max(c.most, len(c.on))
		if !c.slow {
			c.on = nil
			return []session.Input{session.Unlocked{Slot: e.Slot, Err: c.dead[e.Slot]}}
		}
	case session.Show:
		c.display = e.Lines
	case session.Sound:
		c.sounds = append(c.sounds, e.Sound)
	case session.Lamp:
		c.lamps[e.Slot] = e.Light
	case session.Answered:
		c.answered = append(c.answered, e)
	case session.Explained:
	}
	return nil
}

func (c *cabinet) keys(s string) {
	c.t.Helper()
	for _, k := range s {
		c.do(session.Sensed{Event: device.Pressed{Key: k}})
	}
}

func (c *cabinet) tap(b smartbox.Badge) {
	c.t.Helper()
	c.do(session.Sensed{Event: device.Tapped{Badge: b}})
}

func (c *cabinet) door(n int, open bool) {
	c.t.Helper()
	c.do(session.Sensed{Event: device.Door{Slot: slots[n-1], Open: open}})
}

func (c *cabinet) key(n int, there bool) {
	c.t.Helper()
	c.do(session.Sensed{Event: device.KeySensed{Slot: slots[n-1], Present: there}})
}

// take and put are a person at an unlocked door.
func (c *cabinet) take(n int) { c.t.Helper(); c.door(n, true); c.key(n, false); c.door(n, false) }
func (c *cabinet) put(n int)  { c.t.Helper(); c.door(n, true); c.key(n, true); c.door(n, false) }

// wait lets time pass, with a tick at each deadline.
func (c *cabinet) wait(d time.Duration) {
	c.t.Helper()
	end := c.now.Uptime + d
	for range 10_000 {
		at, ok := c.m.Next()
		if !ok || at > end {
			break
		}
		c.now = c.now.Add(max(0, at-c.now.Uptime))
		c.do(session.Tick{})
	}
	c.now = c.now.Add(end - c.now.Uptime)
	c.do(session.Tick{})
}

// story is the events so far, each with what tells: user, key, reason.
func (c *cabinet) story() []string {
	var out []string
	for _, e := range c.events {
		words := []string{e.Kind.String()}
		for _, w := range []string{e.User.String(), e.Other.String(), e.Key.String()} {
			if w != "" {
				words = append(words, w)
			}
		}
		if e.Reason != 0 && e.Reason != smartbox.Granted && e.Reason != smartbox.ReturnAccepted {
			words = append(words, e.Reason.String())
		}
		if e.Assumed {
			words = append(words, "assumed")
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

// tells checks the events since the last forget.
func (c *cabinet) tells(want ...string) {
	c.t.Helper()
	if got := c.story(); !slices.Equal(got, want) {
		c.t.Errorf("events:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	c.events = nil
}

func (c *cabinet) opens(want ...int) {
	c.t.Helper()
	var got []int
	for _, s := range c.pulses {
		got = append(got, slices.Index(slots, s)+1)
	}
	if !slices.Equal(got, want) {
		c.t.Errorf("locks moved: %v, want %v", got, want)
	}
	c.pulses = nil
}

func (c *cabinet) shows(want ...string) {
	c.t.Helper()
	if !slices.Equal(c.display, want) {
		c.t.Errorf("display:\n  %q\nwant:\n  %q", c.display, want)
	}
}

func (c *cabinet) where(k smartbox.KeyID, want string) {
	c.t.Helper()
	p := c.m.Book().Where(c.view, k)
	got := ""
	switch p.Place {
	case smartbox.InSlot:
		got = p.Slot.String()
	case smartbox.WithUser:
		got = p.User.String()
	case smartbox.InDoubt:
		got = "in doubt"
	case smartbox.Nowhere:
		got = "nowhere"
	}
	if got != want {
		c.t.Errorf("%s is %s, want %s", k, got, want)
	}
}
