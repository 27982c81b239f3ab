package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := parse(strings.NewReader(`goos: linux
BenchmarkAppend/raw-2   	     100	      9123 ns/op	   1.05 ratio-p50
BenchmarkGet-16 5 3 ns/op
PASS
`))
	want := results{"Append/raw": {"ns/op": 9123, "ratio-p50": 1.05}, "Get": {"ns/op": 3}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := parse(strings.NewReader("BenchmarkX 1 many ns/op")); err == nil {
		t.Error("took a word for a number")
	}
}

func TestFiguresSayWhenTheyFallShort(t *testing.T) {
	list := []Figure{atMost("a", "time", 3, "ms", 2), atLeast("b", "speed", 3, "×", 2), seen("c", "size", 1, "B")}
	path := filepath.Join(t.TempDir(), "deep", "box.json")
	if err := write(path, list); err != nil {
		t.Fatal(err)
	}
	back, err := read(path)
	if diff := cmp.Diff(list, back); diff != "" || err != nil {
		t.Error(diff, err)
	}
	var out strings.Builder
	if err := table(&out, list); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), "FALLS SHORT") != 1 || strings.Count(out.String(), "holds") != 1 {
		t.Error(out.String())
	}
}
