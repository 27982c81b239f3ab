package build

import (
	"fmt"

	"periph.io/x/conn/v3/gpio"

	"smartbox"
	"smartbox/board"
	"smartbox/device/light"
	"smartbox/device/lock"
	"smartbox/device/mcp23017"
	"smartbox/device/sensor"
)

func (b *builder) locks() error {
	var coils []lock.Coil
	for _, s := range b.p.Slots {
		coils = append(coils, lock.Coil{
			Slot: s.ID, Chip: b.chips[s.Lock.Expander], Pin: mcp23017.Pin(s.Lock.Bit), ActiveLow: b.p.Locks.ActiveLow,
		})
	}
	bank, err := lock.New(coils, &lock.Opts{Pulse: b.p.Locks.Pulse})
	if err != nil {
		return err
	}
	b.set.Locks = bank
	b.source(bank)
	return nil
}

// sensors makes one source for each interrupt line, and one for the chips that are polled. A chip whose interrupt
// serves a key matrix is polled for its sensors: an edge wakes one waiter.
func (b *builder) sensors() error {
	inputs := map[string][]sensor.Input{} // by interrupt line; "" = polled
	var order []string
	for _, e := range b.p.Expanders {
		in := b.inputsOn(e.Name)
		if len(in) == 0 {
			continue
		}
		line := e.Int.Line
		if k := b.p.Keypad; k.Kind == board.KeypadMatrix && k.Rows[0].Expander == e.Name {
			line = ""
		}
		if len(inputs[line]) == 0 {
			order = append(order, line)
		}
		inputs[line] = append(inputs[line], in...)
	}
	for _, line := range order {
		var intr gpio.PinIn
		if line != "" {
			var err error
			if intr, err = b.hw.Input(line); err != nil {
				return fmt.Errorf("interrupt of the sensors: %w", err)
			}
		}
		s, err := sensor.New(inputs[line], intr, &sensor.Opts{Debounce: b.p.Sensors.Debounce})
		if err != nil {
			return err
		}
		b.source(s)
	}
	return nil
}

func (b *builder) inputsOn(expander string) []sensor.Input {
	var out []sensor.Input
	add := func(slot smartbox.SlotID, kind sensor.Kind, pin board.Pin, low bool) {
		if pin.Expander == expander {
			out = append(out, sensor.Input{
				Slot: slot, Kind: kind, Chip: b.chips[expander], Pin: mcp23017.Pin(pin.Bit), ActiveLow: low,
			})
		}
	}
	for _, s := range b.p.Slots {
		add(s.ID, sensor.DoorOpen, s.Contact, b.p.Sensors.ContactsLow)
		add(s.ID, sensor.KeyPresent, s.Hook, b.p.Sensors.KeysLow)
		add(s.ID, sensor.BoltHome, s.Bolt, b.p.Sensors.BoltsLow)
	}
	return out
}

func (b *builder) lights() error {
	lamps := map[smartbox.SlotID]light.Pin{}
	for _, s := range b.p.Slots {
		if s.Light.None() {
			continue
		}
		pin, err := b.output(s.Light)
		if err != nil {
			return fmt.Errorf("light of slot %s: %w", s.ID, err)
		}
		lamps[s.ID] = pin
	}
	if len(lamps) == 0 {
		return nil
	}
	o := light.DefaultOpts
	o.ActiveLow = b.p.Lights.ActiveLow
	bank, err := light.New(lamps, &o)
	if err != nil {
		return err
	}
	b.set.Lights = bank
	b.source(bank)
	b.onClose(bank.Halt)
	return nil
}
