package strictyaml_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox/internal/strictyaml"
)

func TestKnown(t *testing.T) {
	type house struct {
		Box struct {
			Name string `yaml:"name,omitempty"`
			file string // not of YAML
		} `yaml:"box"`
		Keys []*struct {
			Fob string `yaml:"fob"`
		} `yaml:"keys"`
		Slots int    `yaml:"slots"`
		Path  string `yaml:"-"`
	}
	const text = "# a house\nbox:\n  nme: x\nkeys:\n  - {fob: a}\n  - {fobb: b}\nslots: {x: 1}\nother: {x: 1}\n"
	for name, c := range map[string]struct {
		line, column int
		want         []string
	}{
		"its own":          {8, 1, []string{"box", "keys", "slots"}},
		"of a section":     {3, 3, []string{"name"}},
		"of a list":        {6, 6, []string{"fob"}},
		"of a number":      {7, 9, nil},
		"of what is none":  {8, 9, nil},
		"before the first": {1, 5, nil},
		"after the end":    {99, 1, nil},
		"no place":         {0, 0, nil},
	} {
		if d := cmp.Diff(c.want, strictyaml.Known([]byte(text), c.line, c.column, &house{})); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}
