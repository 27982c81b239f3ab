package busguard_test

import (
	"errors"
	"fmt"

	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
)

func Example() {
	var bus chips.Bus // on a board, what periph's i2creg.Open gives
	guard := busguard.New(&bus, &busguard.Opts{Tries: 2})

	err := guard.Tx(0x20, []byte{0x12}, make([]byte, 2))
	fmt.Println(errors.Is(err, device.ErrDead))
	fmt.Println(err)
	// Output:
	// true
	// i2c chips.Bus, chip 0x20: part does not answer after 2 tries: address 0x20: chips: remote I/O error (no acknowledge)
}
