package year_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
)

// swing opens the door for a cause; whoever it opened for does what she came for, or not, and shuts it.
func (c *cabinet) swing(s smartbox.SlotID, cause smartbox.Event) {
	if c.open[s] {
		return
	}
	c.open[s] = true
	c.sense(device.Door{Slot: s, Open: true})
	c.later(time.Duration(2+c.rnd.IntN(10))*time.Second, func() {
		k := cause.Key
		switch {
		case c.rnd.IntN(12) == 0: // changed her mind
		case cause.Kind == smartbox.PickupAuthorised && c.hook[s] == k:
			c.take(s, cause.User)
		case cause.Kind == smartbox.DropoffAuthorised && c.hand[k] != 0 && c.hook[s] == 0:
			c.put(s, k)
		case cause.Kind == smartbox.SlotAuthorised && c.hook[s] != 0: // the technician takes out what is in doubt
			c.take(s, technician)
		}
	})
	patience := time.Duration(13+c.rnd.IntN(20)) * time.Second
	if c.rnd.IntN(60) == 0 {
		patience += 3 * time.Minute // the door is left open
	}
	c.later(patience, func() {
		c.open[s] = false
		c.sense(device.Door{Slot: s})
	})
}

func (c *cabinet) take(s smartbox.SlotID, u smartbox.UserID) {
	c.hand[c.hook[s]] = u
	delete(c.hook, s)
	c.senseHook(s)
}

func (c *cabinet) put(s smartbox.SlotID, k smartbox.KeyID) {
	delete(c.hand, k)
	c.hook[s] = k
	c.senseHook(s)
}

// visit is somebody at the panel.
func (c *cabinet) visit() {
	who := c.rnd.IntN(len(codes))
	switch c.rnd.IntN(10) {
	case 0: // a stranger guesses
		c.types(fmt.Sprintf("%06d#", c.rnd.IntN(1e6)))
		return
	case 1, 2, 3: // a key's fob; the wrong hands may bring it too
		for _, k := range slices.Sorted(maps.Keys(c.hand)) {
			if c.rnd.IntN(2) == 0 {
				c.sense(device.Tapped{Badge: fob(k)})
				c.wait(time.Duration(5+c.rnd.IntN(40)) * time.Second)
				return
			}
		}
	case 4:
		c.sense(device.Tapped{Badge: badge(who)})
	default:
	}
	c.types(codes[who] + "#")
	if c.rnd.IntN(4) == 0 { // hands over what she has
		c.types("2#")
		c.sense(device.Tapped{Badge: badge(c.rnd.IntN(len(codes)))})
	}
	for range c.rnd.IntN(4) { // choose, answer, hand over, press on: whatever the display asks
		c.wait(time.Duration(c.rnd.IntN(6)) * time.Second)
		switch c.rnd.IntN(8) {
		case 0:
			c.sense(device.Tapped{Badge: badge(c.rnd.IntN(len(codes)))})
		case 1:
			c.types(codes[c.rnd.IntN(len(codes))] + "#")
		case 2:
			c.types("*")
		default:
			c.types(fmt.Sprintf("%d#", 1+c.rnd.IntN(4)))
		}
	}
	c.wait(time.Duration(5+c.rnd.IntN(60)) * time.Second)
}

func (c *cabinet) types(keys string) {
	for _, k := range keys {
		c.sense(device.Pressed{Key: k})
		c.wait(200 * time.Millisecond)
	}
}

// mishap is something that no person at the panel does.
func (c *cabinet) mishap() {
	s := c.view.Slots()[c.rnd.IntN(len(c.view.Slots()))].ID
	switch c.rnd.IntN(8) {
	case 0: // the disk dies for a while
		c.diskDead = true
		c.later(time.Duration(c.rnd.IntN(1800))*time.Second, c.heal)
	case 1:
		c.fail()
	case 2: // forced
		if !c.open[s] {
			c.open[s] = true
			c.sense(device.Door{Slot: s, Open: true})
			c.later(20*time.Second, func() { c.open[s] = false; c.sense(device.Door{Slot: s}) })
		}
	case 3:
		c.sense(device.Supply{Mains: false, Low: true, Percent: 9})
		c.later(time.Hour, func() { c.sense(device.Supply{Mains: true, Percent: 100}) })
	case 4:
		c.sense(device.Tamper{Open: true})
		c.later(time.Minute, func() { c.sense(device.Tamper{}) })
	case 5: // the wall clock jumps, both ways
		c.now.Wall = c.now.Wall.Add(time.Duration(c.rnd.IntN(1200)) * time.Second)
		c.step(session.ClockSet{})
	case 6: // a sensor board is away
		slots := []smartbox.SlotID{s}
		c.sense(device.Health{Part: smartbox.PartSensors, Slots: slots, Err: device.ErrDead})
		c.later(time.Duration(c.rnd.IntN(600))*time.Second, func() {
			c.sense(device.Health{Part: smartbox.PartSensors, Slots: slots})
			c.sense(device.Door{Slot: s, Open: c.open[s]})
			c.senseHook(s)
		})
	case 7:
		c.sense(device.MisRead{Err: device.ErrDead})
	}
}

// settle is the technician's round before the day: every key in doubt is put back by its fob; one that hangs in
// a slot whose sensor cannot name it is taken out in maintenance first.
func (c *cabinet) settle() {
	for _, k := range c.view.Keys() {
		if c.m.Book().Where(c.view, k).Place != smartbox.InDoubt {
			continue
		}
		for _, s := range slices.Sorted(maps.Keys(c.hook)) {
			if c.hook[s] == k {
				c.acted = true
				c.step(session.Order{ID: 1, Kind: session.OrderMaintenance, Actor: "uid:1000"})
				c.step(session.Order{ID: 2, Kind: session.OrderOpen, Slot: s, Actor: "uid:1000"})
				c.wait(time.Minute)
				c.step(session.Order{ID: 3, Kind: session.OrderEndMaintenance, Actor: "uid:1000"})
				break
			}
		}
		if c.hand[k] != 0 {
			c.sense(device.Tapped{Badge: fob(k)})
			c.wait(2 * time.Minute)
		}
	}
}
