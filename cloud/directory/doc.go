// Package directory is what an organization's administrators manage: people, keys, boxes and permissions, the rules
// for changing them, and what follows from them for every box.
//
// It knows no SQL and no network. What it needs of a database it declares as Repo; cloud/store has it for SQLite and
// PostgreSQL. Every change runs in one transaction that also writes, for each box it concerns, the entities that the
// box must now have and their next version: nothing is pushed that was not committed, nor committed and not pushed.
//
// All methods of Service are safe for any number of goroutines and replicas.
package directory
