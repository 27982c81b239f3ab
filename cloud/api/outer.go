package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"
)

// request is what is known of a request before anybody looks at it.
type request struct {
	id    string
	http  *http.Request
	who   string // an actor's name, once known: an id
	start time.Time
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	if r == nil {
		r = new(request)
	}
	return r
}

// outer wraps everything: a request's id, the headers that every answer has, the log, problems in place of what the mux
// would answer by itself, and an answer where a handler panics.
func (s *server) outer(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/members" { // as the product's documents name it
			r = r.Clone(r.Context())
			r.URL.Path = "/v1/members"
		}
		rq := &request{id: newRequestID(), start: s.Now()}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, rq))
		rq.http = r
		out := &answer{ResponseWriter: w}
		secure(out.Header(), rq.id)
		defer s.finish(out, r, rq)
		if _, pattern := mux.Handler(r); pattern == "" {
			nowhere(mux, out, r)
			return
		}
		mux.ServeHTTP(out, r)
	})
}

func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// secure sets what no answer goes without: nothing of the API is to be kept, framed, sniffed or run.
func secure(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("X-Content-Type-Options", "nosniff")
}

// finish logs the request, and answers it where its handler panicked.
func (s *server) finish(out *answer, r *http.Request, rq *request) {
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so too
			panic(v)
		}
		// The value may hold what the caller sent; the stack holds addresses only.
		s.Log.Error().Str("request", rq.id).Bytes("stack", debug.Stack()).Msg("handler panicked")
		if out.status == 0 {
			p, _ := problemOf(errPanic)
			p.Instance = instance(r.Context())
			p.write(out)
		}
	}
	if out.status == 0 {
		out.status = http.StatusOK // what net/http sends where a handler says nothing
	}
	s.Log.Info().Str("request", rq.id).Str("route", r.Pattern).Str("method", r.Method).Int("status", out.status).
		Dur("took", s.Now().Sub(rq.start)).Str("who", rq.who).Msg("request")
}

// nowhere answers what no route is for, as the mux would, but in the form of a problem.
func nowhere(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	probe := &discard{header: http.Header{}}
	mux.ServeHTTP(probe, r)
	var p *Problem
	switch probe.status {
	case http.StatusMethodNotAllowed:
		p = newProblem(probe.status, sortMethod, "use one of "+probe.header.Get("Allow"))
		p.header.Set("Allow", probe.header.Get("Allow"))
	case http.StatusNotFound:
		p = newProblem(probe.status, sortNotFound, "there is no such path; /openapi.json lists what there is")
	default: // a path to be cleaned
		w.Header().Set("Location", probe.header.Get("Location"))
		w.WriteHeader(probe.status)
		return
	}
	p.Instance = instance(r.Context())
	p.write(w)
}

// answer notes the status.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// discard keeps what the mux says, but not the body.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// remoteIP is the other end of the connection.
func remoteIP(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(strings.TrimSpace(r.RemoteAddr))
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}
