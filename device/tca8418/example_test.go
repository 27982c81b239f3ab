package tca8418_test

import (
	"context"
	"fmt"
	"log"

	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/tca8418"
)

func Example() {
	var bus chips.Bus // on a board, what periph's i2creg.Open gives
	model := chips.NewTCA8418()
	bus.Add(tca8418.Addr, model)
	ctx, stop := context.WithCancel(context.Background())
	bus.Tap(func(t chips.Transfer) { // somebody presses 5 once the chip is read
		if len(t.R) == 3 {
			model.Press(1, 1)
		}
	})

	keys, err := tca8418.New(busguard.New(&bus, nil), tca8418.Addr, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	err = keys.Run(ctx, func(e device.Event) {
		if p, ok := e.(device.Pressed); ok {
			fmt.Printf("%s: %c\n", keys, p.Key)
			stop()
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: tca8418@0x34: 5
}
