package store

import "errors"

// What callers tell apart, beside the directory's errors.
var (
	// ErrNewer says that a newer release has changed the database's tables; run that release, or restore a backup
	// from before.
	ErrNewer = errors.New("the database is from a newer release")
	// ErrOlder says that the tables have to be migrated first; only OpenAsIs gives it.
	ErrOlder = errors.New("the database has to be migrated first")
	// ErrURL says that a text names no database.
	ErrURL = errors.New(`not a database: write "sqlite:path/to/file.db" or "postgres://user@host/name"`)
	// ErrBusy says that a transaction met others again and again and was given up. Nothing of it was done.
	ErrBusy = errors.New("the database is too busy: other transactions kept coming first; try again")
	// ErrReadOnly says that somebody tried to write within View.
	ErrReadOnly = errors.New("a view must not write")
)
