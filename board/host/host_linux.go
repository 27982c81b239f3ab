package host

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/host/v3/sysfs"

	"smartbox/board"
	"smartbox/board/build"
	"smartbox/device/pn532"
	"smartbox/device/wiegand"
)

// hardware is what was opened of this machine. It is used by one goroutine, but for Serial.
type hardware struct {
	profile *board.Profile
	lines   lines
	opened  []io.Closer
}

var _ build.Hardware = (*hardware)(nil)

// open looks for all lines of the profile at once, so that a technician learns of all that are missing.
func open(p *board.Profile) (build.Hardware, error) {
	h := &hardware{profile: p}
	names := p.Lines()
	if len(names) == 0 {
		return h, nil // a cabinet on I2C alone needs no GPIO driver
	}
	var err error
	if h.lines, err = findLines(p.Chip, names); err != nil {
		return nil, err
	}
	var errs []error
	for _, name := range names {
		if _, err := h.lines.find(name); err != nil {
			errs = append(errs, err)
		}
	}
	return h, errors.Join(errs...)
}

// Bus opens an I2C bus by its device file. The speed is the kernel's where it cannot be set from here, as on a
// Raspberry Pi, whose dtparam=i2c_arm_baudrate says it.
func (h *hardware) Bus(b board.Bus) (i2c.Bus, error) {
	missing := &MissingError{
		What: "I2C bus " + b.Path,
		Mend: "enable I2C (raspi-config, or dtparam=i2c_arm=on) and let the daemon's user into the group i2c",
	}
	m := regexp.MustCompile(`^(?:/dev/i2c-)?([0-9]{1,4})$`).FindStringSubmatch(b.Path)
	if m == nil {
		missing.Mend = "write it as /dev/i2c-1 in the profile"
		return nil, missing
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return nil, err
	}
	bus, err := sysfs.NewI2C(n)
	if err != nil {
		missing.Err = err
		return nil, missing
	}
	h.opened = append(h.opened, bus)
	if b.Hertz > 0 {
		_ = bus.SetSpeed(physic.Frequency(b.Hertz) * physic.Hertz) // see above
	}
	return bus, nil
}

// Serial opens a serial port for the reader. It opens it anew each time, for an adapter may have been unplugged.
func (h *hardware) Serial(p board.Port) (io.ReadWriteCloser, error) {
	port, err := pn532.OpenSerial(p.Path)
	if err != nil {
		return nil, &MissingError{
			What: "serial port " + p.Path, Err: err,
			Mend: "enable the UART, take the login console off it, and let the daemon's user into the group dialout",
		}
	}
	return port, nil
}

// Input is a line that is read.
func (h *hardware) Input(line string) (gpio.PinIn, error) { return h.lines.find(line) }

// Output is a line that is driven. A sounder with a tone wants a line that can do PWM, which the character device
// cannot.
func (h *hardware) Output(line string) (gpio.PinOut, error) {
	if s := h.profile.Sounder; s.Tone && s.Pin.Line == line {
		return h.lines.findPWM(line)
	}
	return h.lines.find(line)
}

// Edges watches the two lines of a Wiegand reader by one request, so that their order is kept.
func (h *hardware) Edges(d0, d1 string) (wiegand.Edges, error) {
	chip, offsets, err := h.lines.pair(d0, d1)
	if err != nil {
		return nil, fmt.Errorf("wiegand lines: %w", err)
	}
	return &lineEdges{chip: chip, offsets: offsets}, nil
}

// Close lets go of buses and lines.
func (h *hardware) Close() error {
	var errs []error
	for _, c := range h.opened {
		errs = append(errs, c.Close())
	}
	h.opened = nil
	h.lines.release()
	return errors.Join(errs...)
}
