// Package board says how a cabinet is wired: which chip sits on which bus, which pin moves which lock.
//
// A profile is a YAML file. Parse reads it strictly, for a wrong pin opens the wrong door: an unknown or
// doubled field, a pin used twice, two chips at one address, a reference to something that is not there and a
// number out of range are errors that name line and column and say what to do. board/host opens a profile
// on real hardware, board/sim builds it from chip models; board/build puts the same drivers on both.
package board
