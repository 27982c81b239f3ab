package busguard

import (
	"errors"
	"fmt"
	"time"

	"smartbox/device"
)

// ErrHung says that the adapter did not come back within the limit. Until it does, every transfer on
// its bus fails at once.
var ErrHung = errors.New("bus hangs; power-cycle it, or check SDA and SCL for a short")

// Error is a transfer that failed for good. It wraps device.ErrDead and the cause.
type Error struct {
	Bus   string
	Addr  uint16
	Tries int       // made now; 0 = none, because the chip is known to be dead
	Since time.Time // of its death, where Tries is 0
	Err   error     // of the last try
}

// Error names the chip, the cause and what was done.
func (e *Error) Error() string {
	if e.Tries == 0 {
		return fmt.Sprintf("i2c %s, chip %#02x: %v: %v", e.Bus, e.Addr, device.ErrDead, e.Err)
	}
	return fmt.Sprintf("i2c %s, chip %#02x: %v after %d tries: %v", e.Bus, e.Addr, device.ErrDead, e.Tries, e.Err)
}

// Unwrap gives device.ErrDead and the cause.
func (e *Error) Unwrap() []error { return []error{device.ErrDead, e.Err} }
