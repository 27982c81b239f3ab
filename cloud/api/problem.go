package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smartbox/cloud/directory"
)

// Problem is what every failure answers (RFC 9457). It holds no value that the caller sent.
type Problem struct { //nolint:errname // so RFC 9457 calls it, and so does the document
	Type     string       `json:"type" doc:"What sort of problem: urn:smartbox:problem: and a word." example:"urn:smartbox:problem:not-found"`
	Title    string       `json:"title" doc:"The sort of problem in words."`
	Status   int          `json:"status" doc:"The HTTP status."`
	Detail   string       `json:"detail,omitempty" doc:"What went wrong this time, and the mend."`
	Instance string       `json:"instance,omitempty" doc:"The request, as the cloud's log names it." example:"urn:smartbox:request:3f0c…"`
	Code     string       `json:"code,omitempty" doc:"The rule that refused, as a word." example:"holds-key"`
	Errors   []FieldError `json:"errors,omitempty" doc:"What is wrong with single fields."`

	header http.Header
}

// FieldError is what is wrong with one field of a request.
type FieldError struct {
	Field   string `json:"field" doc:"Where it stands in the body; query.…, path.… or header.… elsewhere." example:"member.email"`
	Problem string `json:"problem" doc:"What is wrong." example:"is taken"`
	Mend    string `json:"mend,omitempty" doc:"What to do." example:"choose a different one"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is for huma.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders is for huma.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// The sorts of problem.
const (
	sortBadRequest   = "bad-request"
	sortUnauthorized = "unauthorized"
	sortForbidden    = "forbidden"
	sortNotFound     = "not-found"
	sortMethod       = "method-not-allowed"
	sortTaken        = "taken"
	sortRefused      = "refused"
	sortStale        = "stale"
	sortInvalid      = "invalid"
	sortReused       = "idempotency-key-reused"
	sortUnderWay     = "under-way"
	sortTooMany      = "too-many-requests"
	sortUnavailable  = "unavailable"
	sortFault        = "fault"
)

// fault is all that a caller gets to know of what the cloud did wrong.
const fault = "the cloud failed; nothing is wrong with the request. Its log says more"

var errPanic = errors.New("handler panicked")

// newProblem is a problem of a sort.
func newProblem(status int, sort, detail string) *Problem {
	title := strings.ToUpper(sort[:1]) + strings.ReplaceAll(sort[1:], "-", " ")
	return &Problem{Type: "urn:smartbox:problem:" + sort, Title: title, Status: status, Detail: detail, header: http.Header{}}
}

// invalid is a problem with one field.
func invalid(field, problem, mend string) *Problem {
	p := newProblem(http.StatusUnprocessableEntity, sortInvalid, "a field cannot be as given")
	p.Errors = []FieldError{{field, problem, mend}}
	return p
}

// after asks the caller to wait: at least a second, rounded up (RFC 9110, 10.2.3).
func (p *Problem) after(d time.Duration) *Problem {
	p.header.Set("Retry-After", strconv.Itoa(max(1, int((d+time.Second-1)/time.Second))))
	return p
}

// problem is what an error of the directory says over HTTP. What is not foreseen is logged and answered with 500, which
// tells no more than the request's id.
func (s *server) problem(ctx context.Context, err error) error {
	p, ok := problemOf(err)
	if !ok {
		s.Log.Error().Err(err).Str("request", requestOf(ctx).id).Msg("request failed")
	}
	p.Instance = instance(ctx)
	return p
}

func instance(ctx context.Context) string { return "urn:smartbox:request:" + requestOf(ctx).id }

// problemOf reports false where the error is nobody's but the cloud's.
func problemOf(err error) (*Problem, bool) {
	var (
		own       *Problem
		conflict  *directory.ConflictError
		bad       *directory.InvalidError
		refused   *directory.RefusedError
		forbidden *directory.ForbiddenError
	)
	switch {
	case errors.As(err, &own):
		return own, true
	case errors.As(err, &conflict):
		p := newProblem(http.StatusConflict, sortTaken, conflict.Error())
		p.Errors = []FieldError{{field(conflict.Field), "is taken", "choose a different one"}}
		return p, true
	case errors.As(err, &bad):
		p := newProblem(http.StatusUnprocessableEntity, sortInvalid, bad.Error())
		p.Errors = []FieldError{{field(bad.Field), bad.Problem, bad.Mend}}
		return p, true
	case errors.As(err, &refused):
		p := newProblem(http.StatusConflict, sortRefused, refused.Error())
		p.Code = string(refused.Reason)
		return p, true
	case errors.As(err, &forbidden):
		return newProblem(http.StatusForbidden, sortForbidden, forbidden.Error()), true
	case errors.Is(err, directory.ErrNotFound):
		return newProblem(http.StatusNotFound, sortNotFound, "there is no such thing in this organization"), true
	case errors.Is(err, directory.ErrStale):
		return newProblem(http.StatusPreconditionFailed, sortStale, "it was changed in the meantime; read it again and repeat the change"), true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return newProblem(http.StatusServiceUnavailable, sortUnavailable, "it took too long; try again").after(time.Second), true
	default:
		return newProblem(http.StatusInternalServerError, sortFault, fault), false
	}
}

// field is a field of the directory as JSON has it.
func field(name string) string { return strings.NewReplacer("-", "_", " ", "_").Replace(name) }

// transform turns what huma itself found wrong into a Problem, without the values that the caller sent.
func transform(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	sort, detail := sortInvalid, m.Detail
	switch m.Status {
	case http.StatusUnprocessableEntity:
		detail = "the request does not fit its description"
	case http.StatusInternalServerError:
		sort, detail = sortFault, fault
	default:
		sort = strings.ReplaceAll(strings.ToLower(http.StatusText(m.Status)), " ", "-")
	}
	p := newProblem(m.Status, sort, detail)
	p.Instance = instance(ctx.Context())
	for _, e := range m.Errors {
		if e != nil && m.Status < http.StatusInternalServerError {
			p.Errors = append(p.Errors, FieldError{Field: strings.TrimPrefix(e.Location, "body."), Problem: safe(m.Status, e)})
		}
	}
	return p, nil
}

// safe is what a message of the validation or the JSON decoder may say.
func safe(status int, e *huma.ErrorDetail) string {
	if status == http.StatusBadRequest {
		return "is not JSON"
	}
	return e.Message
}

// write answers outside of huma.
func (p *Problem) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.header)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) //nolint:errchkjson // it has texts and numbers only; the client may be gone
}
