package daemon_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"smartbox"
	"smartbox/board/sim"
	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/device/clock"
)

// A wall clock that is set is on record, with the new time, and leads nobody back behind the record.
func TestClockJumps(t *testing.T) {
	h := newHouse(t)
	var shift atomic.Int64
	h.deps.Clock = clock.Options{
		Trust: clock.Always(smartbox.ClockUntrusted), Interval: 5 * time.Millisecond,
		Wall: func() time.Time { return time.Now().Add(time.Duration(shift.Load())) },
	}
	h.start()
	started := h.wait(smartbox.Started)
	const forty = 40 * 365 * 24 * time.Hour
	shift.Store(int64(forty))
	ahead := h.wait(smartbox.ClockSet)
	if got := ahead.At.Time().Sub(started.At.Time()); got < forty || got > forty+time.Hour {
		t.Errorf("on record %v ahead, want forty years", got)
	}
	h.end()
	shift.Store(-int64(forty)) // and now forty years behind, across a start
	h.start()
	h.wait(smartbox.Stopped)
	again := h.wait(smartbox.Started)
	if again.At < ahead.At {
		t.Errorf("started at %s, which is before the %s on record", again.At, ahead.At)
	}
	s, err := h.client.Status(t.Context())
	h.do(err)
	if len(s.Notes) == 0 || s.Trust != smartbox.ClockUntrusted {
		t.Errorf("the status says nothing of it: %v %q", s.Trust, s.Notes)
	}
}

// A clock that says it is synced, and yet stands behind what a synced clock has stamped, is not believed after a start.
func TestSyncedClockBehindTheRecord(t *testing.T) {
	h := newHouse(t)
	var shift atomic.Int64
	h.deps.Clock = clock.Options{
		Trust: clock.Always(smartbox.ClockSynced),
		Wall:  func() time.Time { return time.Now().Add(time.Duration(shift.Load())) },
	}
	h.start()
	before := h.wait(smartbox.Started)
	h.end()
	shift.Store(-int64(time.Hour))
	h.start()
	h.wait(smartbox.Stopped)
	after := h.wait(smartbox.Started)
	if after.At < before.At {
		t.Errorf("started at %s, which is before the %s on record", after.At, before.At)
	}
	s, err := h.client.Status(t.Context())
	h.do(err)
	if len(s.Notes) == 0 || s.Trust != smartbox.ClockUntrusted {
		t.Errorf("the status says nothing of it: %v %q", s.Trust, s.Notes)
	}
}

// A dead lock board is in the status by name, with its slots, and the box serves on.
func TestDeadPart(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.furnish()
	h.do(h.cab.Fault("doors", sim.FaultNACK))
	down := h.wait(smartbox.PartDown)
	if !down.Alarm || down.Part == "" {
		t.Errorf("%+v", down)
	}
	s, err := h.client.Status(t.Context())
	h.do(err)
	if len(s.Parts) == 0 || s.Parts[0].Error == "" || !s.Alive {
		t.Errorf("status: alive %v, parts %+v", s.Alive, s.Parts)
	}
	h.do(h.cab.Fault("doors", sim.FaultNone))
	h.wait(smartbox.PartUp)
	if s, err := h.client.Status(t.Context()); err != nil || len(s.Parts) != 0 {
		t.Errorf("after its mend: %+v %v", s.Parts, err)
	}
}

// What asks badly is told so, with a code and a sentence, and the daemon serves on.
func TestBadRequests(t *testing.T) {
	h := newHouse(t)
	h.start()
	web := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", h.cfg.Socket)
		},
	}}
	defer web.CloseIdleConnections()
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/", http.StatusNotFound},
		{http.MethodGet, "/v2/status", http.StatusNotFound},
		{http.MethodGet, "/v1/events?from=x", http.StatusBadRequest},
		{http.MethodGet, "/v1/events/0/why", http.StatusBadRequest},
		{http.MethodGet, "/v1/events/-1/why", http.StatusBadRequest},
		{http.MethodGet, "/v1/events/99999/why", http.StatusNotFound},
		{http.MethodPost, "/v1/maintenance", http.StatusBadRequest},
		{http.MethodPost, "/v1/slots/x/open", http.StatusBadRequest},
		{http.MethodPost, "/v1/slots/1/open", http.StatusNotFound}, // nothing is known yet
		{http.MethodPost, "/v1/snapshot", http.StatusUnprocessableEntity},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://box"+c.path, http.NoBody)
		h.do(err)
		resp, err := web.Do(req)
		h.do(err)
		var f adminapi.Failure
		h.do(decode(resp, &f))
		if resp.StatusCode != c.status || f.Error == nil || f.Error.Code == "" || f.Error.Message == "" {
			t.Errorf("%s %s: %s %+v, want %d", c.method, c.path, resp.Status, f.Error, c.status)
		}
	}
	if _, err := h.client.Status(t.Context()); err != nil {
		t.Error(err)
	}
}

// A daemon that was never run lets go of everything, also twice.
func TestCloseWithoutRun(t *testing.T) {
	h := newHouse(t)
	h.do(h.open())
	h.do(h.d.Close())
	h.do(h.d.Close())
	h.do(h.cab.Close())
	h.start()
	h.end()
	if _, err := daemon.New(daemon.Config{}, daemon.Deps{}); err == nil {
		t.Error("an empty configuration was taken")
	}
}

func decode(resp *http.Response, into any) error {
	return errors.Join(json.NewDecoder(resp.Body).Decode(into), resp.Body.Close())
}
