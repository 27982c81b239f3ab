package sim

import (
	"periph.io/x/conn/v3/gpio"

	"smartbox/board"
	"smartbox/device/chips"
)

// settle carries what the mechanics say to the pins of the chips. It is never called by a chip, for a chip that
// is being driven must not be driven from within.
func (c *Cabinet) settle() {
	c.wiring.Lock()
	defer c.wiring.Unlock()
	for _, l := range c.levels() {
		c.hw.drive(l.pin, l.active != l.low)
	}
}

// level is what a contact says.
type level struct {
	pin    board.Pin
	active bool
	low    bool // active is low
}

func (c *Cabinet) levels() []level {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.profile
	out := []level{
		{p.Tamper.Pin, c.supply.tamper, p.Tamper.ActiveLow},
		{p.Mains.Pin, c.supply.mains, p.Mains.ActiveLow},
		{p.Battery.Pin, c.supply.percent >= BatteryLow, p.Battery.ActiveLow},
	}
	for _, s := range c.slots {
		out = append(out,
			level{s.wiring.Contact, s.open, p.Sensors.ContactsLow},
			level{s.wiring.Hook, s.key != "", p.Sensors.KeysLow},
			level{s.wiring.Bolt, s.bolt(), p.Sensors.BoltsLow},
		)
	}
	return out
}

// watchOutputs follows what the expanders drive: coils, lamps, a sounder.
func (c *Cabinet) watchOutputs() {
	for name, m := range c.hw.expanders {
		var coils []*slot
		for _, s := range c.slots {
			if s.wiring.Lock.Expander == name {
				coils = append(coils, s)
			}
		}
		low := c.profile.Locks.ActiveLow
		m.OnOutput(func(o chips.Outputs) {
			for _, s := range coils {
				bit := int(s.wiring.Lock.Bit)
				c.energise(s, o.High(bit) && !low || o.Low(bit) && low)
			}
			c.notify()
		})
	}
	for _, w := range c.hw.outputs {
		w.Watch(func(gpio.Level) { c.notify() })
	}
}

// drives reports whether an output pin is at its active level.
func (c *Cabinet) drives(pin board.Pin, activeLow bool) bool {
	if pin.Expander == "" {
		w, ok := c.hw.outputs[pin.Line]
		return ok && (bool(w.Read()) != activeLow || w.Tone() > 0)
	}
	o := c.hw.expanders[pin.Expander].Outputs()
	if activeLow {
		return o.Low(int(pin.Bit))
	}
	return o.High(int(pin.Bit))
}
