// Package smartbox is the domain of a key cabinet: who may take which key, when, and why.
//
// It is pure: the standard library only, no I/O, no clock, no goroutine. A caller brings the time
// (a Moment), what the cloud said (a View of one Snapshot) and what happened so far (a Book, folded
// from Events); Decide answers with a Decision that explains itself.
package smartbox
