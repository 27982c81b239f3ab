package lock_test

import (
	"context"
	"fmt"
	"log"

	"smartbox"
	"smartbox/device/busguard"
	"smartbox/device/chips"
	"smartbox/device/lock"
	"smartbox/device/mcp23017"
)

func Example() {
	var bus chips.Bus // on a board, what periph's i2creg.Open gives
	bus.Add(0x20, chips.NewMCP23017())

	chip, err := mcp23017.New(busguard.New(&bus, nil), 0x20, &mcp23017.Opts{Outputs: 0x80FF})
	if err != nil {
		log.Fatal(err)
	}
	slot := smartbox.MustID[smartbox.Slot]("a1")
	bank, err := lock.New([]lock.Coil{{Slot: slot, Chip: chip, Pin: 0}}, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if err := bank.Secure(ctx); err != nil {
		log.Fatal(err)
	}
	if err := bank.Unlock(ctx, slot); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bank, "gave one pulse")
	// Output: locks(1 slots, 1 chips) gave one pulse
}
