package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"smartbox/cloud/directory"
)

// What backup and restore refuse.
var (
	// ErrExists says that a file is there already, and is left alone.
	ErrExists = errors.New("is there already; name another file, or move it away")
	// ErrPgDump says that PostgreSQL is backed up by its own tools.
	ErrPgDump = errors.New("PostgreSQL is backed up by pg_dump --format=custom and restored by pg_restore into an empty database, " +
		"after which the cloud has to be told to begin new epochs")
)

// Backup writes a SQLite database, as it is now, to a new file, while others read and write it. The file is whole and on
// the device when Backup returns, and is readable by its owner alone; it has no journal beside it. ErrExists, ErrPgDump.
func (s *Store) Backup(ctx context.Context, to string) error {
	if s.d.dollar {
		return ErrPgDump
	}
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s %w", to, ErrExists)
	}
	part, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".*.part") // 0600; VACUUM INTO takes an empty file
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer os.Remove(part.Name()) //nolint:errcheck // after the rename it is not there
	if err := part.Close(); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := s.vacuumInto(ctx, part.Name()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return land(part.Name(), to)
}

// vacuumInto copies the database through a connection of its own: it reads one state, and nobody waits for it. Those for
// reading would refuse it, and the one for writing would be held up.
func (s *Store) vacuumInto(ctx context.Context, file string) (err error) {
	db, err := openSQLite(s.path, url.Values{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	return err
}

// land flushes a file and gives it its name.
func land(part, name string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := os.Link(part, name); err != nil { // unlike a rename it replaces nothing
		return fmt.Errorf("%s %w", name, errors.Join(ErrExists, err))
	}
	folder, err := os.Open(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Restore makes a new SQLite database from a backup, brings its tables to this release, and begins a new epoch for every
// box: what boxes were told after the backup was made is not known any more, and its versions will be used again. It
// gives the number of boxes. Nothing is left where it fails. ErrExists, ErrNewer, ErrPgDump.
func Restore(ctx context.Context, to, from string) (boxes int, err error) {
	path, ok := sqlitePath(to)
	if !ok {
		return 0, ErrPgDump
	}
	if _, err := os.Lstat(path); err == nil {
		return 0, fmt.Errorf("%s %w", path, ErrExists)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, fmt.Errorf("restore: %w", err)
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), "restore")
	if err != nil {
		return 0, fmt.Errorf("restore: %w", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // it is scratch
	work := filepath.Join(folder, "restored.db")
	if err := copyFile(from, work); err != nil {
		return 0, fmt.Errorf("restore: %w", err)
	}
	if boxes, err = renew(ctx, work); err != nil {
		return 0, fmt.Errorf("restore %s: %w", from, err)
	}
	return boxes, land(work, path)
}

// renew checks a copy, migrates it and begins new epochs in it.
func renew(ctx context.Context, path string) (boxes int, err error) {
	s, err := connectSQLite(ctx, path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var verdict string
	if err := s.write.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return 0, err
	}
	if verdict != "ok" {
		return 0, fmt.Errorf("the backup is damaged: %s", verdict)
	}
	if err := s.Migrate(ctx); err != nil {
		return 0, err
	}
	if boxes, err = directory.NewEpochs(ctx, s); err != nil {
		return 0, err
	}
	_, err = s.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return boxes, err
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	defer in.Close()                                                      //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // a scratch folder of our own
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
