package session

import (
	"smartbox"
	"smartbox/device"
)

// Effect is what the machine wants done. The set is closed. Effects are done in their order.
//
//sumtype:decl
type Effect interface{ effect() }

// Record asks for the event to be made durable, and for a Recorded with the ticket, whether it worked
// or not. Seq is not set yet; the machine folds the event into its Book when the answer is there.
type Record struct {
	Ticket uint64
	Event  smartbox.Event
}

// Unlock asks for one pulse on a slot's lock, and for an Unlocked afterwards. Ticket is that of the
// Record that authorised it, which the machine has seen answered.
type Unlock struct {
	Slot   smartbox.SlotID
	Ticket uint64
}

// Show asks for the lines to stand on the display until the next Show.
type Show struct{ Lines []string }

// Sound asks for a sound.
type Sound struct{ Sound device.Sound }

// Lamp asks for a slot's lamp.
type Lamp struct {
	Slot  smartbox.SlotID
	Light device.Light
}

// Answered answers an Order: at once where it is refused, after its record where it is done.
type Answered struct {
	ID     uint64
	Reason smartbox.Reason // Granted, or why not
}

// Explained tells a watcher (the simulated cabinet, a metric) of a decision.
type Explained struct {
	Question smartbox.Question
	Decision smartbox.Decision
}

func (Record) effect()    {}
func (Unlock) effect()    {}
func (Show) effect()      {}
func (Sound) effect()     {}
func (Lamp) effect()      {}
func (Answered) effect()  {}
func (Explained) effect() {}
