// Package store keeps the directory in a database: a SQLite file, or PostgreSQL (or what speaks its protocol).
//
// The same statements and migrations run on both; what differs stands in dialect.go. The suite in storetest holds both
// to the same behaviour.
package store
