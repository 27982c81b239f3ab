// Package matrix reads a keypad matrix on an MCP23017: rows on open drains, columns on inputs with pull-ups.
//
// While nobody types all rows are low, so that any key pulls its column low and raises the chip's
// interrupt. Only then are the rows scanned, one low at a time with the others floating, so that two
// keys of a column never short two drivers.
package matrix
