// Package scenario runs the specification of a box: files that say, line by line, what people and things do at a
// cabinet and what must come of it.
//
// A file is a txtar archive: what it shows, the cabinet, the people, and the script. testdata/session/README.md is
// the grammar for those who write them. Parse resolves every name, so that a slip is an error with its line;
// Run plays a file against a Cabinet. The pure Machine is one; the whole daemon on the simulated cabinet another: what a
// file says holds for both.
package scenario
