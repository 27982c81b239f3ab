// Package clock tells a box what time it is, and how far that can be believed.
//
// A box has no battery clock, or a wrong one, as often as not. So every Moment carries an uptime that
// never jumps, for timeouts, and a wall time with its Trust, for schedules and due times. The wall time
// follows the kernel's clock only at the moments at which Check looks, never behind the caller's back:
// whoever is told of a jump has not yet been given a time from beyond it.
package clock
