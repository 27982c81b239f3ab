package strictyaml_test

import (
	"errors"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"smartbox/internal/strictyaml"
)

type file struct {
	Name  string   `yaml:"name"`
	Users []string `yaml:"users"`
}

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want file
	}{
		"empty":              {"", file{}},
		"a comment":          {"# nothing yet\n", file{}},
		"fields":             {"name: a\nusers: [b, c]\n", file{"a", []string{"b", "c"}}},
		"marked as document": {"---\nname: a\n", file{Name: "a"}},
		"nothing after it":   {"name: a\n---\n", file{Name: "a"}},
	} {
		var got file
		if err := strictyaml.Decode([]byte(c.text), &got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	as := func(target any) func(error) bool { return func(err error) bool { return errors.As(err, target) } }
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	var (
		unknown *yaml.UnknownFieldError
		other   yaml.Error
	)
	for name, c := range map[string]struct {
		text string
		how  func(error) bool
	}{
		"an unknown field":      {"title: a\n", as(&unknown)},
		"a doubled field":       {"name: a\nname: b\n", as(&other)},
		"the wrong type":        {"users: {a: b}\n", as(&other)},
		"no YAML":               {"name: [\n", as(&other)},
		"a list that is a tag":  {"users: !\n", is(strictyaml.ErrUnreadable)},
		"a second document":     {"name: a\n---\nname: b\n", is(strictyaml.ErrDocuments)},
		"rubbish as the second": {"name: a\n---\nname: [\n", as(&other)},
	} {
		var got file
		if err := strictyaml.Decode([]byte(c.text), &got); err == nil || !c.how(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzDecode shows that no text panics, not in the tree nor in the values.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"name: a\nusers: [b]\n", "users: !\n", "a: &a [*a]\n", "? !\n", "--- !\n", "<<: !"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		if len(b) > 1<<12 {
			return
		}
		var v file
		_ = strictyaml.Decode(b, &v)
		_, _ = strictyaml.Parse(b)
	})
}
