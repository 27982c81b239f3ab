package directory

import "smartbox"

// Key is what is exchanged. It belongs to one box, whose journal alone says who has it.
type Key struct {
	ID  smartbox.KeyID
	Org OrgID
	Meta
	Name    string
	Box     smartbox.BoxID  // none = not in service yet
	Home    smartbox.SlotID // its own slot where slots are fixed; none = any free slot
	Groups  []smartbox.GroupID
	Policy  smartbox.KeyPolicy
	Blocked bool
}

// Group is a named set of keys; a key says itself which groups it is in.
type Group struct {
	ID  smartbox.GroupID
	Org OrgID
	Meta
	Name       string
	NeedPIN    bool
	People     uint8 // how many different people a pickup needs, at most 3
	MaxPerUser uint8 // most keys of this group in one person's hands; 0 = no limit
	MaxOut     uint8 // most keys of this group out at once; 0 = no limit
}

// Custody says where a key is, as the events taken in so far tell.
type Custody struct {
	smartbox.Custody
	Org OrgID
	Box smartbox.BoxID // whose events said so
}
