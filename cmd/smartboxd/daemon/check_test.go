package daemon_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smartbox/cmd/smartboxd/daemon"
)

// check writes the house's configuration and runs `smartboxd check` on it.
func (h *house) check() (code int, out string) {
	h.t.Helper()
	path := filepath.Join(h.t.TempDir(), "smartboxd.yaml")
	text := "box: " + h.cfg.Box + "\nprofile: " + h.cfg.Profile + "\ndata: " + h.cfg.Data + "\nsocket: " + h.cfg.Socket +
		"\ntrusted_keys: [" + strings.Join(h.cfg.TrustedKeys, ", ") + "]\n"
	h.do(os.WriteFile(path, []byte(text), 0o600))
	var o, e bytes.Buffer
	code = daemon.Main(h.t.Context(), []string{"check", "--config", path}, &o, &e, daemon.Deps{})
	return code, o.String() + e.String()
}

// says checks the exit code and what has to be in the output.
func (h *house) says(wantCode int, want ...string) {
	h.t.Helper()
	code, out := h.check()
	if code != wantCode {
		h.t.Errorf("exit %d, want %d:\n%s", code, wantCode, out)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			h.t.Errorf("no word of %q:\n%s", w, out)
		}
	}
}

func TestCheck(t *testing.T) {
	h := newHouse(t)
	h.says(0, "ok    profile  sim-8", "is made at the first start", "ok    journal  empty")
	if _, err := os.Stat(h.cfg.Data); err == nil {
		t.Error("the check made the data directory")
	}
	h.start()
	h.furnish()
	h.pickup()
	h.says(0, "ok    journal  whole", "in use by the daemon")
	h.end()
	h.says(0, "ok    journal  whole", "ok    store    version 1 of epoch 1", "ok    key")

	h.damageJournal()
	h.says(4, "BAD   journal", "damaged")

	h.do(os.Remove(filepath.Join(h.cfg.Data, "box.key")))
	h.cfg.Profile = "rpi-9000"
	h.says(4, "BAD   key", "BAD   profile", "rpi-9000")
}

// damageJournal flips a byte in the middle of what is on record.
func (h *house) damageJournal() {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.cfg.Data, daemon.JournalDir, "*"))
	h.do(err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		h.do(err)
		if text := bytes.TrimRight(b, "\x00"); len(text) > 1<<10 {
			b[len(text)-len(text)/8] ^= 0xFF
			h.do(os.WriteFile(f, b, 0o600))
			return
		}
	}
	h.t.Fatalf("no events among %q", files)
}

func TestMainUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"fly"}, {"run", "now"}, {"check", "--speed"}} {
		var o, e bytes.Buffer
		if code := daemon.Main(t.Context(), args, &o, &e, daemon.Deps{}); code != 2 || e.Len() == 0 {
			t.Errorf("%q: exit %d\n%s", args, code, e.String())
		}
	}
	var o, e bytes.Buffer
	missing := filepath.Join(t.TempDir(), "none.yaml")
	if code := daemon.Main(t.Context(), []string{"run", "--config", missing}, &o, &e, daemon.Deps{}); code != 1 ||
		!strings.Contains(e.String(), missing) || strings.Count(e.String(), "\n") != 1 {
		t.Errorf("exit %d, %q: want one line that names the file", code, e.String())
	}
}
