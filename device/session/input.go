package session

import (
	"smartbox"
	"smartbox/device"
)

// Input is everything that can happen to the machine. The set is closed; a device's event comes
// wrapped in Sensed.
//
//sumtype:decl
type Input interface{ input() }

// Sensed is an event of a part of the box.
type Sensed struct{ Event device.Event }

// Tick says that the time Machine.Next named has come. Ticks that come early or twice do nothing.
type Tick struct{}

// Recorded answers the Record effect with the same Ticket. The event is durable where Err is nil;
// otherwise the caller holds it back and will write it once it can.
type Recorded struct {
	Ticket uint64
	Seq    uint64
	Err    error
}

// Unlocked answers the Unlock effect for the slot: its pulse is over.
type Unlocked struct {
	Slot smartbox.SlotID
	Err  error // wraps device.ErrDead and its like; no pulse, or one cut short
}

// Applied puts a newer view into force. Confirmed is set when the cloud only confirmed the one in force.
type Applied struct {
	View      smartbox.View
	Confirmed smartbox.Stamp // when the cloud said so; 0 = View.IssuedAt
}

// ClockSet says that the wall clock was set; the Moment of the step is already the new one.
type ClockSet struct{}

// RecordHealth says that the journal broke or works again, where no Recorded tells it.
type RecordHealth struct {
	Err  error
	Held uint32 // events held back
}

// Order is what an administrator asks for from outside the panel: the local socket, later the cloud.
type Order struct {
	ID    uint64 // names it in Answered
	Kind  OrderKind
	Slot  smartbox.SlotID // of OrderOpen
	Actor string          // "uid:1000"
}

// OrderKind is what is asked for.
type OrderKind uint8

// The orders.
const (
	OrderMaintenance OrderKind = iota + 1 // begin; refused while a person is at the panel
	OrderEndMaintenance
	OrderOpen // one slot; in maintenance only
	OrderRelease
	OrderUnlock // one slot, in or out of maintenance: a signed order of the cloud, which expires within seconds
)

func (Sensed) input()       {}
func (Tick) input()         {}
func (Recorded) input()     {}
func (Unlocked) input()     {}
func (Applied) input()      {}
func (ClockSet) input()     {}
func (RecordHealth) input() {}
func (Order) input()        {}

// Stop says that the run ends in good order. The machine records Stopped and takes nothing but Recorded after it.
type Stop struct{}

func (Stop) input() {}

// Refused says that a snapshot was turned away, to be put on record.
type Refused struct {
	Revision smartbox.Revision // of the snapshot, where it could be read
	Reason   smartbox.Reason
}

func (Refused) input() {}
