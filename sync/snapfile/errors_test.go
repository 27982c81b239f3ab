package snapfile_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox/sync/snapfile"
)

var update = flag.Bool("update", false, "write the golden files anew")

// secrets stand in the files of testdata/errors as codes and badges; no error may hold one.
var secrets = []string{"47110815", "47110816", "8812", "8813", "04AABBCC", "04aabbcc", "12345"}

// TestErrors reads files that are wrong, and compares what is said about them.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.*")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".golden") })
	if len(files) < 10 {
		t.Fatalf("%d files", len(files))
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := read(t, filepath.Base(path), b)
			golden := path + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, s := range secrets {
				if strings.Contains(got, s) {
					t.Errorf("the errors hold a code or a badge")
				}
			}
		})
	}
}

// read is what is said about a file, with the house for one that has no box.
func read(t *testing.T, name string, b []byte) string {
	t.Helper()
	parse := snapfile.ParseYAML
	if strings.HasSuffix(name, ".csv") {
		parse = snapfile.ParseCSV
	}
	f, err := parse(name, b)
	if err != nil {
		return err.Error() + "\n"
	}
	files := []*snapfile.File{f}
	if f.Box == (snapfile.Box{}) && !strings.HasPrefix(name, "empty") {
		box, err := snapfile.ParseYAML("house.yaml", []byte(house+"users: [{name: Anna Müller}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		files = []*snapfile.File{box, f}
	}
	_, _, err = snapfile.Build(options(), files...)
	if err == nil {
		t.Fatal("nothing is wrong with the file")
	}
	return err.Error() + "\n"
}
