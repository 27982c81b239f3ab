package fleet

import (
	"slices"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
)

// box is what this replica has in mind about a box. All of it can be lost: the directory and the box know the rest.
type box struct {
	id smartbox.BoxID

	// Under Fleet.mu.
	inbox []letter
	wake  bool // look whether there is something to send
	busy  bool // with a worker, or in the queue for one
	held  bool // by a lease of this replica
	fresh bool // held anew: what is in mind is old
	up    bool // copy of desk.online

	desk // of the worker that has the box
}

type letter struct {
	Uplink
	at time.Time
}

// desk is a worker's part of a box.
type desk struct {
	restless  bool                              // handle wants tend to be called
	online    bool                              // as far as is known
	known     smartbox.Revision                 // in force at the box, as it said; zero = not said since this replica holds it
	said      bool                              // known was said
	protocol  uint16                            // of its last hello; 0 = none yet
	sent      sending                           // what was sent and not confirmed
	snapped   smartbox.Revision                 // of the last snapshot that was sent
	snapBad   smartbox.Revision                 // a snapshot that the box refused, or that left it different
	snapAfter time.Time                         // that one is not sent again before
	confirmed time.Time                         // when it was last told that it is up to date
	erase     []smartbox.UserID                 // to be forgotten, told with the next confirmation
	asked     map[directory.CommandID]time.Time // commands that were sent and not answered
	staged    *stagedAt
	twins     twins
	foreign   time.Time // until then another replica has it
	alarmed   map[string]time.Time
}

// sending is a state under way to a box.
type sending struct {
	to smartbox.Revision // zero = nothing
	at time.Time
}

type stagedAt struct {
	sum  [32]byte
	next uint32
}

// twins notices two boxes with one identity. A run of the daemon has a random number, and once another one has said
// something, an earlier one never comes back, unless it runs in another box.
type twins struct {
	boots []uint64 // newest last
	conns []uint64 // newest last
}

const memory = 16

// seen takes in what a message says of its sender. stale: it is of a connection that was followed by another, delivered
// late. double: there are two senders.
func (t *twins) seen(boot, conn uint64) (stale, double bool) {
	if n := len(t.conns); n > 0 && t.conns[n-1] == conn {
		return false, false
	}
	if slices.Contains(t.conns, conn) {
		return true, false
	}
	t.conns = remember(t.conns, conn)
	if n := len(t.boots); n > 0 && t.boots[n-1] == boot {
		return false, false
	}
	double = slices.Contains(t.boots, boot)
	t.boots = remember(slices.DeleteFunc(t.boots, func(b uint64) bool { return b == boot }), boot)
	return false, double
}

func remember(list []uint64, v uint64) []uint64 {
	list = append(list, v)
	if len(list) > memory {
		list = slices.Delete(list, 0, len(list)-memory)
	}
	return list
}
