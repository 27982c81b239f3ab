package scenario

import (
	"smartbox"
	"smartbox/device"
)

// Log is what can be seen of a cabinet. Lists only grow; the rest is how things stand.
type Log struct {
	Events  []smartbox.Event  // on record, in the order of the journal
	Unlocks []smartbox.SlotID // pulses, in their order
	Sounds  []device.Sound
	Answers []smartbox.Reason // to orders
	Display []string          // the lines that stand on it
	Lights  map[smartbox.SlotID]device.Light
	Book    *smartbox.Book
	View    smartbox.View
	Broken  []string // promises that no script may see broken, such as an unlock without a record
}
