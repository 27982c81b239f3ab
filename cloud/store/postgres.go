package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"smartbox/cloud/directory"
)

// maxConns is how many connections one replica takes of PostgreSQL's default of 100.
const maxConns = 16

func connectPostgres(ctx context.Context, url string) (*Store, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, ErrURL // the cause may hold a password
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database: %w", err), db.Close())
	}
	return &Store{d: postgresDialect(), write: db, read: db, tables: newTables()}, nil
}

// isolation of a writing transaction. SQLite has only the one, and its driver knows no name for it.
func (s *Store) isolation() sql.IsolationLevel {
	if s.d.dollar {
		return sql.LevelSerializable
	}
	return sql.LevelDefault
}

// lock makes the transactions of one organization follow each other on PostgreSQL. Serializable alone would be right
// too, but would run most of them again: they meet at the version of a box and at the numbers of events. The lock is
// taken before the transaction, and so before its snapshot; it belongs to the connection and ends with it, however the
// program ends.
func (s *Store) lock(ctx context.Context, conn *sql.Conn, org directory.OrgID) (unlock func() error, err error) {
	if !s.d.dollar || org == 0 {
		return func() error { return nil }, nil
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(org)); err != nil { //nolint:gosec // any 64 bits
		return nil, err
	}
	return func() error {
		// Also after ctx has ended, or the connection would go back to the pool with the lock.
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(org)) //nolint:gosec // as above
		if err == nil {
			return nil
		}
		_ = conn.Raw(func(any) error { return errBadConn }) // out of the pool, and the lock with it
		return nil
	}, nil
}
