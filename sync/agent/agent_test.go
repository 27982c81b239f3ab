package agent

import (
	"testing"
	"time"

	"smartbox"
)

// TestFirstContact: an empty box gets its snapshot in parts, then changes by deltas, and its events go out.
func TestFirstContact(t *testing.T) {
	bubble(t, 3000, func(w world) {
		w.x.start()
		w.x.happen(5)
		w.settled(time.Minute)
		if w.c.chunks < 3 {
			t.Errorf("the snapshot went in %d parts; the test wants several", w.c.chunks)
		}
		who := w.c.state.Users[3].ID
		w.c.change(func(s *smartbox.Snapshot) { s.Users[3].Status = smartbox.StatusSuspended })
		w.settled(time.Second)
		if u, _ := w.x.know.View().User(who); u.Status != smartbox.StatusSuspended {
			t.Errorf("she is %s", u.Status)
		}
		w.x.happen(700)
		w.settled(time.Minute)
		w.complete(705)
		if len(w.c.hellos) != 1 {
			t.Errorf("%d hellos", len(w.c.hellos))
		}
	})
}
