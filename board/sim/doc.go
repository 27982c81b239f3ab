// Package sim is a cabinet without hardware: the drivers of the real one, over models of its chips, with doors
// that spring open, jam and are forced, keys that hang in slots, badges, switches and faults by name.
//
// Everything in it runs by package time alone, so that a whole day passes in a moment inside a testing/synctest
// bubble. Make the Cabinet inside the bubble, and Close it there.
package sim
