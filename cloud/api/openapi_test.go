package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"smartbox/cloud/directory"
)

var update = flag.Bool("update", false, "write openapi.yaml anew") //nolint:gochecknoglobals // a flag

// described is the document without a cloud behind it.
func described(t *testing.T) *huma.OpenAPI {
	t.Helper()
	a, _ := build(Deps{Directory: directory.New(directory.Options{}), Version: "1"})
	return a.OpenAPI()
}

func TestOpenAPIIsFresh(t *testing.T) {
	if strconv.IntSize < 64 {
		t.Skip("the document is that of a 64-bit cloud: an int is an int64 in it")
	}
	t.Parallel()
	now, err := described(t).YAML()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.yaml", now, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(committed), string(now)); diff != "" {
		t.Errorf("openapi.yaml is stale: run go test ./cloud/api -run OpenAPI -update\n%s", diff)
	}
}

// Each reference leads somewhere, each operation has a name of its own, a summary and a tag, and says which problem it
// answers with; each needs a token but the box's own two.
func TestOpenAPIHangsTogether(t *testing.T) {
	t.Parallel()
	doc := described(t)
	b, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(`"openapi":"3.1.0"`)) {
		t.Errorf("not OpenAPI 3.1")
	}
	var tree struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(b, &tree); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, ref := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
		used[ref[1]] = true
		if tree.Components.Schemas[ref[1]] == nil {
			t.Errorf("%s is not described", ref[0])
		}
	}
	names := map[string]bool{}
	for _, op := range operations(doc) {
		if op.Summary == "" || len(op.Tags) != 1 || names[op.OperationID] {
			t.Errorf("%s %s: no summary, not one tag, or a name that stands twice", op.Method, op.Path)
		}
		names[op.OperationID] = true
		if op.Responses["default"] == nil {
			t.Errorf("%s: no problem", op.OperationID)
		}
		open := slices.Contains([]string{"enrol", "renew"}, op.OperationID)
		if open != (len(op.Security) == 0) {
			t.Errorf("%s: security %v", op.OperationID, op.Security)
		}
		if !strings.HasPrefix(op.Path, "/v1/") {
			t.Errorf("%s is at %s", op.OperationID, op.Path)
		}
	}
}

// operations are all there are, in the order of their paths.
func operations(doc *huma.OpenAPI) (ops []*huma.Operation) {
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				ops = append(ops, op)
			}
		}
	}
	slices.SortFunc(ops, func(a, b *huma.Operation) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	return ops
}
