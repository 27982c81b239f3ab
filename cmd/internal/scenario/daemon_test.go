package scenario_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"smartbox/cmd/internal/scenario"
)

// unplayable are the files that only the machine plays, and what keeps the simulated cabinet from them.
var unplayable = map[string]string{
	"cut-while-returned": "a sensor that reads iButtons",
	"wrong-key":          "a sensor that reads iButtons",
}

// TestDaemon plays the same files against the whole daemon: the drivers over chip models, the journal and the store
// on a real disk, the clock of a bubble.
func TestDaemon(t *testing.T) {
	for _, path := range sessions(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			f, err := scenario.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if f.Lasts() > patience {
				t.Skipf("it lasts %v, which chip models that are polled make minutes of", f.Lasts())
			}
			v, why := playDaemon(t, f)
			reason := unplayable[strings.TrimSuffix(filepath.Base(path), ".txtar")]
			switch {
			case why != nil && reason == "":
				t.Errorf("it cannot be played any more: %v", why)
			case why != nil:
				t.Skip(reason)
			case reason != "":
				t.Error("it can be played now; take it off the list")
			case !v.OK():
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
