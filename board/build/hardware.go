package build

import (
	"io"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"

	"smartbox/board"
	"smartbox/device/busguard"
	"smartbox/device/wiegand"
)

// Hardware finds the things that a profile names. Each is asked for once.
type Hardware interface {
	// Bus opens an I2C bus.
	Bus(b board.Bus) (i2c.Bus, error)
	// Serial opens a serial port, whose Read ends when it is closed. It is called each time that the reader sets
	// up anew, from the reader's own goroutine.
	Serial(p board.Port) (io.ReadWriteCloser, error)
	// Input finds a line that is read.
	Input(line string) (gpio.PinIn, error)
	// Output finds a line that is driven.
	Output(line string) (gpio.PinOut, error)
	// Edges watches the two lines of a Wiegand reader.
	Edges(d0, d1 string) (wiegand.Edges, error)
	// Close lets go of all of it.
	Close() error
}

// Options are what a caller may want of the drivers. The zero value is what runs in a cabinet.
type Options struct {
	Guard *busguard.Opts // bounds of the buses; nil = busguard.DefaultOpts
}
