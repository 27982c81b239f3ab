package agent

import "sync/atomic"

// Counts are figures since the agent was made.
type Counts struct {
	Connects   uint64            // connections that stood
	EventsSent uint64            // events handed to the broker, repeated ones too
	Resent     uint64            // times that sending began anew, since the cloud kept silent
	Acked      uint64            // newest event that the cloud says it has
	Messages   uint64            // from the cloud, taken as true
	Commands   uint64            // begun
	Notes      map[string]uint64 // by their words
}

type counts struct {
	connects, sent, resent, acked, messages, commands atomic.Uint64
	notes                                             [len(noteNames)]atomic.Uint64
}

func (c *counts) note(k NoteKind) { c.notes[k].Add(1) }

// Counts are the figures now.
func (a *Agent) Counts() Counts {
	c := Counts{
		Connects: a.counts.connects.Load(), EventsSent: a.counts.sent.Load(), Resent: a.counts.resent.Load(),
		Acked: a.counts.acked.Load(), Messages: a.counts.messages.Load(), Commands: a.counts.commands.Load(),
		Notes: make(map[string]uint64, len(noteNames)),
	}
	for k := Connected; int(k) < len(noteNames); k++ {
		c.Notes[k.String()] = a.counts.notes[k].Load()
	}
	return c
}
