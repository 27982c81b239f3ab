package host

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3"
	"periph.io/x/host/v3/gpioioctl"
)

// lines are the GPIO lines among which the profile's are looked for.
type lines struct {
	chips []*gpioioctl.GPIOChip
	only  string // name or label of the one chip that is meant; "" = any
	used  []*gpioioctl.GPIOLine
}

// findLines starts periph's drivers. Which of them failed says nothing: on a healthy board some do, and on a machine
// without any GPIO none does. What counts is whether the lines are there.
//
// The names are those of the profile's lines, for the error.
func findLines(chip string, names []string) (lines, error) {
	if _, err := host.Init(); err != nil {
		return lines{}, &MissingError{
			What: "GPIO", Err: err, Mend: "check that /dev/gpiochip0 is there and that the daemon's user is in the group gpio",
		}
	}
	l := lines{only: chip}
	for _, c := range gpioioctl.Chips {
		if chip == "" || c.Name() == chip || c.Label() == chip {
			l.chips = append(l.chips, c)
		}
	}
	if len(l.chips) == 0 {
		var there []string
		for _, c := range gpioioctl.Chips {
			there = append(there, fmt.Sprintf("%s (%s)", c.Name(), c.Label()))
		}
		return lines{}, noChip(chip, names, there)
	}
	return l, nil
}

// noChip says which chip was looked for, what for, and which are there instead.
func noChip(chip string, names, there []string) *MissingError {
	e := &MissingError{What: "GPIO chip " + chip, Mend: "correct gpio: in the profile"}
	if chip == "" {
		e.What, e.Mend = "GPIO chip /dev/gpiochip0, or any other", "take the profile of this machine's board"
	}
	if len(names) > 0 {
		e.What += " for the line " + names[0]
		if more := len(names) - 1; more > 0 {
			e.What += fmt.Sprintf(" and %d more,", more)
		}
	}
	if len(there) == 0 {
		e.Mend += "; this machine shows none at all: let the daemon's user into the group gpio, if `gpiodetect` finds one as root"
	} else {
		e.Mend += "; this machine has " + strings.Join(there, ", ")
	}
	return e
}

// find is the line of a name, or of an offset where the profile says which chip is meant.
func (l *lines) find(name string) (gpio.PinIO, error) {
	line, _, err := l.look(name)
	if err != nil {
		return nil, err
	}
	l.used = append(l.used, line)
	return linePin{line, name}, nil
}

func (l *lines) look(name string) (*gpioioctl.GPIOLine, *gpioioctl.GPIOChip, error) {
	for _, c := range l.chips {
		if line := c.ByName(name); line != nil {
			return line, c, nil
		}
		// periph renames a line whose name another driver has taken.
		if line := c.ByName(c.Name() + "-" + name); line != nil {
			return line, c, nil
		}
	}
	if n, err := strconv.Atoi(name); err == nil && l.only != "" && n < l.chips[0].LineCount() {
		return l.chips[0].ByNumber(n), l.chips[0], nil
	}
	return nil, nil, &MissingError{What: "line " + name, Mend: "see gpioinfo for the names, and correct the profile"}
}

// findPWM is a line that another driver than the character device's knows, such as the Raspberry Pi's own.
func (l *lines) findPWM(name string) (gpio.PinIO, error) {
	if p := gpioreg.ByName(name); p != nil {
		if _, plain := p.(*gpioioctl.GPIOLine); !plain {
			return p, nil
		}
	}
	return nil, &MissingError{
		What: "line " + name + " with PWM", Mend: "take \"tone\" out of the profile's sounder and use a buzzer that sounds by itself",
	}
}

// pair is two lines of one chip.
func (l *lines) pair(a, b string) (chip string, offsets [2]uint32, err error) {
	lineA, chipA, errA := l.look(a)
	lineB, chipB, errB := l.look(b)
	if err := errors.Join(errA, errB); err != nil {
		return "", offsets, err
	}
	if chipA != chipB {
		return "", offsets, fmt.Errorf("%s and %s are on different GPIO chips: choose two of one", a, b)
	}
	return chipA.Path(), [2]uint32{uint32(lineA.Number()), uint32(lineB.Number())}, nil
}

// release gives the lines back to the kernel.
func (l *lines) release() {
	for _, line := range l.used {
		line.Close()
	}
	l.used = nil
}

// linePin is a line that goes by the name in the profile: a GPIOLine's own String is a page of JSON, and its Function
// can turn an output into an input.
type linePin struct {
	*gpioioctl.GPIOLine
	name string
}

var _ gpio.PinIO = linePin{}

// String is the name in the profile.
func (p linePin) String() string { return p.name }

// Name is the name in the profile.
func (p linePin) Name() string { return p.name }

// Function says nothing, for asking the line would change it.
func (p linePin) Function() string { return "" }
