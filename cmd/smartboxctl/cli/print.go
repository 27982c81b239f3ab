package cli

import (
	"encoding/json"
	"fmt"
	"io"
)

// withName is "id (Name)", or the id alone where nothing is called so any more.
func withName(id, name string) string {
	if name == "" {
		return id
	}
	return fmt.Sprintf("%s (%s)", id, name)
}

// unless is s where the condition does not hold.
func unless(condition bool, s string) string {
	if condition {
		return ""
	}
	return s
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
