package mcp23017_test

import (
	"fmt"
	"log"

	"smartbox/device/chips"
	"smartbox/device/mcp23017"
)

func Example() {
	var bus chips.Bus // on a board, a busguard.Bus over what periph's i2creg.Open gives
	bus.Add(0x20, chips.NewMCP23017())

	opts := mcp23017.DefaultOpts()
	opts.Outputs |= 0x00FF // port A drives
	opts.PullUps &= 0xFF00
	opts.Interrupts &= 0xFF00
	dev, err := mcp23017.New(&bus, 0x20, &opts)
	if err != nil {
		log.Fatal(err)
	}
	if err := dev.Write(0x0001, 0x0001); err != nil {
		log.Fatal(err)
	}
	levels, err := dev.Read()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %#04x\n", dev, levels)
	if err := dev.Halt(); err != nil {
		log.Fatal(err)
	}
	// Output: mcp23017@0x20: 0x7f01
}
