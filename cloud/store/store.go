package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"smartbox/cloud/directory"
)

// Store is a database with the directory in it. It is safe for any number of goroutines.
type Store struct {
	d      dialect
	write  *sql.DB
	read   *sql.DB // of SQLite another pool, so that readers never wait for the writer
	path   string  // of SQLite
	tables *tables
}

var _ directory.Repo = (*Store)(nil)

// Open opens "sqlite:path" or "postgres://…" and brings its tables to this release. It fails with ErrURL, ErrNewer, or
// what the engine says.
func Open(ctx context.Context, url string) (*Store, error) {
	s, err := OpenAsIs(ctx, url)
	if err == nil || !errors.Is(err, ErrOlder) {
		return s, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// OpenAsIs opens without changing a table. With ErrOlder it gives the store too, to be migrated or closed.
func OpenAsIs(ctx context.Context, url string) (*Store, error) {
	s, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	pending, err := s.pending(ctx)
	switch {
	case err != nil:
		return nil, errors.Join(err, s.Close())
	case pending:
		return s, ErrOlder
	default:
		return s, nil
	}
}

func connect(ctx context.Context, url string) (*Store, error) {
	if path, ok := sqlitePath(url); ok {
		return connectSQLite(ctx, path)
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return connectPostgres(ctx, url)
	}
	return nil, ErrURL
}

func (s *Store) pending(ctx context.Context) (bool, error) {
	p, err := migrator(s.d, s.write)
	if err != nil {
		return false, err
	}
	return check(ctx, p)
}

// Migrate brings the tables to this release. Two programs at once are safe on both engines.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := migrator(s.d, s.write)
	if err != nil {
		return err
	}
	if _, err := check(ctx, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Engine is "sqlite" or "postgres".
func (s *Store) Engine() string { return s.d.name }

// Close waits for transactions under way and closes the database.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Attempts and waits of a transaction that meets others.
const (
	maxAttempts = 40
	firstWait   = 2 * time.Millisecond
	longestWait = 250 * time.Millisecond
)

// Update runs fn in one transaction; see directory.Repo.
func (s *Store) Update(ctx context.Context, org directory.OrgID, fn func(tx directory.Tx) error) error {
	wait := firstWait
	for attempt := 1; ; attempt++ {
		err := s.attempt(ctx, org, fn)
		if err == nil || !retry(err) {
			return err
		}
		if attempt == maxAttempts {
			return fmt.Errorf("%w (%w)", ErrBusy, err)
		}
		pause := time.NewTimer(wait/2 + rand.N(wait)) //nolint:gosec // jitter is no secret
		select {
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		case <-pause.C:
		}
		wait = min(2*wait, longestWait)
	}
}

// attempt runs fn once. It commits only if fn and every statement in it succeeded: an engine's error that fn swallowed
// would otherwise be committed halfway on SQLite.
func (s *Store) attempt(ctx context.Context, org directory.OrgID, fn func(tx directory.Tx) error) (err error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	unlock, err := s.lock(ctx, conn, org)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	sqlTx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: s.isolation()})
	if err != nil {
		return err
	}
	defer sqlTx.Rollback() //nolint:errcheck // after Commit it does nothing; else err says why
	t := tx{queryer{tx: sqlTx, d: s.d}, s.tables}
	if err := fn(t); err != nil {
		return err
	}
	return sqlTx.Commit()
}

// View runs fn over one consistent state.
func (s *Store) View(ctx context.Context, fn func(tx directory.Tx) error) error {
	o := &sql.TxOptions{ReadOnly: s.d.dollar}
	if s.d.dollar {
		o.Isolation = sql.LevelRepeatableRead
	}
	sqlTx, err := s.read.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer sqlTx.Rollback() //nolint:errcheck // it has only read
	return fn(tx{queryer{tx: sqlTx, d: s.d, readOnly: true}, s.tables})
}
