package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// sqlitePath is the file that a URL names.
func sqlitePath(name string) (path string, ok bool) {
	path, ok = strings.CutPrefix(name, "sqlite:")
	return path, ok && path != "" && path != ":memory:"
}

// connectSQLite opens a file, which is made where there is none, readable by its owner alone. A commit is on the
// device when it returns (synchronous = FULL); the one writer holds its lock from the first statement
// (_txlock = immediate), so that a transaction is never cast out in its middle.
func connectSQLite(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("database folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	write, err := openSQLite(path, url.Values{"_txlock": {"immediate"}})
	if err != nil {
		return nil, err
	}
	read, err := openSQLite(path, url.Values{"_pragma": {"query_only(ON)"}})
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	write.SetMaxOpenConns(1) // within a program writers queue here, which is fairer than SQLite's polling
	read.SetMaxOpenConns(2 + runtime.GOMAXPROCS(0))
	s := &Store{d: sqliteDialect(), write: write, read: read, path: path, tables: newTables()}
	if err := write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), s.Close())
	}
	return s, nil
}

// openSQLite opens one more pool of connections to a file.
func openSQLite(path string, how url.Values) (*sql.DB, error) {
	for _, p := range []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "temp_store(MEMORY)"} {
		how.Add("_pragma", p)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+how.Encode())
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	return db, nil
}
