// Package server is the cloud as a program: it wires database, directory, trust, broker and API together, starts them
// in that order and stops them in the reverse one. Tests and the simulator embed it.
package server
