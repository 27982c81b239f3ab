package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smartbox"
	"smartbox/board/sim"
	"smartbox/cmd/smartbox-sim/simulator"
	"smartbox/cmd/smartboxd/adminapi"
)

// box starts a whole simulated box and gives its cabinet, its socket and its data directory.
func box(t *testing.T) (cab *sim.Cabinet, socket, data string, stop func()) {
	t.Helper()
	data = t.TempDir()
	s, err := simulator.New(simulator.Options{
		Listen: "127.0.0.1:0", Offline: true, Data: data, Profile: "sim-8", People: "people.yaml", Log: io.Discard, LogLevel: "error",
		Text: []byte(strings.Replace(people, "slot: 1}", `slot: 1, fob: "uid:04A1B2C3"}`, 1)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return s.Cabinet(), filepath.Join(data, "admin.sock"), data, stop
}

// await reads the events until one of the kind comes.
func await(t *testing.T, socket string, kind smartbox.EventKind) (found adminapi.Event) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	client := adminapi.Dial(socket)
	defer client.Close()
	enough := errors.New("enough")
	err := client.Events(ctx, 0, true, func(e adminapi.Event) error {
		if e.Kind == kind {
			found = e
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Fatalf("waited for %s: %v", kind, err)
	}
	return found
}

// Every verb against a box that works.
func TestAtTheBox(t *testing.T) {
	cab, socket, data, stop := box(t)
	at := func(args ...string) []string { return append(args, "--socket", socket) }
	await(t, socket, smartbox.SnapshotApplied)
	if err := cab.Press("482913#"); err != nil {
		t.Fatal(err)
	}
	e := await(t, socket, smartbox.PickupAuthorised)
	said(t, ExitOK, "box        desk (Desk)", "", at("status")...)
	said(t, ExitOK, "pickup-authorised    anna (Anna Amsel), key van (Van), slot 1, granted", "", at("events")...)
	why := said(t, ExitOK, "anna (Anna Amsel), by code", "", at("why", jsonNumber(e.Seq))...)
	if !strings.Contains(why, "on key van (Van)") || !strings.Contains(why, smartbox.Granted.Explain()) {
		t.Errorf("why:\n%s", why)
	}
	said(t, ExitFailed, "", "there is no event 4000", at("why", "4000")...)
	said(t, ExitFailed, "", "the box is not in maintenance: turn it on first", at("slot", "open", "2")...)
	said(t, ExitFailed, "", "no slot 77", at("slot", "open", "77")...)
	var asJSON adminapi.Why
	if err := json.Unmarshal([]byte(said(t, ExitOK, "{", "", at("why", jsonNumber(e.Seq), "--json")...)), &asJSON); err != nil || asJSON.Event.Seq != e.Seq {
		t.Errorf("why --json: %+v %v", asJSON, err)
	}
	lines := strings.Split(strings.TrimSpace(said(t, ExitOK, "{", "", at("events", "--json", "--from", "2")...)), "\n")
	var first adminapi.Event
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || first.Seq != 2 {
		t.Errorf("events --json --from 2 begins with %d (%v)", first.Seq, err)
	}
	said(t, ExitOK, "whole: ", "", at("journal", "verify")...)
	online := said(t, ExitOK, "{", "", at("journal", "export")...)
	stop()
	said(t, ExitOK, "whole: ", "", "journal", "verify", "--data", data)
	offline := said(t, ExitOK, "{", "", "journal", "export", "--data", data)
	if !strings.HasPrefix(offline, online) || len(offline) == len(online) {
		t.Error("the export of the stopped box does not go on where that of the running one ended")
	}
	said(t, ExitNoBox, "", "no box daemon answers", at("status")...)
}

// A snapshot built with the tool, from the box's key and the key it trusts, comes into force.
func TestApply(t *testing.T) {
	_, socket, data, _ := box(t)
	await(t, socket, smartbox.SnapshotApplied)
	file := filepath.Join(t.TempDir(), "people.yaml")
	snap := filepath.Join(t.TempDir(), "desk.snap")
	write(t, file, people+"  - {id: ben, name: Ben Birke, code: \"730264\", grants: all}\n")
	said(t, ExitOK, "2 users", "", "snapshot", "build", file, "-o", snap,
		"--box-key", filepath.Join(data, "box.key"), "--sign-key", filepath.Join(data, "snapshot.key"))
	said(t, ExitOK, "in force: ", "", "snapshot", "apply", snap, "--socket", socket)
	said(t, ExitOK, "in force: ", "", "snapshot", "apply", snap, "--socket", socket) // once more does no harm
	write(t, snap, "not a snapshot")
	said(t, ExitFailed, "", "snapshot build", "snapshot", "apply", snap, "--socket", socket)
}

func jsonNumber(n uint64) string {
	b, _ := json.Marshal(n) // a number always can be
	return string(b)
}
