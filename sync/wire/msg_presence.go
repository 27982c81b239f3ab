package wire

import "smartbox"

// Presence says whether a box is there. It is retained; the broker says the offline one when a connection dies. An
// offline counts only for the connection that was last seen online.
type Presence struct {
	Online     bool           `cbor:"1,keyasint,omitempty"`
	Connection uint64         `cbor:"2,keyasint,omitempty"`
	Boot       uint64         `cbor:"3,keyasint,omitempty"`
	Since      smartbox.Stamp `cbor:"4,keyasint,omitempty"` // when the connection was begun, by the box's clock
}

// Kind is KindPresence.
func (*Presence) Kind() Kind { return KindPresence }

// Validate checks the message.
func (m *Presence) Validate() error {
	c := bounds{kind: KindPresence}
	c.want(m.Connection != 0, "no connection")
	return c.err
}

// Telemetry is how a box fares. It may be lost. A value that is nil is not measured.
type Telemetry struct {
	At          smartbox.Stamp `cbor:"1,keyasint,omitempty"`
	Clock       smartbox.Trust `cbor:"2,keyasint,omitempty"`
	Uptime      uint64         `cbor:"3,keyasint,omitempty"` // seconds, of the daemon
	Temperature *int32         `cbor:"4,keyasint,omitempty"` // thousandths of a degree Celsius
	Battery     *uint8         `cbor:"5,keyasint,omitempty"` // percent
	Mains       *bool          `cbor:"6,keyasint,omitempty"`
	Tampered    bool           `cbor:"7,keyasint,omitempty"`
	Slots       []SlotState    `cbor:"8,keyasint,omitempty"`
	BusErrors   uint64         `cbor:"9,keyasint,omitempty"`  // since the boot
	Backlog     uint64         `cbor:"10,keyasint,omitempty"` // events that the cloud has not acknowledged
	DiskFree    uint64         `cbor:"11,keyasint,omitempty"` // bytes
	Memory      uint64         `cbor:"12,keyasint,omitempty"` // bytes resident
	Certificate smartbox.Stamp `cbor:"13,keyasint,omitempty"` // when the box's certificate ends
}

// SlotState is how a slot stands.
type SlotState struct {
	Slot  smartbox.SlotID `cbor:"1,keyasint,omitempty"`
	Flags SlotFlags       `cbor:"2,keyasint,omitempty"`
}

// SlotFlags are facts about a slot.
type SlotFlags uint8

// The facts.
const (
	SlotDoorOpen   SlotFlags = 1 << iota
	SlotKeyThere             // as the sensor says, or else the book
	SlotOutOfOrder           // its board, lock or sensor is down
	SlotJammed
)

// Kind is KindTelemetry.
func (*Telemetry) Kind() Kind { return KindTelemetry }

// Validate checks the message.
func (m *Telemetry) Validate() error {
	c := bounds{kind: KindTelemetry}
	c.want(len(m.Slots) <= maxSlots, "%d slots; at most %d", len(m.Slots), maxSlots)
	c.want(m.Clock <= smartbox.ClockSynced, "no such trust of a clock")
	c.want(m.Battery == nil || *m.Battery <= 100, "battery above 100 percent")
	for _, s := range m.Slots {
		c.want(s.Slot != 0 && s.Slot.Valid(), "a slot has no id, or not one")
	}
	return c.err
}
