package wire

import (
	"crypto/sha256"

	"smartbox"
)

// Delta brings a box from one version of its state to a later one of the same epoch. With Revision equal to Base and
// nothing to change it confirms: this is still the newest, said at IssuedAt.
//
// A box that stands elsewhere drops a delta that is older, and says Hello for any other.
type Delta struct {
	Delta smartbox.Delta    `cbor:"1,keyasint,omitempty"`
	Erase []smartbox.UserID `cbor:"2,keyasint,omitempty"` // expunged: to be gone from every file, answered by receipts in Applied
}

// Kind is KindDelta.
func (*Delta) Kind() Kind { return KindDelta }

// Confirms reports whether the delta changes nothing and only says that Base is the newest.
func (m *Delta) Confirms() bool { return m.Delta.Base == m.Delta.Revision }

// Validate checks the message. What the delta does to a state is checked where it is applied.
func (m *Delta) Validate() error {
	c, d := bounds{kind: KindDelta}, &m.Delta
	c.want(d.Revision.Epoch != 0, "no epoch")
	c.want(d.Base.Epoch == d.Revision.Epoch, "base is of another epoch: send a snapshot")
	c.want(d.Base.Version <= d.Revision.Version, "version %d is before its base %d", d.Revision.Version, d.Base.Version)
	c.want(!m.Confirms() || emptyDelta(d), "changes something and keeps the version")
	c.want(d.IssuedAt > 0, "not stamped")
	c.erase(m.Erase)
	return c.err
}

func emptyDelta(d *smartbox.Delta) bool {
	p, o := &d.Put, &d.Drop
	return p.Box == nil && len(p.Slots)+len(p.Locations)+len(p.Schedules)+len(p.Groups)+len(p.Keys)+len(p.Users)+
		len(p.Credentials)+len(p.Grants)+len(p.Bookings)+len(o.Slots)+len(o.Locations)+len(o.Schedules)+len(o.Groups)+
		len(o.Keys)+len(o.Users)+len(o.Credentials)+len(o.Grants)+len(o.Bookings) == 0
}

func (c *bounds) erase(users []smartbox.UserID) {
	c.want(len(users) <= MaxErase, "%d people to erase; at most %d", len(users), MaxErase)
	for _, u := range users {
		c.want(u != 0 && u.Valid(), "a person to erase has no id, or not one")
	}
}

// Chunk is one part of a snapshot in wire form. The parts may come in any order and more than once; when all are
// there and Sum holds, they come into force in one transaction.
type Chunk struct {
	Revision smartbox.Revision `cbor:"1,keyasint,omitempty"` // of the snapshot
	Sum      [sha256.Size]byte `cbor:"2,keyasint"`           // SHA-256 of the whole; it names the transfer, so that it goes on after a cut
	Index    uint32            `cbor:"3,keyasint,omitempty"` // from 0
	Count    uint32            `cbor:"4,keyasint,omitempty"`
	Data     []byte            `cbor:"5,keyasint,omitempty"` // MaxChunk bytes, the last one what is left
}

// Kind is KindChunk.
func (*Chunk) Kind() Kind { return KindChunk }

// Validate checks the message.
func (m *Chunk) Validate() error {
	c := bounds{kind: KindChunk}
	c.want(m.Revision.Epoch != 0, "no epoch")
	c.want(1 <= m.Count && m.Count <= MaxChunks, "%d chunks; 1 to %d", m.Count, MaxChunks)
	c.want(m.Index < m.Count, "chunk %d of %d", m.Index, m.Count)
	c.want(1 <= len(m.Data) && len(m.Data) <= MaxChunk, "%d bytes; 1 to %d", len(m.Data), MaxChunk)
	return c.err
}

// Split cuts a snapshot in wire form into its chunks. It fails with ErrMessage where there are too many.
func Split(r smartbox.Revision, whole []byte) ([]Chunk, error) {
	n := (len(whole) + MaxChunk - 1) / MaxChunk
	c := bounds{kind: KindChunk}
	c.want(r.Epoch != 0, "no epoch")
	c.want(1 <= n && n <= MaxChunks, "%d bytes make %d chunks; 1 to %d", len(whole), n, MaxChunks)
	if c.err != nil {
		return nil, c.err
	}
	sum := sha256.Sum256(whole)
	all := make([]Chunk, 0, n)
	for i := range n {
		part := whole[i*MaxChunk : min((i+1)*MaxChunk, len(whole))]
		all = append(all, Chunk{Revision: r, Sum: sum, Index: uint32(i), Count: uint32(n), Data: part}) //nolint:gosec // at most MaxChunks
	}
	return all, nil
}

// Applied says what is in force at the box, after it is durable.
type Applied struct {
	Revision smartbox.Revision `cbor:"1,keyasint,omitempty"` // in force; zero = none yet
	Digest   smartbox.StateSum `cbor:"2,keyasint"`           // StateDigest of it
	Erased   []smartbox.UserID `cbor:"3,keyasint,omitempty"` // receipts: no file of the box holds anything of these people, but ids in events
	Refused  smartbox.Revision `cbor:"4,keyasint,omitempty"` // what was sent and is not in force, where that is why this is said
	Reason   smartbox.Reason   `cbor:"5,keyasint,omitempty"` // and why not
}

// Kind is KindApplied.
func (*Applied) Kind() Kind { return KindApplied }

// Validate checks the message.
func (m *Applied) Validate() error {
	c := bounds{kind: KindApplied}
	c.want((m.Refused == smartbox.Revision{}) == (m.Reason == 0), "a refusal and its reason go together")
	c.erase(m.Erased)
	return c.err
}
