package board

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// UnknownProfileError says that no profile of the name is built in.
type UnknownProfileError struct {
	Name  string
	Known []string
}

func (e *UnknownProfileError) Error() string {
	return fmt.Sprintf("no profile %q is built in: use %s, or give the path of a file", e.Name, strings.Join(e.Known, ", "))
}

// Names are the built-in profiles, sorted.
func Names() []string {
	entries, err := profiles.ReadDir("profiles")
	if err != nil {
		return nil // cannot happen: the directory is embedded
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(out)
	return out
}

// Source is the text of a built-in profile, to start one's own from. The error is an *UnknownProfileError.
func Source(name string) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		return nil, &UnknownProfileError{Name: name, Known: Names()}
	}
	return profiles.ReadFile("profiles/" + name + ".yaml")
}

// Builtin parses a built-in profile. The error is an *UnknownProfileError where there is none of the name.
func Builtin(name string) (*Profile, error) {
	b, err := Source(name)
	if err != nil {
		return nil, err
	}
	return Parse(name+".yaml", b)
}
