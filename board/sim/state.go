package sim

import (
	"context"
	"slices"
	"strings"
	"time"

	"smartbox"
	"smartbox/device"
)

// State is all that can be seen of the cabinet at one moment.
type State struct {
	Glass     []string // of the display
	Backlight bool
	Doors     []DoorState // in the order of the profile
	Hand      []smartbox.Badge
	OnReader  []smartbox.Badge
	Held      string // keys of the keypad that are down
	Mains     bool
	Battery   int
	Tamper    bool
	Buzzing   bool
	Faults    map[string]Kind
}

// DoorState is what can be seen of one compartment.
type DoorState struct {
	Slot   smartbox.SlotID
	Number int // counted from 1 in the order of the profile
	Open   bool
	Locked bool // the latch holds
	Jammed bool
	Coil   bool
	Lit    bool
	Lamp   device.Light
	Key    smartbox.Badge
}

// State looks at the cabinet.
func (c *Cabinet) State() State {
	s := State{Glass: c.Glass(), Backlight: c.Backlight(), Buzzing: c.Buzzing(), Faults: c.Faults()}
	lit := make([]bool, len(c.slots))
	for i, x := range c.slots {
		lit[i] = c.Lit(x.wiring.ID)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, x := range c.slots {
		s.Doors = append(s.Doors, DoorState{
			Slot: x.wiring.ID, Number: x.number, Open: x.open, Locked: x.latched, Jammed: x.jammed,
			Coil: x.coil, Lit: lit[i], Lamp: c.lamps[x.wiring.ID], Key: x.key,
		})
	}
	s.Hand, s.OnReader = slices.Clone(c.hand), slices.Clone(c.reader)
	var held strings.Builder
	for k, down := range c.down {
		if down {
			held.WriteRune(k)
		}
	}
	s.Held = held.String()
	s.Mains, s.Battery, s.Tamper = c.supply.mains, c.supply.percent, c.supply.tamper
	return s
}

// Glass is what the display's glass shows, read from its controller: a string of full width for each row. It is
// nil for a display without characters, and for none.
func (c *Cabinet) Glass() []string {
	if c.hw.lcd == nil {
		return nil
	}
	return c.hw.lcd.Lines()
}

// Backlight says whether the glass is lit.
func (c *Cabinet) Backlight() bool {
	return c.hw.lcd != nil && c.hw.lcd.Backlight() || c.hw.oled != nil && c.hw.oled.On()
}

// Lamp is what the daemon last wanted of a slot's lamp; Lit is whether it burns now.
func (c *Cabinet) Lamp(slot smartbox.SlotID) device.Light {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lamps[slot]
}

// Lit says whether a slot's lamp burns at this moment, by the level of its pin.
func (c *Cabinet) Lit(slot smartbox.SlotID) bool {
	s, ok := c.index[slot]
	return ok && !s.wiring.Light.None() && c.drives(s.wiring.Light, c.profile.Lights.ActiveLow)
}

// Buzzing says whether the sounder sounds at this moment, by the level of its pin.
func (c *Cabinet) Buzzing() bool {
	p := c.profile.Sounder
	return !p.Pin.None() && c.drives(p.Pin, p.ActiveLow)
}

// Played is one sound that was begun.
type Played struct {
	Number uint64 // counted from 1
	Sound  device.Sound
	At     time.Time
}

// Sounds are those played so far, the oldest first; of very many, the last Options.Logs.
func (c *Cabinet) Sounds() []Played {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sounds)
}

// listen puts an ear between the daemon and its sounder and lamps: which sound it is cannot be told from a
// level. What is noted there still goes through driver and pin.
func (c *Cabinet) listen() {
	if c.set.Sounder != nil {
		c.set.Sounder = ear{c.set.Sounder, c}
	}
	if c.set.Lights != nil {
		c.set.Lights = eye{c.set.Lights, c}
	}
}

type ear struct {
	device.Sounder
	c *Cabinet
}

func (e ear) Play(ctx context.Context, s device.Sound) error {
	c := e.c
	c.mu.Lock()
	c.played++
	if len(c.sounds) >= c.opts.Logs {
		c.sounds = append(c.sounds[:0], c.sounds[1:]...)
	}
	c.sounds = append(c.sounds, Played{Number: c.played, Sound: s, At: time.Now()})
	c.wake()
	c.mu.Unlock()
	return e.Sounder.Play(ctx, s)
}

type eye struct {
	device.Lights
	c *Cabinet
}

func (e eye) Set(ctx context.Context, slot smartbox.SlotID, l device.Light) error {
	c := e.c
	c.mu.Lock()
	c.lamps[slot] = l
	c.wake()
	c.mu.Unlock()
	return e.Lights.Set(ctx, slot, l)
}

// SoundsAfter are the sounds played after the one with that number.
func (c *Cabinet) SoundsAfter(number uint64) []Played {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := len(c.sounds) - int(min(c.played-min(number, c.played), uint64(len(c.sounds))))
	return slices.Clone(c.sounds[i:])
}
