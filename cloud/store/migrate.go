package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrator gives goose the migrations in the engine's own words.
func migrator(d dialect, db *sql.DB) (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	p, err := goose.NewProvider(d.goose, db, worded{sub, d.types}, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}

// check compares the database's tables with what this release knows.
func check(ctx context.Context, p *goose.Provider) (pending bool, err error) {
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	has, err := p.GetDBVersion(ctx)
	if err != nil {
		return false, fmt.Errorf("migrations: %w", err)
	}
	if has > newest {
		return false, fmt.Errorf("%w: it is at version %d, this release knows %d; run the newer release, or restore a backup from before", ErrNewer, has, newest)
	}
	return has < newest, nil
}

// worded is a file system whose files have words replaced as they are opened.
type worded struct {
	fs.FS
	words *strings.Replacer
}

// Open reads a file and replaces its words.
func (w worded) Open(name string) (fs.File, error) {
	f, err := w.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b, err := fs.ReadFile(w.FS, name)
	if err != nil {
		return nil, err
	}
	text := w.words.Replace(string(b))
	return &wordedFile{info: info, Reader: strings.NewReader(text)}, nil
}

// ReadDir lists the directory.
func (w worded) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(w.FS, name) }

// wordedFile is such a file. Its size is that before the words were replaced, which nobody reads.
type wordedFile struct {
	info fs.FileInfo
	*strings.Reader
}

// Stat is that of the file before its words were replaced.
func (f *wordedFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close does nothing.
func (f *wordedFile) Close() error { return nil }
