package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// Figure is one measured number beside what it is meant to hold.
type Figure struct {
	ID    string  `json:"id"`
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Limit any     `json:"limit"` // in words, "≤ 2" or "≥ 5", or the peers' bare number; nil, "" and 0 = none
	Holds bool    `json:"holds"`
}

// atMost and atLeast make a figure with its limit.
func atMost(id, what string, v float64, unit string, limit float64) Figure {
	return Figure{id, what, v, unit, fmt.Sprintf("≤ %g", limit), v <= limit}
}

func atLeast(id, what string, v float64, unit string, limit float64) Figure {
	return Figure{id, what, v, unit, fmt.Sprintf("≥ %g", limit), v >= limit}
}

// seen is a figure without a limit.
func seen(id, what string, v float64, unit string) Figure {
	return Figure{ID: id, What: what, Value: v, Unit: unit, Limit: "", Holds: true}
}

// table prints figures for people; one that falls short says so.
func table(w io.Writer, list []Figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "id\twhat\tvalue\tunit\tlimit\t") //nolint:errcheck // Flush tells
	for _, f := range list {
		verdict := ""
		switch {
		case !f.Holds:
			verdict = "FALLS SHORT"
		case limited(f.Limit):
			verdict = "holds"
		}
		fmt.Fprintf(t, "%s\t%s\t%.4g\t%s\t%v\t%s\n", f.ID, f.What, f.Value, f.Unit, f.Limit, verdict) //nolint:errcheck // Flush tells
	}
	return t.Flush()
}

// limited reports whether a figure has a limit.
func limited(limit any) bool { return limit != nil && limit != "" && limit != 0.0 }

// write puts the figures where the next reader finds them.
func write(path string, list []Figure) error {
	b, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // figures are for everybody
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644) //nolint:gosec // figures are for everybody
}

// read takes in the figures that another program wrote.
func read(path string) ([]Figure, error) {
	b, err := os.ReadFile(path) //nolint:gosec // the path is this program's own
	if err != nil {
		return nil, err
	}
	var list []Figure
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}
