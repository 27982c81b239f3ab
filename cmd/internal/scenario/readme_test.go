package scenario_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smartbox/cmd/internal/scenario"
)

// lastRule is the number of rules that a box keeps.
const lastRule = 16

// TestReadme holds the README to the files: each is listed with its rules and its sentence, and each rule has a file.
func TestReadme(t *testing.T) {
	files := sessions(t)
	b, err := os.ReadFile(filepath.Join(filepath.Dir(files[0]), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[int]bool{}
	for _, path := range files {
		f, err := scenario.Load(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(f.Rules) == 0 || f.About == "" {
			t.Errorf("%s does not say what it shows", path)
		}
		var rules []string
		for _, r := range f.Rules {
			shown[r] = true
			rules = append(rules, fmt.Sprint(r))
		}
		name := filepath.Base(path)
		row := fmt.Sprintf("| [%s](%s) | %s | %s |\n", strings.TrimSuffix(name, ".txtar"), name, strings.Join(rules, ", "), f.About)
		if !strings.Contains(string(b), row) {
			t.Errorf("the README of the scenarios lacks the line\n%s", row)
		}
	}
	for r := 1; r <= lastRule; r++ {
		if !shown[r] {
			t.Errorf("no scenario shows rule %d", r)
		}
	}
	if n := strings.Count(string(b), ".txtar) |"); n != len(files) {
		t.Errorf("the README lists %d files, and there are %d", n, len(files))
	}
}
