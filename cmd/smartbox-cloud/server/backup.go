package server

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smartbox/cloud/store"
)

// ErrBackup says that a file is no backup, or cannot be put where it should go.
var ErrBackup = errors.New("backup")

// manifest is the first member of a backup, so that a later release knows what it has before it.
type manifest struct {
	Form    int       `json:"form"`
	Made    time.Time `json:"made"`
	Version string    `json:"version"`
	Engine  string    `json:"engine"` // of the database; only that of sqlite is in the file
}

const (
	backupForm   = 1
	manifestName = "manifest.json"
	keysName     = "keys"
)

func (t *tool) backup() *cobra.Command {
	var out string
	c := t.verb("backup", "Write keys and database to a file, while the cloud runs",
		`Write keys and database to a file, while the cloud runs or not. The file opens every access code and signs for every
box: it is made for its owner alone (0600), and belongs where keys belong.

Of a PostgreSQL database it has the keys only: take the tables with pg_dump, just after.`,
		func(ctx context.Context, cfg Config) error {
			if err := Backup(ctx, cfg, t.deps.Version, out); err != nil {
				return err
			}
			_, err := fmt.Fprintln(t.out, "written:", out)
			return err
		})
	c.Flags().StringVarP(&out, "out", "o", "smartbox-cloud.backup", "the file to write; it must not exist")
	return c
}

// Backup writes the keys, and a SQLite database as it is at one moment, to a new file that its owner alone may read. A
// cloud may be running on both.
func Backup(ctx context.Context, cfg Config, version, path string) (err error) {
	if _, err := os.Stat(keysDir(cfg)); err != nil {
		return fmt.Errorf("%w: %w: is --data the directory of a cloud?", ErrBackup, err)
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	defer func() {
		err = errors.Join(err, out.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	db, err := store.OpenAsIs(ctx, cfg.Database)
	if err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrBackup, err), closeStore(db))
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	w := tar.NewWriter(out)
	m, err := json.Marshal(manifest{Form: backupForm, Made: time.Now().UTC(), Version: version, Engine: db.Engine()})
	if err != nil {
		return err
	}
	if err := addBytes(w, manifestName, m); err != nil {
		return err
	}
	if err := addKeys(w, keysDir(cfg)); err != nil {
		return err
	}
	if db.Engine() == engineSQLite {
		if err := addDatabase(ctx, w, db, cfg.Data); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), out.Sync())
}

const engineSQLite = "sqlite"

func closeStore(db *store.Store) error {
	if db == nil {
		return nil
	}
	return db.Close()
}

// addDatabase copies the database beside the running one first: a tar file needs to know a member's size beforehand.
func addDatabase(ctx context.Context, w *tar.Writer, db *store.Store, dir string) (err error) {
	tmp, err := os.MkdirTemp(dir, ".backup-*") // 0700
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	path := filepath.Join(tmp, databaseName)
	if err := db.Backup(ctx, path); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return addFile(w, databaseName, path)
}

func addKeys(w *tar.Writer, dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	for _, e := range list {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue // one that is just being written
		}
		if err := addFile(w, keysName+"/"+e.Name(), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func addFile(w *tar.Writer, name, path string) (err error) {
	f, err := os.Open(path) //nolint:gosec // of the cloud's own directory
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.CopyN(w, f, info.Size())
	return err
}

func addBytes(w *tar.Writer, name string, b []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b))}); err != nil {
		return err
	}
	_, err := w.Write(b)
	return err
}

func keysDir(cfg Config) string { return filepath.Join(cfg.Data, keysName) }

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
