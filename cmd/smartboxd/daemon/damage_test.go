package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smartbox"
	"smartbox/cmd/smartboxd/daemon"
)

// Events that the card lost do not hide those after them, nor those to come.
func TestEventsGoOnBehindDamage(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	h.pickup()
	h.end()

	segments, err := filepath.Glob(filepath.Join(h.cfg.Data, daemon.JournalDir, "*.seg"))
	h.do(err)
	b, err := os.ReadFile(segments[0])
	h.do(err)
	b[3*512+40] ^= 0xFF
	h.do(os.WriteFile(segments[0], b, 0o600))

	h.start()
	h.do(h.client.Maintenance(t.Context(), true))
	after := h.wait(smartbox.MaintenanceBegun)
	v, err := h.client.Verify(t.Context())
	h.do(err)
	if v.Whole || after.Seq <= v.First {
		t.Errorf("event %d, %+v: the damage missed the events", after.Seq, v)
	}
	for range 2 { // it is told of, and a restart does not forget it
		st, err := h.client.Status(t.Context())
		h.do(err)
		r := st.Record
		if !r.Works || r.Lost == 0 || len(r.Damage) != 1 || !strings.Contains(r.Damage[0], "are lost; keep the file") {
			t.Errorf("the record by the status: %+v", r)
		}
		h.end()
		h.start()
	}
	h.end()
}
