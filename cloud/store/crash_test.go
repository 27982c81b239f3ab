package store_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/store"
)

// crashURL tells a child process which database to be killed in.
const crashURL = "STORE_CRASH_URL"

// TestCrashChild is the child of TestCrash: it commits organizations and says so, begins one more and is killed.
func TestCrashChild(t *testing.T) {
	url := os.Getenv(crashURL)
	if url == "" {
		t.Skip("it is run by TestCrash")
	}
	s := openURL(t, url)
	for _, id := range []string{"one", "two", "three"} {
		if err := s.Update(t.Context(), 0, insertOrg(t.Context(), id)); err != nil {
			t.Fatal(err)
		}
		say(t, "committed "+id)
	}
	err := s.Update(t.Context(), 0, func(tx directory.Tx) error {
		if err := insertOrg(t.Context(), "never")(tx); err != nil {
			return err
		}
		say(t, "in the middle")
		select {} // until it is killed
	})
	t.Fatal(err)
}

// say tells the parent.
func say(t *testing.T, line string) {
	t.Helper()
	if _, err := os.Stdout.WriteString(line + "\n"); err != nil {
		t.Fatal(err)
	}
}

func insertOrg(ctx context.Context, id string) func(tx directory.Tx) error {
	return func(tx directory.Tx) error {
		return tx.Organizations().Insert(ctx, &directory.Organization{ID: smartbox.MustID[directory.Organization](id), Name: id})
	}
}

// TestCrash kills a process in the middle of a transaction: what it had committed is there, what it had begun is not, and
// nobody has to wait for it.
func TestCrash(t *testing.T) {
	each(t, func(t *testing.T, url, _, _ string) {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$") //nolint:gosec // this program
		child.Env = append(os.Environ(), crashURL+"="+url)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := bufio.NewScanner(out)
		committed := 0
		for said.Scan() && said.Text() != "in the middle" {
			if strings.HasPrefix(said.Text(), "committed") {
				committed++
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := child.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		if committed != 3 {
			t.Fatalf("the child committed %d", committed)
		}
		s := openURL(t, url)
		if err := s.Update(t.Context(), 0, insertOrg(t.Context(), "four")); err != nil {
			t.Fatal(err)
		}
		err = s.View(t.Context(), func(tx directory.Tx) error {
			list, err := tx.Organizations().Find(t.Context(), directory.Query{})
			if err == nil && len(list) != committed+1 {
				t.Errorf("%d organizations, not %d", len(list), committed+1)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestCut ends the server's side of a transaction, as a restart or an operator does: an error, and nothing stays.
func TestCut(t *testing.T) {
	server := postgres(t)
	url := server.create(t)
	s := openURL(t, url)
	err := s.Update(t.Context(), smartbox.MustID[directory.Organization]("org"), func(tx directory.Tx) error {
		if err := insertOrg(t.Context(), "never")(tx); err != nil {
			return err
		}
		return server.run(t.Context(), "psql", "-h", server.folder, "-U", "smartbox", "-d", "postgres", "-c",
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test%' AND state = 'idle in transaction'")
	})
	if err == nil {
		t.Fatal("committed")
	}
	// The lock of the organization went with the connection.
	if err := s.Update(t.Context(), smartbox.MustID[directory.Organization]("org"), insertOrg(t.Context(), "one")); err != nil {
		t.Fatal(err)
	}
	err = s.View(t.Context(), func(tx directory.Tx) error {
		if _, err := tx.Organizations().Get(t.Context(), uint64(smartbox.MustID[directory.Organization]("never"))); !errors.Is(err, directory.ErrNotFound) {
			t.Errorf("half a transaction stayed: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReadOnly keeps a view from writing.
func TestReadOnly(t *testing.T) {
	each(t, func(t *testing.T, url, _, _ string) {
		s := openURL(t, url)
		if err := s.View(t.Context(), insertOrg(t.Context(), "one")); !errors.Is(err, store.ErrReadOnly) {
			t.Fatalf("a view wrote: %v", err)
		}
	})
}
