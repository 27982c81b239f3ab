package directory

import "smartbox"

// BoxState is what the cloud knows of a box beyond its owners' settings.
type BoxState struct {
	Box smartbox.BoxID
	Org OrgID

	Epoch   uint64 // of the desired state; new after a restore
	Version uint64 // of the desired state; counts up with every change
	Floor   uint64 // tombstones up to this version are gone: a delta cannot start below it

	AppliedEpoch   uint64
	AppliedVersion uint64
	AppliedAt      smartbox.Stamp
	AppliedDigest  smartbox.StateSum

	Digest smartbox.StateSum // of the desired state at Version

	Counter    uint64 // of the last command
	Key        []byte // the box key, sealed; the box has the same
	Identity   Identity
	Firmware   string
	Online     bool
	Connection string // of the last birth or death that was heeded
	SeenAt     smartbox.Stamp
}

// BoxItem is one entity of a box's desired state, or the tombstone of one.
type BoxItem struct {
	Box     smartbox.BoxID
	Kind    smartbox.ItemKind
	Item    string // its id; of a credential, its digest in hexadecimal
	Owner   string // whose it is and with whom it goes: "m:" and a member's id, "k:" and a key's; "" = the box's own
	Version uint64
	Body    []byte // the root package's entity in wire form; nil = tombstone
	Erase   bool   // of a user's tombstone: the box has to confirm that it forgot her
}

// Erasure is a box that has to forget a person, or has.
type Erasure struct {
	Box     smartbox.BoxID
	Member  smartbox.UserID
	Known   smartbox.Stamp // since when the box knew her
	Asked   smartbox.Stamp // 0 = not asked to forget
	Receipt smartbox.Stamp // 0 = no receipt yet
}

// Lease says which replica serves a box for now.
type Lease struct {
	Box     smartbox.BoxID
	Holder  string
	Expires smartbox.Stamp
}

// StateDelta is what a box at some version needs to be at the newest.
type StateDelta struct {
	smartbox.Delta
	Erase []smartbox.UserID // of Drop.Users those whose erasure the box has to confirm
}

// StateSnapshot is all that a box needs.
type StateSnapshot struct {
	*smartbox.Snapshot
	Digest smartbox.StateSum
	Erase  []smartbox.UserID // people whose erasure the box has to confirm
}
