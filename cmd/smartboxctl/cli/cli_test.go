package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"smartbox/cmd/smartboxd/daemon"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ctl runs the tool and returns what it said.
func ctl(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// said checks the exit code and a part of each stream.
func said(t *testing.T, wantCode int, wantOut, wantErr string, args ...string) string {
	t.Helper()
	code, out, errs := ctl(t, args...)
	if code != wantCode || !strings.Contains(out, wantOut) || !strings.Contains(errs, wantErr) {
		t.Errorf("smartboxctl %q: exit %d, want %d\nout: %s\nerr: %s\nwant out %q, err %q", args, code, wantCode, out, errs, wantOut, wantErr)
	}
	return out
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"fly"},
		{"status", "now"},
		{"status", "--fast"},
		{"why"},
		{"why", "me"},
		{"why", "0"},
		{"slot", "open"},
		{"slot", "open", "x"},
		{"slot", "open", "70000"},
		{"maintenance"},
		{"maintenance", "perhaps"},
		{"snapshot", "build"},
		{"snapshot", "apply"},
		{"scenario", "run"},
		{"events", "--from", "yesterday"},
	} {
		if code, _, errs := ctl(t, args...); code != ExitUsage || !strings.HasPrefix(errs, "smartboxctl: ") {
			t.Errorf("%q: exit %d, %q", args, code, errs)
		}
	}
	said(t, ExitOK, "Exit codes:", "", "--help")
}

func TestNoBox(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "nobody")
	for _, args := range [][]string{{"status"}, {"events"}, {"why", "1"}, {"maintenance", "on"}, {"slot", "open", "1"}, {"journal", "verify"}} {
		said(t, ExitNoBox, "", "start smartboxd, or name its socket with --socket", append(args, "--socket", socket)...)
	}
}

const people = `
box: {id: desk, name: Desk}
location: {id: depot, name: Depot, zone: Europe/Berlin}
slots: 4
keys:
  - {id: van, name: Van, slot: 1}
users:
  - {id: anna, name: Anna Amsel, code: "482913", grants: "key:van"}
`

// A people file becomes a signed snapshot that the check accepts and that nobody can change.
func TestSnapshotFiles(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if _, err := daemon.MakeBoxKey(at("box.key")); err != nil {
		t.Fatal(err)
	}
	write(t, at("people.yaml"), people)
	public := said(t, ExitOK, "trusted_keys: [", "", "snapshot", "keygen", "--out", at("sign.key"))
	said(t, ExitFailed, "", "exists", "snapshot", "keygen", "--out", at("sign.key"))
	write(t, at("trusted"), public) // as it was printed
	_, line, _ := strings.Cut(public, "trusted_keys: [")
	write(t, at("bare"), strings.TrimSuffix(strings.TrimSpace(line), "]"))

	said(t, ExitOK, "in order: box desk", "", "snapshot", "check", at("people.yaml"))
	build := []string{"snapshot", "build", at("people.yaml"), "--box-key", at("box.key"), "--sign-key", at("sign.key"), "--out", at("desk.snap"), "--version", "3"}
	said(t, ExitOK, "box desk, version 3 of epoch 1, 1 users, 1 keys, 4 slots", "", build...)
	said(t, ExitOK, "in order: box desk, version 3", "", "snapshot", "check", at("desk.snap"), "--trusted", at("trusted"))
	said(t, ExitOK, "in order: box desk, version 3", "", "snapshot", "check", at("desk.snap"), "--trusted", at("bare"))
	said(t, ExitUsage, "", "check it with --trusted", "snapshot", "check", at("desk.snap"))
	said(t, ExitFailed, "", "not an Ed25519 key", "snapshot", "check", at("desk.snap"), "--trusted", at("sign.key"))

	b, err := os.ReadFile(at("desk.snap"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("482913")) {
		t.Error("the snapshot holds an access code in the clear")
	}
	b[len(b)-1] ^= 1
	write(t, at("desk.snap"), string(b))
	said(t, ExitFinding, "", "changed after it was signed", "snapshot", "check", at("desk.snap"), "--trusted", at("trusted"))

	write(t, at("people.yaml"), people+"  - {id: ben, name: Ben, code: \"482914\"}\n")
	_, out, errs := ctl(t, "snapshot", "check", at("people.yaml"))
	if strings.Contains(out+errs, "482914") || strings.Contains(out+errs, "482913") {
		t.Errorf("the error tells a code: %s%s", out, errs)
	}
	if errs == "" {
		t.Error("a code that is another's duress neighbour was accepted without a word")
	}
	write(t, at("people.yaml"), people+"  - {id: ben, nickname: Ben}\n")
	said(t, ExitFinding, "", "people.yaml:9:", "snapshot", "check", at("people.yaml"))
	said(t, ExitFailed, "", "people.yaml:9:", build...)
	said(t, ExitFailed, "", "no such file", "snapshot", "check", at("nobody.yaml"))
}

func TestScenarioRun(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.txtar")
	write(t, bad, "no scenario")
	out := said(t, ExitFinding, "0 of 1 hold", "", "scenario", "run", bad)
	if !strings.HasPrefix(out, "BAD   "+bad) {
		t.Errorf("%q", out)
	}
}

// The files of the specification run with this tool as they do in the tests of their own package.
func TestScenarioVerdicts(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/session/backup-*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenario files (%v)", err)
	}
	out := said(t, ExitOK, fmt.Sprintf("%d of %d hold", len(files), len(files)), "", append([]string{"scenario", "run"}, files...)...)
	if strings.Count(out, "ok    ") != len(files) {
		t.Error(out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
