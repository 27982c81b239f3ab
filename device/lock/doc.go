// Package lock pulses the coils of slot locks that hang on the outputs of MCP23017 expanders.
//
// A Bank is the device.Locks of a whole cabinet, over any number of chips, and the device.Source
// that reports which of them fail and come back. See DESIGN.md for what it guarantees, and for
// what only a one-shot in hardware can.
package lock
