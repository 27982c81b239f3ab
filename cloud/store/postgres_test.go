package store_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"smartbox/cloud/store"
	"smartbox/cloud/store/storetest"
)

// server is a PostgreSQL of the test's own, in a temporary folder, reached by a socket in it.
type server struct {
	folder string
	as     *syscall.SysProcAttr // PostgreSQL refuses to run as root
	bin    string
	next   atomic.Int64
}

// errNoPostgres says that there is none on this machine.
var errNoPostgres = errors.New("PostgreSQL is not installed (make deps installs it)")

func startServer(ctx context.Context) (*server, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	// Not t.TempDir: its parents are closed to another user, and a socket's path may not be long.
	folder, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder, bin: bin}
	if os.Getuid() == 0 {
		if s.as, err = asPostgres(folder); err != nil {
			return nil, errors.Join(err, s.stop(ctx))
		}
	}
	data := filepath.Join(folder, "data")
	err = s.run(ctx, "initdb", "-D", data, "-U", "smartbox", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	if err == nil {
		// No TCP port is opened, so none can be taken. What a crash loses does not matter here.
		options := "-k " + folder + " -c listen_addresses='' -c fsync=off -c max_connections=100"
		err = s.run(ctx, "pg_ctl", "-D", data, "-w", "-l", filepath.Join(folder, "log"), "-o", options, "start")
	}
	if err != nil {
		return nil, errors.Join(err, s.stop(ctx))
	}
	return s, nil
}

func findPostgres() (string, error) {
	if at, err := exec.LookPath("initdb"); err == nil {
		if at, err = filepath.EvalSymlinks(at); err == nil {
			return filepath.Dir(at), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // where Debian keeps it
	if len(found) == 0 {
		return "", errNoPostgres
	}
	return filepath.Dir(found[len(found)-1]), nil
}

func asPostgres(folder string) (*syscall.SysProcAttr, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chown(folder, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

func (s *server) run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = s.folder, s.as
	// The server inherits the standard streams, and a pipe would be waited for as long as it runs.
	out, err := os.Create(filepath.Join(s.folder, program+".out"))
	if err != nil {
		return err
	}
	defer out.Close() //nolint:errcheck // read below
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s", program, err, said)
	}
	return nil
}

func (s *server) stop(ctx context.Context) error {
	err := s.run(ctx, "pg_ctl", "-D", filepath.Join(s.folder, "data"), "-m", "immediate", "-w", "stop")
	return errors.Join(err, os.RemoveAll(s.folder))
}

func (s *server) url(database string) string {
	return "postgres://smartbox@/" + database + "?host=" + s.folder
}

// create makes an empty database.
func (s *server) create(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", s.next.Add(1))
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing is lost
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return s.url(name)
}

// postgres is the one server of this test program, started by the first test that wants it.
func postgres(t testing.TB) *server {
	t.Helper()
	s, err := theServer.get()
	switch {
	case errors.Is(err, errNoPostgres) && os.Getenv("SMARTBOX_SKIPS") != "forbidden":
		t.Skip("skipped: " + err.Error())
	case err != nil:
		t.Fatal(err)
	}
	return s
}

func TestPostgres(t *testing.T) {
	s := postgres(t)
	fewerWalks(t, "10")
	urls := map[string]string{}
	storetest.Run(t, func(t testing.TB, fresh bool) *store.Store {
		t.Helper()
		if fresh {
			urls[t.Name()] = s.create(t)
		}
		return openURL(t, urls[t.Name()])
	})
}

// fewerWalks bounds the random lives: each step is a dozen round trips here. SQLite lives the full number.
func fewerWalks(t *testing.T, most string) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	was := checks.Value.String()
	if n, err := strconv.Atoi(was); err != nil || n <= 10 {
		return
	}
	t.Cleanup(func() {
		if err := checks.Value.Set(was); err != nil {
			t.Error(err)
		}
	})
	if err := checks.Value.Set(most); err != nil {
		t.Fatal(err)
	}
}

func openURL(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestURL checks that what is no database is refused without its text, which may hold a password.
func TestURL(t *testing.T) {
	for _, url := range []string{"", "mysql://root:secret@host/x", "sqlite:", "sqlite::memory:", "postgres://u:secret@host:port:port/db"} {
		_, err := store.Open(t.Context(), url)
		if !errors.Is(err, store.ErrURL) {
			t.Errorf("%q: %v", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password", url)
		}
	}
}
