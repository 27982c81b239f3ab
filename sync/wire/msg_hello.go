package wire

import (
	"crypto/sha256"

	"smartbox"
)

// Hello says where a box stands: after every connect, and when something is missing. The cloud answers with an Ack
// that names Connection, and with deltas, a snapshot, or a delta that confirms.
type Hello struct {
	Protocol   uint16            `cbor:"1,keyasint,omitempty"`  // Version that the box speaks
	Firmware   string            `cbor:"2,keyasint,omitempty"`  // release of the box's program
	Boot       uint64            `cbor:"3,keyasint,omitempty"`  // random, of the daemon's run
	Connection uint64            `cbor:"4,keyasint,omitempty"`  // random, of this connection
	Revision   smartbox.Revision `cbor:"5,keyasint,omitempty"`  // in force; zero = none yet
	Digest     smartbox.StateSum `cbor:"6,keyasint"`            // StateDigest of it
	EventEpoch uint64            `cbor:"7,keyasint,omitempty"`  // of the event journal; another one means that it was lost
	First      uint64            `cbor:"8,keyasint,omitempty"`  // oldest event kept; Next when there is none
	Next       uint64            `cbor:"9,keyasint,omitempty"`  // what the next event gets
	Counter    uint64            `cbor:"10,keyasint,omitempty"` // greatest command counter seen: the next command is above it
	Staged     *Staged           `cbor:"11,keyasint,omitempty"` // a snapshot that is under way
	Clock      smartbox.Trust    `cbor:"12,keyasint,omitempty"` // how far the box believes its clock
	At         smartbox.Stamp    `cbor:"13,keyasint,omitempty"` // what it shows
}

// Staged says how far a snapshot has come: the cloud goes on from Next if it still sends that one.
type Staged struct {
	Sum  [sha256.Size]byte `cbor:"1,keyasint"`
	Next uint32            `cbor:"2,keyasint,omitempty"` // first chunk missing
}

// Kind is KindHello.
func (*Hello) Kind() Kind { return KindHello }

// Validate checks the message.
func (m *Hello) Validate() error {
	c := bounds{kind: KindHello}
	c.want(m.Protocol != 0, "no protocol version")
	c.want(m.Connection != 0, "no connection")
	c.want(len(m.Firmware) <= MaxWord, "firmware has %d bytes; at most %d", len(m.Firmware), MaxWord)
	c.want(m.EventEpoch != 0, "no event epoch")
	c.want(1 <= m.First && m.First <= m.Next, "events %d to before %d", m.First, m.Next)
	c.want(m.Staged == nil || m.Staged.Next < MaxChunks, "staged chunk out of range")
	c.want(m.Clock <= smartbox.ClockSynced, "no such trust of a clock")
	return c.err
}
