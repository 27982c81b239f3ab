package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"smartbox"
	"smartbox/cloud/directory"
)

// config describes the API. Links and schemas of single types are left out of the answers: they cost bytes in each and
// tell nothing that the document does not.
func (s *server) config() huma.Config {
	reg := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	aliases(reg)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "SmartBox cloud", Version: s.Version,
				Description: "Members, keys, permissions and boxes of one organization.\n\n" +
					"Every request but `POST /v1/enrol` and `POST /v1/renew` carries a token: `Authorization: Bearer sbt_…`. " +
					"Errors are problems (RFC 9457). A POST with an `Idempotency-Key` can be sent again: it is done once, and " +
					"the same answer comes for 24 hours. Changes with `If-Match` are refused with 412 where somebody was faster. " +
					"Lists come in pages: send `next` back as `cursor`.",
			},
			Components: &huma.Components{
				Schemas: reg,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "An API token. Its scopes: " + scopeList() + "."},
				},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{transform},
	}
}

// documents serves the description. It is written down at the first request for it.
func (s *server) documents(mux *http.ServeMux) {
	asJSON := sync.OnceValues(func() ([]byte, error) { return s.api.OpenAPI().MarshalJSON() })
	asYAML := sync.OnceValues(func() ([]byte, error) { return s.api.OpenAPI().YAML() })
	serve := func(path, form string, text func() ([]byte, error)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			b, err := text()
			if err != nil {
				p, _ := problemOf(err)
				p.Instance = instance(r.Context())
				p.write(w)
				return
			}
			w.Header().Set("Content-Type", form)
			_, _ = w.Write(b) // the client may be gone
		})
	}
	serve("/openapi.json", "application/openapi+json", asJSON)
	serve("/openapi.yaml", "application/openapi+yaml", asYAML)
}

// aliases tell the document what ids and words look like; what they are told applies to requests as well.
func aliases(reg huma.Registry) {
	alias[smartbox.BoxID, idText](reg)
	alias[smartbox.SlotID, idText](reg)
	alias[smartbox.KeyID, idText](reg)
	alias[smartbox.GroupID, idText](reg)
	alias[smartbox.UserID, idText](reg)
	alias[smartbox.GrantID, idText](reg)
	alias[smartbox.ScheduleID, idText](reg)
	alias[smartbox.LocationID, idText](reg)
	alias[smartbox.BookingID, idText](reg)
	alias[directory.OrgID, idText](reg)
	alias[directory.CredentialID, idText](reg)
	alias[directory.HolidayID, idText](reg)
	alias[directory.TokenID, idText](reg)
	alias[directory.CommandID, idText](reg)
	alias[directory.AlarmID, idText](reg)
	alias[directory.AuditID, idText](reg)
	alias[smartbox.Role, word[smartbox.Role]](reg)
	alias[smartbox.Status, word[smartbox.Status]](reg)
	alias[smartbox.PermissionRole, word[smartbox.PermissionRole]](reg)
	alias[smartbox.HolidayRule, word[smartbox.HolidayRule]](reg)
	alias[smartbox.Ask, word[smartbox.Ask]](reg)
	alias[smartbox.EventKind, word[smartbox.EventKind]](reg)
	alias[smartbox.Reason, word[smartbox.Reason]](reg)
	alias[smartbox.Trust, word[smartbox.Trust]](reg)
	alias[directory.MemberKind, word[directory.MemberKind]](reg)
	alias[directory.Plan, word[directory.Plan]](reg)
	alias[directory.CommandState, word[directory.CommandState]](reg)
}

func alias[T, As any](reg huma.Registry) {
	reg.RegisterTypeAlias(reflect.TypeFor[T](), reflect.TypeFor[As]())
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

const idPattern = "^[a-z0-9][a-z0-9-]{0,11}$"

// idText is how the document shows an id.
type idText struct{}

// Schema is that of an id.
func (idText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: idPattern, PatternDescription: "id: 1 to 12 of a-z, 0-9 and, not first, '-'"}
}

// word is how the document shows an enumeration.
type word[E interface {
	~uint8
	fmt.Stringer
}] struct{}

// Schema lists the words; a number without one has brackets in its text.
func (word[E]) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for i := range 256 {
		if w := E(i).String(); w != "" && !strings.Contains(w, "(") {
			s.Enum = append(s.Enum, w)
		}
	}
	return s
}

// route is one operation of the API.
type route struct {
	method, path string
	id, summary  string
	text         string // more about it
	tag          string
	scope        Scope // "" = open to all
	status       int   // of success; 0 = 200, or 204 without a body
	stream       bool
	hidden       bool
	body         *huma.RequestBody
	answer       *huma.Response // of success, where its form is no struct
}

func (r *route) operation(limit int64) huma.Operation {
	op := huma.Operation{
		Method: r.method, Path: r.path, OperationID: r.id, Summary: r.summary, Description: r.text, Tags: []string{r.tag},
		DefaultStatus: r.status, MaxBodyBytes: limit, Hidden: r.hidden, RequestBody: r.body, SkipValidateBody: r.body != nil, Metadata: map[string]any{routeKey: r},
		Responses: map[string]*huma.Response{"default": {
			Description: "A problem",
			Content: map[string]*huma.MediaType{
				"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
			},
		}},
	}
	if r.answer != nil {
		op.Responses["200"] = r.answer
	}
	if r.scope != "" {
		op.Security = []map[string][]string{{"token": {string(r.scope)}}}
	}
	return op
}

// routeKey is where an operation's metadata hold its route.
const routeKey = "route"

// handle registers a route whose errors become problems.
func handle[I, O any](s *server, r route, fn func(ctx context.Context, a directory.Actor, in *I) (*O, error)) {
	op := r.operation(s.Limits.Body)
	if r.method == http.MethodPost && r.scope != "" {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: idempotencyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(maxKey)},
			Description: "Chosen by the caller, for this request alone: sent again with it, the request is done once.",
		})
	}
	s.api.OpenAPI().Components.Schemas.Schema(typeOf[Problem](), true, "")
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, callerOf(ctx).actor, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}
