// Package wirecheck compares what a driver sends over a bus with a recording that is kept beside its
// test, so that a change on the wire is seen by whoever makes it. Run the test with -update to write the
// recording anew.
package wirecheck

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox/device/chips"
)

var update = flag.Bool("update", false, "write the recordings of testdata anew")

// Golden compares a recording with testdata/<name>.wire.
func Golden(t *testing.T, name string, got *chips.Recording) {
	t.Helper()
	path := filepath.Join("testdata", name+".wire")
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path) //nolint:gosec // the path is the test's own
	if err != nil {
		t.Fatalf("%v; run the test with -update once", err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("transfers differ from %s (-want +got):\n%s", path, diff)
	}
}
