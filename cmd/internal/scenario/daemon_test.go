package scenario_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"smartbox/cmd/internal/scenario"
)

// TestDaemon plays the same files against the whole daemon: the drivers over chip models, the journal and the store
// on a real disk, the clock of a bubble.
func TestDaemon(t *testing.T) {
	for _, path := range sessions(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, err := scenario.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if v, why := playDaemon(t, f); why != nil {
				t.Skip(why)
			} else if !v.OK() {
				t.Error(v)
			}
		})
	}
}

// playDaemon runs the file in a bubble. why says that the simulated cabinet cannot play it.
func playDaemon(t *testing.T, f *scenario.File) (v scenario.Verdict, why error) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		h, err := newHouse(f, dir)
		if errors.Is(err, errUnplayable) {
			why = err
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		v = scenario.Run(f, h)
		for _, fail := range v.Failures {
			if strings.Contains(fail.Text, errUnplayable.Error()) {
				why = errors.New(fail.Text)
			}
		}
	})
	return v, why
}
