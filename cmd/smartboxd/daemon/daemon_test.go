package daemon_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smartbox"
	"smartbox/board"
	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/device"
)

// A code is typed, a door opens, a key goes, and all of it is on record, also after a restart.
func TestPickup(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	h.do(h.cab.Press(annaCode + "#"))
	authorised := h.wait(smartbox.PickupAuthorised)
	if authorised.User != smartbox.MustID[smartbox.User]("anna") || authorised.UserName != "Anna Amsel" || authorised.KeyName != "Van Vermilion" {
		t.Errorf("authorised: %+v", authorised)
	}
	h.seenOpen(1)
	_, err := h.cab.TakeKey(slotID(1))
	h.do(err)
	h.do(h.cab.ShutDoor(slotID(1)))
	taken := h.wait(smartbox.PickupTaken)
	if taken.Assumed {
		t.Error("the sensor saw the key go, and the event says that it was assumed")
	}
	h.van("with-user anna")
	why, err := h.client.Why(t.Context(), authorised.Seq)
	h.do(err)
	if !strings.Contains(why.Rule, "on key van (Van Vermilion)") || !strings.Contains(why.Based, "revision 1") || why.Explain == "" {
		t.Errorf("why: %+v", why)
	}
	h.end()

	h.start()
	h.van("with-user anna")
	if again := h.wait(smartbox.PickupTaken); again.Seq != taken.Seq {
		t.Errorf("after the restart the pickup is event %d, it was %d", again.Seq, taken.Seq)
	}
	h.do(h.cab.Bring(vanFob))
	h.do(h.cab.Tap(vanFob))
	h.seenOpen(1)
	h.do(h.cab.PutKey(slotID(1), vanFob))
	h.do(h.cab.ShutDoor(slotID(1)))
	h.wait(smartbox.DropoffReturned)
	h.van("in-slot")
	if v, err := h.client.Verify(t.Context()); err != nil || !v.Whole || v.Events < 8 {
		t.Errorf("journal: %+v %v", v, err)
	}
}

// The power goes while a door stands open. What was on record is on record, and no lock moves at the start.
func TestPowerCut(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	h.pickup()
	h.do(h.cab.Press(annaCode + "#1")) // she has it: this is her return
	h.wait(smartbox.DropoffAuthorised)
	h.seenOpen(1)

	// What a power cut leaves is what is on the disk now: a copy of it is what the next start finds.
	after := filepath.Join(t.TempDir(), "data")
	h.do(os.CopyFS(after, os.DirFS(h.cfg.Data)))
	h.do(os.Chmod(filepath.Join(after, "box.key"), 0o600))
	h.end()

	h.cfg.Data, h.cfg.KeyFile, h.cfg.Socket = after, "", filepath.Join(t.TempDir(), "s")
	h.start()
	h.wait(smartbox.DropoffAuthorised)
	h.wait(smartbox.Started)
	h.van("with-user anna")
	if p := h.cab.Pulses(); len(p) != 0 {
		t.Errorf("locks moved at the start: %v", p)
	}
	if v, err := h.client.Verify(t.Context()); err != nil || !v.Whole {
		t.Errorf("journal: %+v %v", v, err)
	}
}

// What is not signed, for another box, cut short or older is refused, says why, and changes nothing.
func TestSnapshotRefused(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	good := h.snapshot(peopleFile, 2, "house", signer)
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	for _, c := range []struct {
		name   string
		file   []byte
		reason smartbox.Reason
	}{
		{"empty", nil, smartbox.SnapshotBroken},
		{"no snapshot", []byte("hello"), smartbox.SnapshotBroken},
		{"cut short", good[:len(good)/2], smartbox.SnapshotBroken},
		{"flipped", flipped, smartbox.SignatureWrong},
		{"signed by a stranger", h.snapshot(peopleFile, 2, "house", stranger), smartbox.SignatureWrong},
		{"for another box", h.snapshot(peopleFile, 2, "shed", signer), smartbox.SnapshotForeign},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := h.client.Apply(t.Context(), c.file)
			var e *adminapi.Error
			if !errors.As(err, &e) || e.Code != adminapi.CodeSnapshot || e.Status != http.StatusUnprocessableEntity || len(e.Message) < 20 {
				t.Errorf("%v", err)
			}
			if got := h.wait(smartbox.SnapshotRefused); got.Reason != c.reason.String() {
				t.Errorf("on record as %s, want %s", got.Reason, c.reason)
			}
			if got := h.d.View().Revision().Version; got != 1 {
				t.Errorf("version %d is in force", got)
			}
		})
	}
	if _, err := h.client.Apply(t.Context(), good); err != nil {
		t.Errorf("the good one: %v", err)
	}
	if _, err := h.client.Apply(t.Context(), h.snapshot(peopleFile, 1, "house", signer)); err == nil {
		t.Error("an older one was taken")
	}
	if got := h.d.View().Revision().Version; got != 2 {
		t.Errorf("version %d is in force", got)
	}
}

// A new rule is in force for the next person.
func TestSnapshotInForce(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	suspended := strings.Replace(peopleFile, "activated: true", "activated: true, status: suspended", 1)
	_, err := h.client.Apply(t.Context(), h.snapshot(suspended, 2, "house", signer))
	h.do(err)
	h.do(h.cab.Press(annaCode + "#"))
	if e := h.wait(smartbox.AccessRefused); e.Reason != smartbox.Suspended.String() || e.Version != 2 {
		t.Errorf("refused for %s by version %d", e.Reason, e.Version)
	}
	if p := h.cab.Pulses(); len(p) != 0 {
		t.Errorf("locks moved: %v", p)
	}
}

// Maintenance opens slots, each on record with who asked; without it nothing opens.
func TestMaintenance(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	var e *adminapi.Error
	if err := h.client.OpenSlot(t.Context(), 3); !errors.As(err, &e) || e.Status != http.StatusConflict || e.Mend == "" {
		t.Errorf("without maintenance: %v", err)
	}
	if err := h.client.OpenSlot(t.Context(), 99); !errors.As(err, &e) || e.Status != http.StatusNotFound {
		t.Errorf("a slot that is not there: %v", err)
	}
	h.do(h.client.Maintenance(t.Context(), true))
	if begun := h.wait(smartbox.MaintenanceBegun); begun.Actor == "" {
		t.Error("nobody began the maintenance")
	}
	h.do(h.client.OpenSlot(t.Context(), 3))
	if a := h.wait(smartbox.SlotAuthorised); a.Number != 3 || !strings.HasPrefix(a.Actor, "uid:") {
		t.Errorf("%+v", a)
	}
	h.seenOpen(3)
	h.do(h.cab.ShutDoor(slotID(3)))
	h.wait(smartbox.SlotClosed)
	h.do(h.client.Maintenance(t.Context(), false))
	h.wait(smartbox.MaintenanceEnded)
	if p := h.cab.Pulses(); len(p) != 1 || p[0].Slot != slotID(3) {
		t.Errorf("pulses: %v", p)
	}
}

// A box that must not start says so in one sentence, and has touched no lock.
func TestRefusesToStart(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*house)
		want []string
	}{
		{"a profile that is not there", func(h *house) { h.cfg.Profile = "rpi-9000" }, []string{"rpi-9000", "sim-8"}},
		{"a profile with a missing pin", func(h *house) {
			text, err := board.Source("sim-8")
			h.do(err)
			h.cfg.Profile = filepath.Join(h.t.TempDir(), "mine.yaml")
			h.do(os.WriteFile(h.cfg.Profile, bytes.Replace(text, []byte("locks.A0-A7"), []byte("lox.A0-A7"), 1), 0o600))
		}, []string{"mine.yaml:", "lox"}},
		{"a data directory that is a file", func(h *house) { h.do(os.WriteFile(h.cfg.Data, nil, 0o600)) }, []string{"data"}},
		{"a box key that is broken", func(h *house) {
			h.cfg.KeyFile = filepath.Join(h.t.TempDir(), "box.key")
			h.do(os.WriteFile(h.cfg.KeyFile, []byte("x"), 0o600))
		}, []string{"box.key", "restore it"}},
		{"no box", func(h *house) { h.cfg.Box = "" }, []string{"box:"}},
		{"hardware that is not there", func(h *house) {
			h.deps.Open = func(*board.Profile) (*device.Set, error) { return nil, errors.New("no bus /dev/i2c-1: enable it") }
		}, []string{"/dev/i2c-1"}},
		{"a metrics address that is nobody's", func(h *house) { h.cfg.Metrics = "192.0.2.1:1" }, []string{"metrics"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			c.set(h)
			if h.cfg.Profile != "sim-8" { // the cabinet of the test stays the built-in one
				cfg := h.cfg
				_, err := daemon.New(cfg, h.deps)
				contains(t, err, c.want)
				return
			}
			err := h.open()
			contains(t, err, c.want)
			if p := h.cab.Pulses(); len(p) != 0 {
				t.Errorf("locks moved: %v", p)
			}
		})
	}
}

func contains(t *testing.T, err error, want []string) {
	t.Helper()
	if err == nil {
		t.Fatal("it started")
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// Two daemons do not serve one box.
func TestSecondDaemon(t *testing.T) {
	h := newHouse(t)
	h.start()
	second := *h
	second.logs = &safeBuffer{}
	if err := second.open(); err == nil {
		t.Error("a second daemon started on the same records")
	}
	h.do(context.Cause(t.Context()))
	if _, err := h.client.Status(t.Context()); err != nil {
		t.Errorf("the first one was disturbed: %v", err)
	}
}

// No code, badge number or name reaches the log, whatever its level.
func TestLogsAreClean(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	h.pickup()
	h.do(h.cab.Tap(annaBadge))
	h.until("the choice", func() bool { return strings.HasPrefix(h.cab.Glass()[0], "Choose") })
	h.do(h.cab.Press("1"))
	h.wait(smartbox.DropoffAuthorised)
	h.seenOpen(1)
	h.do(h.cab.PutKey(slotID(1), vanFob))
	h.do(h.cab.ShutDoor(slotID(1)))
	h.wait(smartbox.DropoffReturned)
	h.do(h.cab.Press("159067#")) // suspended
	h.wait(smartbox.AccessRefused)
	h.do(h.cab.Press("999911#")) // nobody's
	h.wait(smartbox.AccessUnknown)
	h.do(h.cab.Tap("uid:DEADBEEF"))
	h.wait(smartbox.AccessUnknown)
	h.do(h.cab.Fault("keypad", "nack"))
	_, err := h.client.Apply(t.Context(), []byte("Anna Amsel "+annaCode))
	if err == nil {
		t.Error("a text was taken for a snapshot")
	}
	h.end()
	log := h.logs.String()
	if !strings.Contains(log, "snapshot refused") {
		t.Error("the log is empty: this test would see nothing")
	}
	for _, secret := range []string{
		annaCode, "159067", "999911", "04C0FFEE000001", "04A1B2C3D4E501", "DEADBEEF", "Anna", "Amsel", "Cleo", "Vermilion",
	} {
		if strings.Contains(strings.ToUpper(log), strings.ToUpper(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
