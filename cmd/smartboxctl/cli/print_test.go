package cli

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cmd/smartboxd/adminapi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/<name>.golden.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (go test -update writes it anew):\n%s", path, d)
	}
}

const noon smartbox.Stamp = 1_782_907_200_000 // 2026-07-01 12:00 UTC

var (
	anna = smartbox.MustID[smartbox.User]("anna")
	van  = smartbox.MustID[smartbox.Key]("van-1")
)

func TestPrintStatus(t *testing.T) {
	for name, s := range map[string]adminapi.Status{
		"status-new": {
			Box: "depot-1", Profile: "rpi-8", Version: "v1.0.0", Uptime: "3s", Time: noon, Alive: true, Power: "mains",
			Record: adminapi.Record{Works: true, Next: 2},
			Notes:  []string{"no trusted_keys are configured: no snapshot can be brought"},
		},
		"status-trouble": {
			Box: "depot-1", Name: "Depot", Profile: "rpi-8", Version: "v1.0.0", Uptime: "72h3m0s", Time: noon, Trust: smartbox.ClockSynced,
			Knowledge: adminapi.Knowledge{Epoch: 1, Version: 41, IssuedAt: noon, Age: "5m0s", Source: "flat-a"},
			Record: adminapi.Record{
				Held: 3, Error: "disk is full: make room", Lost: 2,
				Damage: []string{"journal segment 1-1.bad is damaged at byte 576 (checksum): events 3 to 4 are lost; keep the file for analysis and check the disk"},
			},
			Power: "battery", Service: true, Tampered: true,
			Parts: []adminapi.Part{{Part: "locks", Name: "mcp23017@0x20", Error: "part does not answer"}},
			Slots: []adminapi.Slot{{Number: 1, Key: van, KeyName: "Van 1"}, {Number: 2, Trouble: "jammed"}},
			Keys: []adminapi.Key{
				{ID: van, Name: "Van 1", Place: "in-slot", Number: 1, Since: noon},
				{ID: smartbox.MustID[smartbox.Key]("van-2"), Place: "with-user", User: anna, UserName: "Anna Amsel", Since: noon, Due: noon + 3_600_000, Overdue: true},
				{ID: smartbox.MustID[smartbox.Key]("van-3"), Place: "in-doubt"},
			},
		},
	} {
		var b bytes.Buffer
		if err := printStatus(&b, s); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

func TestPrintEvents(t *testing.T) {
	var b bytes.Buffer
	for _, e := range []adminapi.Event{
		{Seq: 1, At: noon, Kind: smartbox.Started},
		{Seq: 2, At: noon, Clock: smartbox.ClockSynced, Kind: smartbox.PickupAuthorised, User: anna, UserName: "Anna Amsel", Key: van, KeyName: "Van 1", Slot: smartbox.MustID[smartbox.Slot]("s1"), Number: 1, Reason: "granted", Due: noon + 3_600_000},
		{Seq: 3, At: noon, Clock: smartbox.ClockSynced, Kind: smartbox.DoorForced, Alarm: true, Slot: smartbox.MustID[smartbox.Slot]("s9")},
		{Seq: 4, At: noon, Clock: smartbox.ClockRTC, Kind: smartbox.HandedOver, User: anna, Other: smartbox.MustID[smartbox.User]("ben"), OtherName: "Ben Birke", Key: van},
		{Seq: 5, At: noon, Clock: smartbox.ClockSynced, Kind: smartbox.PartDown, Alarm: true, Part: "locks"},
		{Seq: 6, At: noon, Clock: smartbox.ClockSynced, Kind: smartbox.MaintenanceBegun, Actor: "uid:1000"},
	} {
		if err := printEvent(&b, e); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "events", b.Bytes())
}

func TestPrintWhy(t *testing.T) {
	var b bytes.Buffer
	for _, w := range []adminapi.Why{
		{
			Event:   adminapi.Event{Seq: 7, At: noon, Clock: smartbox.ClockSynced, Kind: smartbox.AccessRefused, Alarm: false, User: anna, UserName: "Anna Amsel", Key: van, KeyName: "Van 1", Factors: []string{"code"}},
			Explain: smartbox.OutsideHours.Explain(), Display: smartbox.OutsideHours.Display(),
			Rule: "schedule nights (Night shift)", Based: "revision 41 of epoch 1, 5m0s old at the time",
		},
		{Event: adminapi.Event{Seq: 8, At: noon, Kind: smartbox.SlotAuthorised, Actor: "uid:0", Number: 3}, Explain: smartbox.OwnerOrder.Explain()},
	} {
		if err := printWhy(&b, w); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "why", b.Bytes())
}

func TestPrinterTellsOfAGap(t *testing.T) {
	var b strings.Builder
	show := printer(&b)
	for _, seq := range []uint64{7, 8, 12} {
		if err := show(adminapi.Event{Seq: seq, Kind: smartbox.Started}); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 4 || !strings.Contains(lines[2], "events 9 to 11 are lost") {
		t.Errorf("%q", lines)
	}
}
