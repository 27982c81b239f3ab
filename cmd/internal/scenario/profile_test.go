package scenario_test

import (
	"fmt"
	"os"
	"strings"

	"smartbox/device"
)

// boardHead is the wiring of a scenario's cabinet: a board of locks for slots 1 to 4 and another for the rest, so that one
// can die alone.
const boardHead = `profile: scenario
title: Cabinet of a scenario
i2c: {main: {bus: /dev/i2c-1, speed: 400kHz}}
uart: {reader: {port: /dev/serial0}}
expanders:
  locks: {i2c: main, address: 0x20}
  doors: {i2c: main, address: 0x21, int: GPIO27}
  hooks: {i2c: main, address: 0x22, int: GPIO22}
  bolts: {i2c: main, address: 0x23, int: GPIO5}
%s  lamps: {i2c: main, address: 0x25}
keypad: {type: tca8418, i2c: main, address: 0x34, int: GPIO17, layout: ["123", "456", "789", "*0#"]}
reader: {type: pn532-uart, uart: reader}
display: {type: hd44780, i2c: main, address: 0x27, columns: 20, rows: 4}
locks: {pulse: 500ms, active: high}
sensors: {debounce: 20ms, contacts: high, keys: low, bolts: low}
lights: {active: high}
sounder: {pin: GPIO18}
tamper: {pin: GPIO23, active: high}
mains: {pin: GPIO24, active: low}
battery: {pin: GPIO25, active: low}
slots:
`

// writeProfile writes a board profile for the wiring.
func writeProfile(wiring []device.SlotWiring, path string) (string, error) {
	if len(wiring) > 8 {
		return "", fmt.Errorf("%d slots: %w", len(wiring), errUnplayable)
	}
	var b strings.Builder
	more := ""
	if len(wiring) > 4 {
		more = "  more: {i2c: main, address: 0x24}\n"
	}
	fmt.Fprintf(&b, boardHead, more)
	for i, w := range wiring {
		if w.KeyID {
			return "", fmt.Errorf("a sensor that reads iButtons: %w", errUnplayable)
		}
		locks, in := "locks", fmt.Sprintf("A%d", i)
		if i >= 4 {
			locks = "more"
		}
		if i == 7 { // A7 is output only
			in = "B0"
		}
		fmt.Fprintf(&b, "  - slots: %s\n    locks: %s.A%d\n    lights: lamps.A%d\n", w.Slot, locks, i, i)
		for _, sensor := range []struct {
			there      bool
			name, chip string
		}{{w.Contact, "contacts", "doors"}, {w.KeySensor, "keys", "hooks"}, {w.LockSensor, "bolts", "bolts"}} {
			if sensor.there {
				fmt.Fprintf(&b, "    %s: %s.%s\n", sensor.name, sensor.chip, in)
			}
		}
	}
	return path, os.WriteFile(path, []byte(b.String()), 0o600)
}
