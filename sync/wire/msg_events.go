package wire

import "smartbox"

// Events is a run of events of the box's journal, in their order and without a gap among themselves.
type Events struct {
	Epoch uint64  `cbor:"1,keyasint,omitempty"` // of the journal
	After uint64  `cbor:"2,keyasint,omitempty"` // the readable event before First, 0 if there is none: what lies between is lost at the box
	First uint64  `cbor:"3,keyasint,omitempty"` // of Batch[0]
	Batch []Entry `cbor:"4,keyasint,omitempty"`
}

// Entry is one event as the journal has it.
type Entry struct {
	Hash    smartbox.ChainHash `cbor:"1,keyasint"`           // ChainHash of the event before, Next(Payload)
	Payload []byte             `cbor:"2,keyasint,omitempty"` // the Event in wire form, byte for byte
}

// Kind is KindEvents.
func (*Events) Kind() Kind { return KindEvents }

// Validate checks the message; CheckChain the hashes, and DecodeEvents the events.
func (m *Events) Validate() error {
	c := bounds{kind: KindEvents}
	c.want(m.Epoch != 0, "no event epoch")
	c.want(m.After < m.First, "event %d after %d", m.First, m.After)
	c.want(1 <= len(m.Batch) && len(m.Batch) <= MaxBatch, "%d events; 1 to %d", len(m.Batch), MaxBatch)
	c.want(m.First+uint64(len(m.Batch)) > m.First, "event numbers run over")
	for i := range m.Batch {
		n := len(m.Batch[i].Payload)
		c.want(1 <= n && n <= maxEvent, "event has %d bytes; 1 to %d", n, maxEvent)
	}
	return c.err
}

// Last is the number of the last event.
func (m *Events) Last() uint64 { return m.First + uint64(len(m.Batch)) - 1 }

// Gap reports whether the box lost events before this batch.
func (m *Events) Gap() bool { return m.First != m.After+1 }

// CheckChain goes through the hashes from prev, that of event After, and gives the number of the first event whose
// hash does not follow; ok where all do. Event 0 has the hash ChainStart(Epoch). Behind a gap the first hash is taken as
// it is, for what it builds on may be lost: the gap is what shows.
func (m *Events) CheckChain(prev smartbox.ChainHash) (bad uint64, ok bool) {
	for i := range m.Batch {
		prev = prev.Next(m.Batch[i].Payload)
		if i == 0 && m.Gap() {
			prev = m.Batch[i].Hash
		}
		if prev != m.Batch[i].Hash {
			return m.First + uint64(i), false
		}
	}
	return 0, true
}

// DecodeEvents reads the events, and checks that each has the number that its place gives it. The errors wrap ErrForm
// or ErrMessage.
func (m *Events) DecodeEvents() ([]smartbox.Event, error) {
	all := make([]smartbox.Event, 0, len(m.Batch))
	c := bounds{kind: KindEvents}
	for i := range m.Batch {
		e, err := Codec{}.DecodeEvent(m.Batch[i].Payload)
		if err != nil {
			return nil, err
		}
		c.want(e.Seq == m.First+uint64(i), "event %d says that it is %d", m.First+uint64(i), e.Seq)
		all = append(all, e)
	}
	return all, c.err
}

// Ack says which events the cloud has in its books. Only it lets a box forget an event.
type Ack struct {
	Epoch      uint64         `cbor:"1,keyasint,omitempty"` // of the journal
	UpTo       uint64         `cbor:"2,keyasint,omitempty"` // this event and all before it; 0 = none
	Connection uint64         `cbor:"3,keyasint,omitempty"` // of the Hello that this answers: the box sends from UpTo+1; 0 otherwise
	At         smartbox.Stamp `cbor:"4,keyasint,omitempty"` // the cloud's time
}

// Kind is KindAck.
func (*Ack) Kind() Kind { return KindAck }

// Validate checks the message.
func (m *Ack) Validate() error {
	c := bounds{kind: KindAck}
	c.want(m.Epoch != 0, "no event epoch")
	c.want(m.At >= 0, "time before 1970")
	return c.err
}
