// Command benchmarks measures the index and the cache beside bbolt, SQLite, casbin and a map, all in one run and at
// the same size, prints a table and writes the figures as JSON. It is a module of its own, so that the peers stay out
// of the product's dependencies.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"smartbox"
	"smartbox/storage/index/indextest"
)

// figure is one line of the report.
type figure struct {
	ID    string  `json:"id"`
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Limit float64 `json:"limit"`
	Holds bool    `json:"holds"`
}

// bench collects figures over one town.
type bench struct {
	users   int
	dir     string
	town    *smartbox.Snapshot
	figures []figure
}

func (b *bench) atMost(id, what string, value float64, unit string, limit float64) {
	b.add(figure{id, what, value, unit, limit, value <= limit})
}

func (b *bench) atLeast(id, what string, value float64, unit string, limit float64) {
	b.add(figure{id, what, value, unit, limit, value >= limit})
}

// note is a figure without a limit, for the ratios beside it to be read by.
func (b *bench) note(id, what string, value float64, unit string) {
	b.add(figure{ID: id, What: what, Value: value, Unit: unit, Holds: true})
}

func (b *bench) add(f figure) {
	b.figures = append(b.figures, f)
	limit := ""
	if f.Limit != 0 || !f.Holds {
		limit = fmt.Sprintf("limit %g: %v", f.Limit, map[bool]string{true: "holds", false: "DOES NOT HOLD"}[f.Holds])
	}
	fmt.Printf("%-8s %-72s %14.3f %-12s %s\n", f.ID, f.What, f.Value, f.Unit, limit)
}

// core is a codec as the wire has one.
type core struct{ cbor.EncMode }

func (core) Unmarshal(b []byte, v any) error { return cbor.Unmarshal(b, v) }

func newCodec() core {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	check(err)
	return core{mode}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// perOp is the time of one call in nanoseconds: the least of several rounds, for other work on the machine only adds.
func perOp(f func(i int)) float64 {
	const rounds = 7
	n := 1
	for {
		start := time.Now()
		for i := range n {
			f(i)
		}
		if d := time.Since(start); d > 20*time.Millisecond || n >= 1<<22 {
			break
		}
		n *= 2
	}
	best := make([]float64, rounds)
	for r := range best {
		start := time.Now()
		for i := range n {
			f(i + r*n)
		}
		best[r] = float64(time.Since(start).Nanoseconds()) / float64(n)
	}
	return slices.Min(best)
}

// took is the least time of several runs, in milliseconds.
func took(runs int, f func()) float64 {
	best := make([]float64, runs)
	for i := range best {
		start := time.Now()
		f()
		best[i] = float64(time.Since(start).Microseconds()) / 1000
	}
	return slices.Min(best)
}

func main() {
	users := flag.Int("users", 100_000, "size of the town")
	out := flag.String("out", "", "file to write the figures to")
	flag.Parse()
	dir, err := os.MkdirTemp("", "smartbox-bench-")
	check(err)
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	b := &bench{users: *users, dir: dir}
	b.memory() // before anything else is there
	b.town = indextest.Town(*users)
	b.decision()
	b.peers()
	b.coldStart()
	b.apply()
	if *out == "" {
		return
	}
	j, err := json.MarshalIndent(b.figures, "", "  ")
	check(err)
	check(os.MkdirAll(filepath.Dir(*out), 0o750))
	check(os.WriteFile(*out, append(j, '\n'), 0o600))
}
