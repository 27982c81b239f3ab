package edge_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"periph.io/x/conn/v3/gpio"

	"smartbox/device/chips"
	"smartbox/device/edge"
)

func Example() {
	line := chips.NewLine("INT", gpio.High) // on a board, what periph's gpioreg.ByName gives
	wait, err := edge.New(line)
	if err != nil {
		log.Fatal(err)
	}
	line.Set(gpio.Low)
	if wait.Wait(context.Background(), time.Minute) {
		fmt.Println("look at the chip")
	}
	// Output: look at the chip
}
