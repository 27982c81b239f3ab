// Package session is the conduct of a box: what its panel says and does, and how its slots are watched.
//
// Machine is pure: Step takes a moment and one Input and returns Effects; the same inputs always give
// the same effects. It has no goroutine, no clock and no I/O. Runner is the one loop that feeds it from
// the devices and carries its effects out.
package session
