package snapfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smartbox/sync/snapfile"
)

// FuzzYAML: any text is an error with a place in the file, or a snapshot that is valid.
func FuzzYAML(f *testing.F) {
	f.Add([]byte(house + people))
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := snapfile.ParseYAML("f.yaml", b)
		if err != nil {
			var e *snapfile.Error
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "f.yaml") {
				t.Fatalf("%q has no place", err)
			}
			return
		}
		buildOrFail(t, file)
	})
}

func buildOrFail(t *testing.T, file *snapfile.File) {
	t.Helper()
	s, _, err := snapfile.Build(options(), file)
	var es snapfile.Errors
	switch {
	case err != nil && (!errors.As(err, &es) || len(es) == 0):
		t.Fatalf("%q is no list of errors", err)
	case err == nil:
		if err := s.Validate(options().Zones); err != nil {
			t.Fatalf("what was built is not valid: %v", err)
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("First Name;Access Code;Permissions\r\nAnna;4711;key:Van 3; all\r\n"))
	f.Add([]byte("\xff\xfeF\x00"))
	f.Add([]byte("First Name,Last Name\n\"A\nB\",M\xfcller\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := snapfile.ParseCSV("f.csv", b)
		var es snapfile.Errors
		switch {
		case err == nil:
			buildOrFail(t, file)
		case !errors.As(err, &es):
			t.Fatalf("%q is no list of errors", err)
		}
	})
}
