package server

import (
	"context"
	"errors"
	"fmt"
	"os"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/store"
	"smartbox/cloud/trust"
)

// hooks are who is told of what was committed; nil = nobody.
type hooks struct {
	changed  func(smartbox.BoxID)
	happened func(directory.OrgID)
}

// books are the directory on its database.
type books struct {
	store     *store.Store
	directory *directory.Service
}

// openBooks opens the database, and the key that seals what is secret in it. Both are made where there are none.
func openBooks(ctx context.Context, cfg Config, h hooks) (b books, err error) {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return b, fmt.Errorf("data directory: %w: make it, or name another with --data", err)
	}
	sealer, err := trust.OpenSealer(keysDir(cfg))
	if err != nil {
		return b, err
	}
	if b.store, err = store.Open(ctx, cfg.Database); err != nil {
		return b, err
	}
	b.directory = directory.New(directory.Options{Repo: b.store, Sealer: sealer, Changed: h.changed, Happened: h.happened})
	return b, nil
}

func (b books) close() error { return b.store.Close() }

// migrate brings the tables to this release.
func migrate(ctx context.Context, cfg Config) (done bool, err error) {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return false, err
	}
	db, err := store.OpenAsIs(ctx, cfg.Database)
	switch {
	case err == nil:
		return false, db.Close()
	case !errors.Is(err, store.ErrOlder):
		return false, err
	}
	return true, errors.Join(db.Migrate(ctx), db.Close())
}
