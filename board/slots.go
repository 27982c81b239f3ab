package board

import (
	"strings"
	"time"

	"smartbox"
)

// The longest and the shortest pulse. A coil that is on for longer than MaxPulse, the bound of device/lock, gets
// hot; one that is on for less than MinPulse does not pull.
const (
	MinPulse = 20 * time.Millisecond
	MaxPulse = time.Second
)

func (c *checker) locks(in fileLocks) {
	at := path{"locks"}
	c.p.Locks = Locks{
		Pulse:     c.duration(at.to("pulse"), in.Pulse, 400*time.Millisecond, MinPulse, MaxPulse),
		ActiveLow: c.activeLow(at.to("active"), in.Active, "high"),
	}
}

func (c *checker) slots(in []fileSlots) {
	if len(in) == 0 {
		c.add(path{"slots"}, "the cabinet has no slots: add \"slots:\" with a group such as \"- {slots: s1-s8, locks: locks.A0-A7}\"")
	}
	seen := map[smartbox.SlotID]bool{}
	for i, g := range in {
		at := path{"slots", i}
		ids, err := parseSlots(g.Slots)
		if g.Slots == "" {
			c.add(at, "this group names no slots: add \"slots: s1-s8\"")
			continue
		}
		if err != nil {
			c.add(at.to("slots"), "%v", err)
			continue
		}
		for _, id := range ids {
			if seen[id] {
				c.add(at.to("slots"), "slot %s stands here a second time: keep one of them", id)
			}
			seen[id] = true
		}
		c.group(at, g, ids)
	}
	if len(seen) > maxSlots {
		c.add(path{"slots"}, "%d slots are more than %d: split the cabinet", len(seen), maxSlots)
	}
}

func (c *checker) group(at path, g fileSlots, ids []smartbox.SlotID) {
	bank := func(field, s, what string, d direction) []Pin {
		if s == "" {
			return make([]Pin, len(ids))
		}
		duties := make([]string, len(ids))
		for i, id := range ids {
			duties[i] = what + " of slot " + id.String()
		}
		if pins := c.pins(at.to(field), s, duties, d); pins != nil {
			return pins
		}
		return make([]Pin, len(ids))
	}
	if g.Locks == "" {
		c.add(at, "these slots have no locks: add \"locks: locks.A0-A7\"")
	}
	locks := bank("locks", g.Locks, "lock", output)
	contacts := bank("contacts", g.Contacts, "door contact", inputPin)
	hooks := bank("keys", g.Keys, "key sensor", inputPin)
	bolts := bank("bolts", g.Bolts, "lock sensor", inputPin)
	lights := bank("lights", g.Lights, "light", output)
	for i, id := range ids {
		if !locks[i].None() && locks[i].Expander == "" {
			c.add(at.to("locks"), "%s cannot hold a lock, for a line of the board floats while the processor starts: use an expander's pin", locks[i])
		}
		c.p.Slots = append(c.p.Slots, Slot{
			ID: id, Lock: locks[i], Contact: contacts[i], Hook: hooks[i], Bolt: bolts[i], Light: lights[i],
		})
	}
}

// unused notes what is defined and wired to nothing: most often a misspelt name elsewhere.
func (c *checker) unused() {
	if len(c.list) > 0 {
		return // the misspelt name has been noted
	}
	check := func(section, name string) {
		if !c.refs[section+"."+name] {
			c.add(path{section, name}, "nothing is wired to %q: wire something to it, or take it out", name)
		}
	}
	for _, b := range c.p.Buses {
		check("i2c", b.Name)
	}
	for _, u := range c.p.Ports {
		check("uart", u.Name)
	}
	for _, e := range c.p.Expanders {
		check("expanders", e.Name)
	}
}

// known lists what is defined in a section, for an error.
func (c *checker) known(section string) string {
	var out []string
	switch section {
	case "i2c":
		for _, b := range c.p.Buses {
			out = append(out, b.Name)
		}
	case "uart":
		for _, u := range c.p.Ports {
			out = append(out, u.Name)
		}
	default:
		for _, e := range c.p.Expanders {
			out = append(out, e.Name)
		}
	}
	if len(out) == 0 {
		return "none yet"
	}
	return strings.Join(out, ", ")
}
