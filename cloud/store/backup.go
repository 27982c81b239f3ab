package store

import (
	"context"
	"errors"
	"fmt"
)

// ErrNoBackup says that the engine is copied by its own tools: pg_dump.
var ErrNoBackup = errors.New("this database is backed up by its own tools, such as pg_dump")

// Backup writes the database as it is at one moment to a new file, while others read and write. Only SQLite can; the
// error is ErrNoBackup otherwise.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.path == "" {
		return ErrNoBackup
	}
	// The copy is made in a transaction that only reads, which the write-ahead log keeps from hindering writers
	// (https://sqlite.org/lang_vacuum.html#vacuuminto).
	if _, err := s.write.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}
