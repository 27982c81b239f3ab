package year_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
	"smartbox/storage/journal"
	"smartbox/sync/wire"
)

var errDisk = errors.New("disk does not answer")

// deed is something that will happen in the cabinet.
type deed struct {
	at time.Duration
	do func()
}

// cabinet is one box: what it believes (the machine, the journal) and what is true (doors, hooks, hands).
type cabinet struct {
	t    *testing.T
	rnd  *rand.Rand
	dir  string
	view smartbox.View

	m    *session.Machine
	j    *journal.Journal
	boot uint64
	now  smartbox.Moment
	due  []deed // by time

	open map[smartbox.SlotID]bool
	hook map[smartbox.SlotID]smartbox.KeyID // what hangs in the slot
	hand map[smartbox.KeyID]smartbox.UserID // who carries the key

	diskDead bool
	held     []session.Record // not written yet, oldest first
	events   map[uint64]smartbox.Event
	durable  map[uint64]bool // tickets
	coils    int
	acted    bool // somebody did something since the start
	cut      bool // the power fails within this step

	seen map[smartbox.EventKind]int
	cuts int
}

// start brings the box up as after a power cut: journal, book, machine, sensors, snapshot.
func (c *cabinet) start() {
	c.t.Helper()
	c.boot++
	j, err := journal.Open(c.dir, journal.Options{Codec: wire.Codec{}, Boot: c.boot})
	if err != nil {
		c.t.Fatalf("start %d: %v", c.boot, err)
	}
	var wiring []device.SlotWiring
	for i, s := range c.view.Slots() {
		wiring = append(wiring, device.SlotWiring{Slot: s.ID, Contact: true, KeySensor: true, KeyID: i%2 == 0})
	}
	c.j, c.coils, c.acted, c.cut = j, 0, false, false
	c.held, c.events, c.durable = nil, map[uint64]smartbox.Event{}, map[uint64]bool{}
	c.due = slices.DeleteFunc(c.due, func(d deed) bool { return d.do == nil })
	for i := range c.due { // deeds of people go on; only the box forgot its uptime
		c.due[i].at -= c.now.Uptime
	}
	c.now.Uptime = 0
	c.now.Trust = smartbox.ClockUntrusted
	if c.rnd.IntN(2) == 0 {
		c.now.Trust = smartbox.ClockRTC
	}
	c.m = session.New(session.Config{Boot: c.boot, Slots: wiring, Book: j.Book()})
	for _, s := range c.view.Slots() {
		c.sense(device.Door{Slot: s.ID, Open: c.open[s.ID]})
		c.senseHook(s.ID)
	}
	c.step(session.Applied{View: c.view, Confirmed: c.now.Stamp()})
	c.later(time.Hour, func() {
		c.now.Trust = smartbox.ClockSynced
		c.step(session.ClockSet{})
	})
}

// fail cuts the power and brings the box up again a while later.
func (c *cabinet) fail() {
	c.cuts++
	if err := c.j.Close(); err != nil { // durable or not was decided by each Append
		c.t.Fatal(err)
	}
	c.now.Wall = c.now.Wall.Add(time.Duration(c.rnd.IntN(300)) * time.Second)
	c.start()
}

func (c *cabinet) later(d time.Duration, do func()) {
	c.due = append(c.due, deed{c.now.Uptime + d, do})
	slices.SortStableFunc(c.due, func(a, b deed) int { return int(a.at - b.at) })
}

// wait lets time pass: deadlines of the machine and deeds of the world, in their order.
func (c *cabinet) wait(d time.Duration) {
	for end := c.now.Wall.Add(d); ; {
		left := end.Sub(c.now.Wall)
		if left < 0 {
			return // a cut took longer
		}
		next, tick := left, false
		if at, ok := c.m.Next(); ok && at-c.now.Uptime <= next {
			next, tick = max(0, at-c.now.Uptime), true
		}
		if len(c.due) > 0 && c.due[0].at-c.now.Uptime <= next {
			next = max(0, c.due[0].at-c.now.Uptime)
			c.now = c.now.Add(next)
			do := c.due[0].do
			c.due = c.due[1:]
			do()
			continue
		}
		c.now = c.now.Add(next)
		if !tick {
			return
		}
		c.step(session.Tick{})
	}
}

func (c *cabinet) sense(e device.Event) {
	switch e.(type) {
	case device.Pressed, device.Tapped:
		c.acted = true
	default:
	}
	c.step(session.Sensed{Event: e})
}

func (c *cabinet) senseHook(s smartbox.SlotID) {
	e := device.KeySensed{Slot: s, Present: c.hook[s] != 0}
	for i, slot := range c.view.Slots() {
		if slot.ID == s && i%2 == 0 && e.Present {
			e.Fob = fob(c.hook[s])
		}
	}
	c.sense(e)
}

// step feeds the machine and carries its effects out, until it wants nothing more or the power fails.
func (c *cabinet) step(in session.Input) {
	inputs := []session.Input{in}
	for len(inputs) > 0 {
		in, inputs = inputs[0], inputs[1:]
		for _, e := range c.m.Step(c.now, in) {
			inputs = append(inputs, c.carryOut(e)...)
			if c.cut {
				c.fail()
				return
			}
		}
	}
}

func (c *cabinet) carryOut(e session.Effect) []session.Input {
	switch e := e.(type) {
	case session.Record:
		return c.record(e)
	case session.Unlock:
		return c.unlock(e)
	case session.Show, session.Sound, session.Lamp, session.Answered, session.Explained:
	}
	return nil
}

func (c *cabinet) record(r session.Record) []session.Input {
	c.events[r.Ticket] = r.Event
	fate := c.rnd.IntN(4000)
	if fate == 0 { // the power fails before the event is on record
		c.cut = true
		return nil
	}
	if c.diskDead || len(c.held) > 0 {
		c.held = append(c.held, r)
		return []session.Input{session.Recorded{Ticket: r.Ticket, Err: errDisk}}
	}
	in := c.append(r)
	if fate == 1 { // or after, and before the box knows
		c.cut = true
		return nil
	}
	return []session.Input{in}
}

func (c *cabinet) append(r session.Record) session.Input {
	seq, err := c.j.Append(r.Event)
	if err != nil {
		c.t.Fatalf("append %v: %v", r.Event.Kind, err)
	}
	c.durable[r.Ticket] = true
	c.seen[r.Event.Kind]++
	if r.Event.Kind == smartbox.HandedOver {
		c.hand[r.Event.Key] = r.Event.Other
	}
	return session.Recorded{Ticket: r.Ticket, Seq: seq}
}

// heal brings the disk back; what was held back is written first.
func (c *cabinet) heal() {
	c.diskDead = false
	held := c.held
	c.held = nil
	for _, r := range held {
		c.step(c.append(r))
	}
}

// unlock checks the cause, and lets the door spring open or jam.
func (c *cabinet) unlock(u session.Unlock) []session.Input {
	cause, ok := c.events[u.Ticket]
	if !ok || !cause.Kind.Authorises() || cause.Slot != u.Slot || !c.acted {
		c.t.Fatalf("slot %s moves without a cause: %+v", u.Slot, cause)
	}
	if !c.durable[u.Ticket] && cause.Kind != smartbox.DropoffAuthorised {
		c.t.Fatalf("slot %s moves for a %v that is not on record", u.Slot, cause.Kind)
	}
	if c.coils++; c.coils > 2 {
		c.t.Fatalf("%d coils at once", c.coils)
	}
	luck := c.rnd.IntN(200)
	boot := c.boot
	c.later(400*time.Millisecond, func() {
		if c.boot != boot {
			return
		}
		c.coils--
		var err error
		if luck == 0 {
			err = device.ErrDead
		}
		c.step(session.Unlocked{Slot: u.Slot, Err: err})
	})
	if luck > 3 { // else the driver fails or the door jams
		c.later(time.Second, func() { c.swing(u.Slot, cause) })
	}
	if luck == 0 {
		c.later(10*time.Second, func() { c.sense(device.Health{Part: smartbox.PartLocks, Slots: []smartbox.SlotID{u.Slot}}) })
	}
	return nil
}
