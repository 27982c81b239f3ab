package sim

import "fmt"

// BatteryLow is the charge, in percent, below which the charger's contact says that the battery is nearly empty.
const BatteryLow = 20

type supply struct {
	mains   bool
	percent int
	tamper  bool
}

// Tamper opens or closes the cabinet's own cover.
func (c *Cabinet) Tamper(open bool) {
	_ = c.act(func() error { c.supply.tamper = open; return nil }) // an error says that nobody looks any more
}

// Mains plugs the mains in or out.
func (c *Cabinet) Mains(there bool) {
	_ = c.act(func() error { c.supply.mains = there; return nil })
}

// Battery sets the charge in percent. The charger tells whether it is below BatteryLow, and no more.
func (c *Cabinet) Battery(percent int) error {
	return c.act(func() error {
		if percent < 0 || percent > 100 {
			return fmt.Errorf("sim: a battery of %d percent: use 0 to 100", percent)
		}
		c.supply.percent = percent
		return nil
	})
}
