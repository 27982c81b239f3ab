// Package wiegand reads badges from a reader with a Wiegand interface (SIA AC-01): two lines that rest high, D0 pulsed
// low for a 0 and D1 for a 1, 50 µs long, 2 ms apart. The lines carry 5 V: shift the level.
//
// The order of the edges is the number. Two GPIO lines that are waited for by two goroutines lose it, so
// a Reader takes a stream of edges in which the order is kept; see Edges and FromPins.
//
// The formats are HID's H10301 (26 bits), a common 34 bit one and H10304 (37 bits).
package wiegand
