package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"smartbox"
	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/device/session"
	"smartbox/storage/journal"
)

// maxSnapshot bounds the file that is taken in: a snapshot of 100,000 people has some 25 MB.
const maxSnapshot = 128 << 20

// admin is the local administration.
func (d *Daemon) admin() http.Handler {
	m := http.NewServeMux()
	m.Handle("GET /v1/status", answer(d.getStatus))
	m.HandleFunc("GET /v1/events", d.getEvents)
	m.Handle("GET /v1/events/{seq}/why", answer(d.getWhy))
	m.Handle("POST /v1/snapshot", answer(d.postSnapshot))
	m.Handle("POST /v1/maintenance", answer(d.postMaintenance))
	m.Handle("POST /v1/slots/{number}/open", answer(d.postOpen))
	m.Handle("GET /v1/journal/verify", answer(d.getVerify))
	m.HandleFunc("GET /v1/journal/export", d.getExport)
	m.Handle("GET /metrics", d.meter.Handler())
	m.Handle("/", answer(func(r *http.Request) (any, error) {
		return nil, &adminapi.Error{
			Status: http.StatusNotFound, Code: adminapi.CodeNotFound,
			Message: r.Method + " " + r.URL.Path + " is not known", Mend: "are tool and daemon of one version?",
		}
	}))
	return m
}

// listen opens the socket for administration. One that a dead daemon left behind is replaced; one that answers is
// not. The mode lets the owner and the group in, nobody else.
func listen(path string) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil { //nolint:noctx // it is bounded
		_ = c.Close()
		return nil, fmt.Errorf("another daemon answers at %s: stop it first", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("socket for administration: %w: name another under \"socket\"", err)
	}
	l, err := net.Listen("unix", path) //nolint:noctx // it does not block
	if err != nil {
		return nil, fmt.Errorf("socket for administration: %w: make its directory, or name another under \"socket\"", err)
	}
	if err := os.Chmod(path, 0o660); err != nil { //nolint:gosec // the group is who administers the box
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// answer makes a handler of a function: its value as JSON, or its error as a Failure.
func answer(f func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := f(r)
		if err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // whoever asked may be gone
	})
}

func fail(w http.ResponseWriter, err error) {
	var e *adminapi.Error
	if !errors.As(err, &e) {
		e = &adminapi.Error{Status: http.StatusInternalServerError, Code: adminapi.CodeInternal, Message: err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(adminapi.Failure{Error: e})
}

func badRequest(message, mend string) error {
	return &adminapi.Error{Status: http.StatusBadRequest, Code: adminapi.CodeBadRequest, Message: message, Mend: mend}
}

// history gives the journal for reading.
func (d *Daemon) history() (*journal.Journal, error) {
	j, err := d.record.journal()
	if err != nil {
		return nil, &adminapi.Error{
			Status: http.StatusServiceUnavailable, Code: adminapi.CodeUnavailable,
			Message: err.Error(), Mend: "mend the disk; the box goes on trying",
		}
	}
	return j, nil
}

// getEvents streams events, one JSON object a line. With follow it goes on until whoever asked is gone.
func (d *Daemon) getEvents(w http.ResponseWriter, r *http.Request) {
	j, err := d.history()
	if err != nil {
		fail(w, err)
		return
	}
	from, err := number(r.FormValue("from"), j.State().First)
	if err != nil {
		fail(w, badRequest("from: "+err.Error(), "give the number of an event"))
		return
	}
	from = max(from, j.State().First, 1)
	events := j.Read(from)
	if follow, _ := strconv.ParseBool(r.FormValue("follow")); follow {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(d.closing, cancel)()
		events = j.Follow(ctx, from)
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	flush := http.NewResponseController(w).Flush
	_ = flush()
	for e, err := range events {
		var lost *journal.CorruptError
		switch {
		case errors.As(err, &lost), errors.Is(err, journal.ErrGone):
			continue // the numbers jump
		case err != nil:
			panic(http.ErrAbortHandler) // so that whoever asked does not take a part for the whole
		}
		if json.NewEncoder(w).Encode(names{d.View()}.event(e)) != nil || flush() != nil {
			return
		}
	}
}

func (d *Daemon) getWhy(r *http.Request) (any, error) {
	seq, err := number(r.PathValue("seq"), 0)
	if err != nil || seq == 0 {
		return nil, badRequest(r.PathValue("seq")+" is not the number of an event", "see the list of events")
	}
	j, err := d.history()
	if err != nil {
		return nil, err
	}
	for e, err := range j.Read(seq) {
		if err != nil {
			return nil, err
		}
		if e.Seq == seq {
			return names{d.View()}.why(e), nil
		}
		break
	}
	st := j.State()
	return nil, &adminapi.Error{
		Status: http.StatusNotFound, Code: adminapi.CodeNotFound,
		Message: fmt.Sprintf("there is no event %d", seq),
		Mend:    fmt.Sprintf("this box has the events %d to %d", st.First, st.Next-1),
	}
}

func number(s string, none uint64) (uint64, error) {
	if s == "" {
		return none, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, errors.New("not a number")
	}
	return n, nil
}

func (d *Daemon) postMaintenance(r *http.Request) (any, error) {
	var s adminapi.Switch
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return nil, badRequest("the body is not {\"on\": true} or {\"on\": false}", "")
	}
	kind := session.OrderEndMaintenance
	if s.On {
		kind = session.OrderMaintenance
	}
	return d.order(r, kind, 0)
}

func (d *Daemon) postOpen(r *http.Request) (any, error) {
	n, err := strconv.ParseUint(r.PathValue("number"), 10, 16)
	if err != nil {
		return nil, badRequest(r.PathValue("number")+" is not the number of a slot", "give the one on its door")
	}
	if v := d.View(); v != nil {
		for _, s := range v.Slots() {
			if s.Number == uint16(n) {
				return d.order(r, session.OrderOpen, s.ID)
			}
		}
	}
	return nil, &adminapi.Error{
		Status: http.StatusNotFound, Code: adminapi.CodeNotFound,
		Message: fmt.Sprintf("this box has no slot %d", n), Mend: "give the number on its door",
	}
}

// order has the decision loop carry an order out, or refuse it.
func (d *Daemon) order(r *http.Request, kind session.OrderKind, slot smartbox.SlotID) (any, error) {
	actor := actorOf(r)
	if actor == "" {
		return nil, &adminapi.Error{
			Status: http.StatusForbidden, Code: adminapi.CodeRefused,
			Message: "the kernel does not say who asks", Mend: "ask over the Unix socket",
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	reason, err := d.Order(ctx, session.Order{Kind: kind, Slot: slot, Actor: actor})
	if err != nil {
		return nil, &adminapi.Error{
			Status: http.StatusServiceUnavailable, Code: adminapi.CodeUnavailable,
			Message: "the box does not answer: " + err.Error(), Mend: "try again; if it goes on, look at the log",
		}
	}
	d.log.Info().Str("actor", actor).Uint8("order", uint8(kind)).Str("reason", reason.String()).Msg("order")
	if reason != smartbox.Granted && reason != smartbox.OwnerOrder {
		return nil, &adminapi.Error{
			Status: http.StatusConflict, Code: adminapi.CodeRefused,
			Message: saidOf(reason), Mend: mendOf(reason),
		}
	}
	return adminapi.Done{Done: true, Reason: reason.String()}, nil
}

// saidOf says why an order was refused. Whoever may give orders may open slots: only the box is not in maintenance.
func saidOf(r smartbox.Reason) string {
	if r == smartbox.NotAllowed {
		return "the box is not in maintenance"
	}
	return strings.TrimSuffix(r.Explain(), ".")
}

// mendOf says what to do where an order was refused.
func mendOf(r smartbox.Reason) string {
	switch r { //nolint:exhaustive // the others say it themselves
	case smartbox.NotAllowed, smartbox.UnderMaintenance:
		return "turn it on first, with `smartboxctl maintenance on`"
	case smartbox.SlotBusy:
		return "wait until the person at the panel, or at the door, is done"
	case smartbox.RecordFailed:
		return "mend the disk: nothing opens without its record"
	case smartbox.SlotDown:
		return "check the wiring: the slot's board does not answer"
	default:
		return ""
	}
}
