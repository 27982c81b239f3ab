// Package simulator puts a simulated cabinet, the box daemon and the front panel together in one process. The daemon
// is the one of a real box; so are its drivers, its records and its socket for administration.
package simulator
