package sensor_test

import (
	"context"
	"fmt"
	"log"

	"smartbox"
	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/mcp23017"
	"smartbox/device/sensor"
)

func Example() {
	var bus chips.Bus // on a board, what periph's i2creg.Open gives
	model := chips.NewMCP23017()
	model.Drive(8, false) // the contact is closed
	bus.Add(0x20, model)

	chip, err := mcp23017.New(busguard.New(&bus, nil), 0x20, nil)
	if err != nil {
		log.Fatal(err)
	}
	doors, err := sensor.New([]sensor.Input{
		{Slot: smartbox.MustID[smartbox.Slot]("a1"), Kind: sensor.DoorOpen, Chip: chip, Pin: 8},
	}, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	err = doors.Run(ctx, func(e device.Event) {
		fmt.Printf("%+v\n", e)
		stop()
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: {Slot:a1 Open:false}
}
