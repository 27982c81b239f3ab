package store_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"smartbox/cloud/store"
)

// each runs a test on both engines, with the URL of an empty database and its driver.
func each(t *testing.T, test func(t *testing.T, url, driver, name string)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "new", "cloud.db")
		test(t, "sqlite:"+path, "sqlite", path)
	})
	t.Run("postgres", func(t *testing.T) {
		url := postgres(t).create(t)
		test(t, url, "pgx", url)
	})
}

// TestNewer refuses a database that a later release has changed, and leaves it as it is.
func TestNewer(t *testing.T) {
	each(t, func(t *testing.T, url, driver, name string) {
		s, err := store.OpenAsIs(t.Context(), url)
		if !errors.Is(err, store.ErrOlder) {
			t.Fatalf("an empty database: %v", err)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err = store.OpenAsIs(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open(driver, name)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close() //nolint:errcheck // nothing is lost
		if _, err := db.ExecContext(t.Context(), newer(driver)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := store.Open(t.Context(), url); !errors.Is(err, store.ErrNewer) {
				t.Fatalf("a newer database: %v", err)
			}
		}
	})
}

func newer(driver string) string {
	if driver == "pgx" {
		return "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)"
	}
	return "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)"
}
