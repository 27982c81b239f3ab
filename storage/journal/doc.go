// Package journal is the event log of a box: append is durable on return, nothing acknowledged is
// lost, and nothing that a damaged disk says is believed.
//
// DESIGN.md says byte by byte what stands in the files, what is guaranteed and why it is not a database.
package journal
