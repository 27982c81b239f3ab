package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"smartbox"
	"smartbox/cloud/directory"
)

const (
	idempotencyHeader = "Idempotency-Key"
	maxKey            = 200
	// keepAnswer is how long an answer is given again.
	keepAnswer = 24 * time.Hour
	// keepClaim is how long a request may be under way. A cloud that dies in the middle of one leaves the key taken for so
	// long; it has to be longer than Limits.Timeout.
	keepClaim = 2 * time.Minute
)

// once answers a POST that comes again under its key with the answer of the first time. Answers that are no success are
// not kept: nothing was done, and the caller may mend the request and send it under the same key.
func (s *server) once(ctx huma.Context, next func(huma.Context)) {
	key := ctx.Header(idempotencyHeader)
	if key == "" || ctx.Method() != http.MethodPost || callerOf(ctx.Context()).actor.Org == 0 {
		next(ctx)
		return
	}
	if len(key) > maxKey {
		s.refuse(ctx, invalid("header."+idempotencyHeader, "is too long", "use at most 200 characters"))
		return
	}
	r, w := humago.Unwrap(ctx)
	_ = ctx.SetReadDeadline(time.Now().Add(5 * time.Second)) // a recorder in a test has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.Limits.Body))
	if err != nil {
		s.refuse(ctx, unread(err))
		return
	}
	a := callerOf(ctx.Context()).actor
	rec, again, err := s.dir.Remember(ctx.Context(), a, key, fingerprint(r, body), keepClaim)
	switch {
	case errors.Is(err, directory.ErrConflict):
		s.refuse(ctx, newProblem(http.StatusUnprocessableEntity, sortReused, "the key was used for another request; choose a new one for each request"))
		return
	case err != nil:
		p, known := problemOf(err)
		if !known {
			s.Log.Error().Err(err).Str("request", requestOf(ctx.Context()).id).Msg("idempotency key not kept")
		}
		s.refuse(ctx, p)
		return
	case again && rec.Status == 0:
		s.refuse(ctx, newProblem(http.StatusConflict, sortUnderWay, "the first request under this key is still under way; wait as Retry-After says").after(time.Second))
		return
	case again:
		replay(w, rec)
		return
	}
	s.record(ctx, a, rec, body, next)
}

// record runs the request and keeps its answer.
func (s *server) record(ctx huma.Context, a directory.Actor, rec directory.IdempotencyRecord, body []byte, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	again := r.WithContext(ctx.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	tape := &recorder{ResponseWriter: w}
	key := ctx.Header(idempotencyHeader)
	kept := context.WithoutCancel(ctx.Context()) // the answer is kept although the caller is gone
	done := false
	defer func() {
		if !done { // refused, failed or panicked
			if err := s.dir.ForgetRequest(kept, a, key); err != nil {
				s.Log.Error().Err(err).Str("request", requestOf(kept).id).Msg("idempotency key not given up")
			}
		}
	}()
	next(humago.NewContext(ctx.Operation(), again, tape))
	if tape.status < 200 || tape.status > 299 {
		return
	}
	done = true
	header, err := json.Marshal(keptHeaders(w.Header()))
	if err == nil {
		rec.Status, rec.Header, rec.Body = tape.status, header, tape.body.Bytes()
		rec.Expires = smartbox.StampOf(s.Now().Add(keepAnswer))
		err = s.dir.Answer(kept, a, rec)
	}
	if err != nil {
		s.Log.Error().Err(err).Str("request", requestOf(kept).id).Msg("answer not kept")
	}
}

func unread(err error) *Problem {
	if _, big := errors.AsType[*http.MaxBytesError](err); big {
		return newProblem(http.StatusRequestEntityTooLarge, "request-entity-too-large", "the body is too large")
	}
	return newProblem(http.StatusBadRequest, sortBadRequest, "the body did not arrive as announced")
}

// fingerprint tells requests apart.
func fingerprint(r *http.Request, body []byte) []byte {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.Path, r.URL.RawQuery} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	h.Write(body)
	return h.Sum(nil)
}

// keptHeaders are those that say something about the body.
func keptHeaders(h http.Header) map[string]string {
	kept := map[string]string{}
	for _, k := range []string{"Content-Type", "Etag", "Location"} {
		if v := h.Get(k); v != "" {
			kept[k] = v
		}
	}
	return kept
}

func replay(w http.ResponseWriter, rec directory.IdempotencyRecord) {
	var kept map[string]string
	if json.Unmarshal(rec.Header, &kept) == nil {
		for k, v := range kept {
			w.Header().Set(k, v)
		}
	}
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(rec.Status)
	_, _ = w.Write(rec.Body) // the client may be gone
}

// recorder keeps an answer while it is sent.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (t *recorder) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

func (t *recorder) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	t.body.Write(b)
	return t.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (t *recorder) Unwrap() http.ResponseWriter { return t.ResponseWriter }
