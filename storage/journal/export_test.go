package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestExportNamesTheFields(t *testing.T) {
	dir := t.TempDir()
	o := testOptions(t, nil)
	j := mustOpen(t, dir, o)
	want := fill(t, j, 60)
	var online, offline bytes.Buffer
	if err := j.Export(&online, 2, 50, JSONLines); err != nil {
		t.Fatal(err)
	}
	if err := Export(dir, o.Codec, &offline, 2, 50, JSONLines); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(online.Bytes(), offline.Bytes()) {
		t.Error("the export beside the writer differs from the writer's own")
	}
	lines := bytes.Split(bytes.TrimSpace(online.Bytes()), []byte("\n"))
	if len(lines) != 49 {
		t.Fatalf("%d lines, want 49", len(lines))
	}
	var first map[string]any
	if err := json.Unmarshal(lines[0], &first); err != nil {
		t.Fatal(err)
	}
	e := want[1]
	for field, value := range map[string]any{
		"seq": 2.0, "kind": e.Kind.String(), "user": e.User.String(), "key": e.Key.String(), "slot": e.Slot.String(),
		"at": e.At.String(), "boot": "000000000000b007", "reason": e.Reason.String(),
	} {
		if first[field] != value {
			t.Errorf("%s is %v, want %v", field, first[field], value)
		}
	}
	if err := j.Export(&online, 1, 0, "xml"); err == nil {
		t.Error("an unknown format is taken")
	}
}

func TestExportSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	o := testOptions(t, nil)
	j := mustOpen(t, dir, o)
	fill(t, j, 60)
	name := filepath.Join(dir, j.segs[0].file())
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[j.active.head.size+sector+70] ^= 1 // within the second record
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = j.Export(&out, 1, 0, RawCBOR)
	var c *CorruptError
	if !errors.As(err, &c) || c.Lost != 1 || out.Len() == 0 {
		t.Errorf("export: %v, %d bytes", err, out.Len())
	}
	if s := j.State(); len(s.Damage) != 1 || filepath.Ext(s.Damage[0].Segment) != ".bad" {
		t.Errorf("damage %v", s.Damage)
	}
}
