package server

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"smartbox/cloud/directory"
	"smartbox/cloud/store"
	"smartbox/cloud/trust"
)

// Bounds of what is read from a backup, so that a damaged one cannot fill the disk by what it says of itself.
const (
	maxKeyFile  = 1 << 20
	maxDatabase = 1 << 40
)

func (t *tool) restore() *cobra.Command {
	var in string
	c := t.verb("restore", "Bring a backup into an empty data directory, and begin a new epoch",
		`Bring a backup into an empty data directory, and begin a new epoch: boxes may have heard more than the backup knows,
and all of them fetch their whole state anew. With a PostgreSQL database, restore its tables with pg_restore before.

Stop the cloud first. What boxes did after the backup was made comes again from their journals, as far as they keep it.`,
		func(ctx context.Context, cfg Config) error {
			n, err := Restore(ctx, cfg, in)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "restored: a new epoch for %d boxes; start the cloud\n", n)
			return err
		})
	c.Flags().StringVarP(&in, "in", "i", "smartbox-cloud.backup", "the file that backup wrote")
	return c
}

// Restore unpacks a backup into a data directory that has neither keys nor a database, and begins a new epoch for every
// box; it gives their number.
func Restore(ctx context.Context, cfg Config, path string) (boxes int, err error) {
	for _, name := range []string{keysName, databaseName} {
		if there, err := exists(filepath.Join(cfg.Data, name)); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrBackup, err)
		} else if there {
			return 0, fmt.Errorf("%w: %s holds a cloud already: stop it and move its directory away, or name another with --data",
				ErrBackup, cfg.Data)
		}
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	tmp, err := os.MkdirTemp(cfg.Data, ".restore-*")
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	m, err := unpack(path, tmp)
	if err != nil {
		return 0, err
	}
	if err := place(cfg, tmp, m); err != nil {
		return 0, err
	}
	return newEpochs(ctx, cfg)
}

// unpack reads the whole file before anything stands where a cloud would find it.
func unpack(path, dir string) (m manifest, err error) {
	f, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r := tar.NewReader(f)
	h, err := r.Next()
	if err != nil || h.Name != manifestName {
		return m, fmt.Errorf("%w: %s is no backup of a cloud", ErrBackup, path)
	}
	if err := json.NewDecoder(io.LimitReader(r, maxKeyFile)).Decode(&m); err != nil {
		return m, fmt.Errorf("%w: %s: its manifest cannot be read: %w", ErrBackup, path, err)
	}
	if m.Form > backupForm {
		return m, fmt.Errorf("%w: %s is from release %q, which is newer: restore it with that one", ErrBackup, path, m.Version)
	}
	if err := os.Mkdir(filepath.Join(dir, keysName), 0o700); err != nil {
		return m, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, fmt.Errorf("%w: %s is damaged: %w", ErrBackup, path, err)
		}
		name, limit := databaseName, int64(maxDatabase)
		if key, ok := strings.CutPrefix(h.Name, keysName+"/"); ok && filepath.IsLocal(key) && filepath.Base(key) == key {
			name, limit = filepath.Join(keysName, key), maxKeyFile
		} else if h.Name != databaseName {
			return m, fmt.Errorf("%w: %s holds %q, which no backup has", ErrBackup, path, h.Name)
		}
		if h.Size > limit {
			return m, fmt.Errorf("%w: %s: %q is too large", ErrBackup, path, h.Name)
		}
		if err := unpackOne(filepath.Join(dir, name), r, h.Size); err != nil {
			return m, fmt.Errorf("%w: %s: %w", ErrBackup, path, err)
		}
	}
}

func unpackOne(path string, r io.Reader, size int64) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // checked by the caller
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := io.CopyN(f, r, size); err != nil {
		return err
	}
	return f.Sync()
}

// place puts keys and database where the cloud looks for them, the database last: without it nothing starts.
func place(cfg Config, tmp string, m manifest) error {
	sqlite, is := strings.CutPrefix(cfg.Database, engineSQLite+":")
	if is != (m.Engine == engineSQLite) {
		return fmt.Errorf("%w: it was made of a %s database, and database: names another kind", ErrBackup, m.Engine)
	}
	if err := os.Rename(filepath.Join(tmp, keysName), keysDir(cfg)); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	if !is {
		return nil
	}
	if there, err := exists(sqlite); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	} else if there {
		return fmt.Errorf("%w: a database stands at %s already: move it away", ErrBackup, sqlite)
	}
	if err := os.Rename(filepath.Join(tmp, databaseName), sqlite); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return nil
}

// newEpochs opens what was restored, which also shows that it can be, and begins the epochs.
func newEpochs(ctx context.Context, cfg Config) (n int, err error) {
	sealer, err := trust.OpenSealer(keysDir(cfg))
	if err != nil {
		return 0, err
	}
	db, err := store.Open(ctx, cfg.Database)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return directory.New(directory.Options{Repo: db, Sealer: sealer}).NewEpochs(ctx)
}
