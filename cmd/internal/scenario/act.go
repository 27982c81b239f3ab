package scenario

import (
	"time"

	"smartbox"
	"smartbox/device/session"
)

// Act is what a person, a thing or the world does. The set is closed.
//
//sumtype:decl
type Act interface{ act() }

// Type is a row of keys of the keypad, one after another, PerKey apart.
type Type struct{ Keys string }

// PerKey is the time between two keys of a Type, Before the time that passes before each act, for people and things
// take a moment, and Boot the time that a box is given to start and to look at its sensors.
const (
	PerKey = 150 * time.Millisecond
	Before = 500 * time.Millisecond
	Boot   = 10 * time.Second
)

// Tap is a badge or a fob at the reader.
type Tap struct{ Badge smartbox.Badge }

// Misread is a badge that could not be read.
type Misread struct{}

// Door is a door that is opened or shut by hand, whatever holds it.
type Door struct {
	Slot smartbox.SlotID
	Open bool
}

// Hang is a key that is hung into a slot, or taken out. Fob is what a sensor that reads would read.
type Hang struct {
	Slot  smartbox.SlotID
	There bool
	Key   smartbox.KeyID
	Fob   smartbox.Badge
}

// Stick holds a slot's bolt where it is, so that neither pulse nor door moves it, or lets go of it.
type Stick struct {
	Slot  smartbox.SlotID
	Stuck bool
}

// Tamper is the cabinet's own lid.
type Tamper struct{ Open bool }

// Mains are lost or back.
type Mains struct{ Lost bool }

// Battery is what is left in it.
type Battery struct {
	Low     bool
	Percent uint8
}

// Fault is a part that dies, or comes back. Slots are those it serves.
type Fault struct {
	Part  smartbox.DevicePart
	Slots []smartbox.SlotID
	Heal  bool
}

// Pulse makes a lock's driver report that its pulse was not given, or makes it work again.
type Pulse struct {
	Slot smartbox.SlotID
	Fail bool
}

// Disk is the state of the disk under the journal; nil is a good one.
type Disk struct{ Err error }

// Clock sets the wall clock; uptime goes on.
type Clock struct {
	Wall  time.Time
	Trust smartbox.Trust
}

// Apply brings a snapshot. Now says that it is issued when it arrives.
type Apply struct {
	Snapshot *smartbox.Snapshot
	Now      bool
}

// Confirm is the cloud's word that what the box knows is still how things are.
type Confirm struct{}

// Order is what an administrator asks for from outside the panel.
type Order struct {
	Kind  session.OrderKind
	Slot  smartbox.SlotID
	Actor string
}

// Cut takes all power; what is not on record is lost. Until Start doors and keys may be moved and nobody notices.
type Cut struct{}

// Stop is an orderly end. Until Start it is as after a Cut.
type Stop struct{}

// Start gives power to a box that was cut or stopped. Its clock is trusted so far.
type Start struct{ Trust smartbox.Trust }

func (Type) act()    {}
func (Tap) act()     {}
func (Misread) act() {}
func (Door) act()    {}
func (Hang) act()    {}
func (Stick) act()   {}
func (Tamper) act()  {}
func (Mains) act()   {}
func (Battery) act() {}
func (Fault) act()   {}
func (Pulse) act()   {}
func (Disk) act()    {}
func (Clock) act()   {}
func (Apply) act()   {}
func (Confirm) act() {}
func (Order) act()   {}
func (Cut) act()     {}
func (Stop) act()    {}
func (Start) act()   {}

// Cabinet is what a script is played against. It is used by one goroutine.
type Cabinet interface {
	// Do does one thing, and returns when all that follows from it at once has happened.
	Do(a Act) error
	// Wait lets time pass, and what is due in it happen.
	Wait(d time.Duration) error
	// Log is all that happened since the beginning. The caller reads it until the next Do or Wait.
	Log() *Log
	// Close ends it. An error is a leak or a promise that was broken on the way.
	Close() error
}
