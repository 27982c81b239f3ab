package matrix_test

import (
	"context"
	"fmt"
	"log"

	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/matrix"
	"smartbox/device/mcp23017"
)

func Example() {
	var bus chips.Bus // on a board, what periph's i2creg.Open gives
	model := chips.NewMCP23017()
	model.Connect(1, 9) // somebody holds 5: row 1, column 1
	bus.Add(0x21, model)

	wiring := matrix.Wiring{Rows: []mcp23017.Pin{0, 1, 2, 3}, Columns: []mcp23017.Pin{8, 9, 10}}
	opts := mcp23017.DefaultOpts()
	wiring.Wire(&opts)
	chip, err := mcp23017.New(busguard.New(&bus, nil), 0x21, &opts)
	if err != nil {
		log.Fatal(err)
	}
	keys, err := matrix.New(chip, wiring, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	err = keys.Run(ctx, func(e device.Event) {
		if p, ok := e.(device.Pressed); ok {
			fmt.Printf("%s: %c\n", keys, p.Key)
			stop()
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: matrix on mcp23017@0x21: 5
}
