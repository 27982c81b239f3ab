package host

import (
	"fmt"

	"smartbox/board"
	"smartbox/board/build"
	"smartbox/device"
)

// Options are what a caller may want. The zero value is what runs in a cabinet.
type Options struct {
	Build build.Options // for the drivers
}

// MissingError says that the board lacks something that the profile names.
type MissingError struct {
	What string // "I2C bus /dev/i2c-1", "line GPIO17"
	Err  error  // what the system says; may be nil
	Mend string // what to do
}

func (e *MissingError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s is not there: %s", e.What, e.Mend)
	}
	return fmt.Sprintf("%s cannot be opened: %v: %s", e.What, e.Err, e.Mend)
}

// Unwrap gives what the system says.
func (e *MissingError) Unwrap() error { return e.Err }

// Open builds the devices of a profile on this machine. No chip is touched before the sources run or a part is used.
// The error wraps a *MissingError where a bus, a port or a line is not there. Close of the set secures the locks and
// lets go of the hardware; call it when the sources have ended.
func Open(p *board.Profile, o Options) (*device.Set, error) {
	hw, err := open(p)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", p.Name, err)
	}
	return build.Set(p, hw, o.Build)
}
