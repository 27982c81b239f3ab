package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"smartbox/cloud/directory"
)

// Live wakes the streams of an organization when events came in. Its zero value is ready; it is safe for any number of
// goroutines.
type Live struct {
	mu     sync.Mutex
	ears   map[directory.OrgID]map[chan struct{}]struct{}
	closed chan struct{}
}

// Happened wakes an organization's streams. It does not block: a stream that is busy looks again afterwards.
func (l *Live) Happened(org directory.OrgID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for ear := range l.ears[org] {
		select {
		case ear <- struct{}{}:
		default:
		}
	}
}

// Close ends all streams, now and later, so that an http.Server can shut down.
func (l *Live) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.gone():
	default:
		close(l.closed)
	}
}

// gone is closed by Close; mu is held.
func (l *Live) gone() chan struct{} {
	if l.closed == nil {
		l.closed = make(chan struct{})
	}
	return l.closed
}

func (l *Live) listen(org directory.OrgID) (ear, end <-chan struct{}, stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ears == nil {
		l.ears = map[directory.OrgID]map[chan struct{}]struct{}{}
	}
	if l.ears[org] == nil {
		l.ears[org] = map[chan struct{}]struct{}{}
	}
	c := make(chan struct{}, 1)
	l.ears[org][c] = struct{}{}
	return c, l.gone(), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.ears[org], c)
		if len(l.ears[org]) == 0 {
			delete(l.ears, org)
		}
	}
}

const (
	// pollEvery finds events that another replica took in.
	pollEvery = 5 * time.Second
	// beatEvery keeps proxies from ending a silent stream, and notices a client that is gone.
	beatEvery = 15 * time.Second
	// checkEvery is how long a stream outlives its token.
	checkEvery = time.Minute
	// writePatience is how long a client may take to read.
	writePatience = 10 * time.Second
	// streamBatch is how many events are read at once.
	streamBatch = 100
)

type liveIn struct {
	EventQuery
	Last  string `header:"Last-Event-ID" doc:"The last event that was seen: the stream goes on behind it."`
	After string `query:"after" doc:"The same, for who cannot set headers." maxLength:"20"`
}

func (s *server) live() {
	reg := s.api.OpenAPI().Components.Schemas
	r := route{
		method: http.MethodGet, path: "/v1/events/live", id: "live-events", summary: "Events as they come in", tag: "Events",
		scope: EventsRead, stream: true,
		text: "Server-sent events: each has its id, the name `event`, and as data an Event in JSON. Begins with the next one, or behind Last-Event-ID.",
		answer: &huma.Response{Description: "A stream", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: reg.Schema(typeOf[Event](), true, "")},
		}},
	}
	handle(s, r, func(ctx context.Context, a directory.Actor, in *liveIn) (*huma.StreamResponse, error) {
		f, err := in.filter()
		if err != nil {
			return nil, err
		}
		if f.After, err = s.begin(ctx, a, in); err != nil {
			return nil, err
		}
		c := callerOf(ctx)
		if !s.held.take(c.actor.Name()) {
			return nil, newProblem(http.StatusTooManyRequests, sortTooMany, "too many streams with this token; close one").after(time.Minute)
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			defer s.held.free(c.actor.Name())
			req, w := humago.Unwrap(h)
			st := &stream{s: s, caller: c, f: f, w: w, rc: http.NewResponseController(w), head: req.Method == http.MethodHead}
			st.run(req.Context())
		}}, nil
	})
}

// begin is the number behind which a stream starts.
func (s *server) begin(ctx context.Context, a directory.Actor, in *liveIn) (int64, error) {
	text := in.Last
	if text == "" {
		text = in.After
	}
	if text != "" {
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil || at < 0 {
			return 0, invalid("header.Last-Event-ID", "is no event's number", "send the id of the last event that came")
		}
		return at, nil
	}
	newest, err := s.dir.Events(ctx, a, directory.EventFilter{Newest: true, Limit: 1})
	if err != nil || len(newest) == 0 {
		return 0, err
	}
	return newest[0].ID, nil
}

// stream is one client that listens.
type stream struct {
	s      *server
	caller caller
	f      directory.EventFilter
	w      http.ResponseWriter
	rc     *http.ResponseController
	head   bool // the client wants to know what there is, and no events
}

func (st *stream) run(ctx context.Context) {
	ear, end, stop := st.s.Live.listen(st.caller.actor.Org)
	defer stop()
	h := st.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back
	st.w.WriteHeader(http.StatusOK)
	if st.head {
		return
	}
	poll, beat, check := time.NewTicker(pollEvery), time.NewTicker(beatEvery), time.NewTicker(checkEvery)
	defer poll.Stop()
	defer beat.Stop()
	defer check.Stop()
	if st.send("retry: 3000\n\n") != nil {
		return
	}
	for {
		if st.catchUp(ctx) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-end:
			return
		case <-ear:
		case <-poll.C:
		case <-beat.C:
			if st.send(": still here\n\n") != nil {
				return
			}
		case <-check.C:
			if _, err := st.s.dir.Authenticate(ctx, st.caller.secret); err != nil {
				return
			}
		}
	}
}

// catchUp sends what came since the last event that was sent.
func (st *stream) catchUp(ctx context.Context) error {
	for {
		f := st.f
		f.Limit = streamBatch
		list, err := st.s.dir.Events(ctx, st.caller.actor, f)
		if err != nil {
			if ctx.Err() == nil {
				st.s.Log.Error().Err(err).Str("request", requestOf(ctx).id).Msg("stream ended")
			}
			return err
		}
		for i := range list {
			b, err := json.Marshal(eventView(&list[i]))
			if err != nil {
				return err
			}
			if err := st.send(fmt.Sprintf("id: %d\nevent: event\ndata: %s\n\n", list[i].ID, b)); err != nil {
				return err
			}
			st.f.After = list[i].ID
		}
		if len(list) < streamBatch {
			return nil
		}
	}
}

// send writes and flushes within the patience; a writer without deadlines, as in tests, has none.
func (st *stream) send(text string) error {
	_ = st.rc.SetWriteDeadline(time.Now().Add(writePatience))
	if _, err := st.w.Write([]byte(text)); err != nil {
		return err
	}
	return st.rc.Flush()
}
