package scenario_test

import (
	"path/filepath"
	"testing"

	"smartbox/cmd/internal/scenario"
)

// sessions are the scenario files of the box.
func sessions(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "session", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenario files: %v", err)
	}
	return files
}

func TestMachine(t *testing.T) {
	for _, path := range sessions(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			f, err := scenario.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if v := scenario.RunMachine(f); !v.OK() {
				t.Error(v)
			}
		})
	}
}
