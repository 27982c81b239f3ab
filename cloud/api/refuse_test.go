package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"smartbox"
	"smartbox/cloud/directory"
)

// What does not fit is refused, field by field, and changes nothing.
func TestConstraints(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	anna := c.member("Anna", `,"access_code":"4711","badges":["w26:8-12345"],"email":"anna@example.org"`).Member.ID.String()
	c.want(200, "PUT", "/v1/keys/van-3/fob", `{"fob":"uid:04A224B2C35D80"}`)
	for _, x := range []struct {
		method, path, body string
		status             int
		sort, field        string // "" = any
	}{
		{"POST", "/v1/locations", `{"name":"","zone":"Europe/Berlin"}`, 422, sortInvalid, "name"},
		{"POST", "/v1/locations", `{"name":"X"}`, 422, sortInvalid, ""},
		{"POST", "/v1/locations", `{"name":"X","zone":"Europe/Nowhere"}`, 422, sortInvalid, "zone"},
		{"POST", "/v1/locations", `{"id":"Not An Id","name":"X","zone":"UTC"}`, 422, sortInvalid, "id"},
		{"POST", "/v1/locations", `{"name":"X","zone":"UTC","colour":"red"}`, 422, sortInvalid, "colour"},
		{"POST", "/v1/locations", `{"id":"depot","name":"X","zone":"UTC"}`, 409, sortTaken, ""},
		{"POST", "/v1/locations", `{"name":"X","zone":"UTC"`, 400, sortBadRequest, "body"},
		{"POST", "/v1/locations", ``, 400, sortBadRequest, ""},
		{"POST", "/v1/locations", `[]`, 422, sortInvalid, ""},
		{"DELETE", "/v1/locations/depot", "", 409, sortRefused, ""},
		{"PATCH", "/v1/locations/depot", `{"id":"other"}`, 422, sortInvalid, "id"},
		{"PATCH", "/v1/locations/depot", `{"name":null}`, 422, sortInvalid, ""},
		{"PATCH", "/v1/locations/depot", `{"name":7}`, 422, sortInvalid, "name"},
		{"PATCH", "/v1/locations/depot", `{"colour":"X"}`, 422, sortInvalid, "colour"},
		{"PATCH", "/v1/locations/depot", `"X"`, 422, sortInvalid, "body"},
		{"PATCH", "/v1/locations/depot", `null`, 422, sortInvalid, "body"},
		{"PATCH", "/v1/locations/depot", `{"name"`, 400, sortBadRequest, "body"},
		{"PATCH", "/v1/locations/depot", ` `, 400, sortBadRequest, "body"},
		{"PATCH", "/v1/organization", ``, 400, sortBadRequest, ""},
		{"POST", "/v1/holidays", `{"date":"2026-02-30","name":"None"}`, 422, sortInvalid, "date"},
		{"POST", "/v1/boxes", `{"name":"X","location":"nowhere"}`, 422, sortInvalid, "location"},
		{"POST", "/v1/boxes", `{"name":"X","location":"depot","go_to":"more than twenty characters"}`, 422, sortInvalid, "go_to"},
		{"POST", "/v1/boxes", `{"name":"X","location":"depot","policy":{"door_open_limit_seconds":-1}}`, 422, sortInvalid, "policy.door_open_limit_seconds"},
		{"POST", "/v1/slots", `{"box":"box-1","number":1}`, 409, sortTaken, "number"},
		{"POST", "/v1/slots", `{"box":"box-1","number":70000}`, 422, sortInvalid, "number"},
		{"POST", "/v1/keys", `{"name":"X","groups":["nothing"]}`, 422, sortInvalid, "groups"},
		{"POST", "/v1/keys", `{"name":"X","policy":{"people":4}}`, 422, sortInvalid, "policy.people"},
		{"POST", "/v1/keys", `{"name":"X","policy":{"ask_pickup":"colour"}}`, 422, sortInvalid, "policy.ask_pickup"},
		{"PUT", "/v1/keys/van-3/fob", `{"fob":"w26:8-12345"}`, 409, sortTaken, "fob"},
		{"PUT", "/v1/keys/van-3/fob", `{"fob":"w26:300-1"}`, 422, sortInvalid, "fob"},
		{"POST", "/v1/schedules", `{"name":"X","windows":[]}`, 422, sortInvalid, "windows"},
		{"POST", "/v1/schedules", `{"name":"X","windows":[{"days":["mon"],"from":"24:30","to":"08:00"}]}`, 422, sortInvalid, "windows"},
		{"POST", "/v1/schedules", `{"name":"X","windows":[{"days":["monday"],"from":"08:00","to":"09:00"}]}`, 422, sortInvalid, "windows[0].days[0]"},
		{"POST", "/v1/grants", `{"member":"` + anna + `","target":"key:nothing","role":"exchange"}`, 422, sortInvalid, "target"},
		{"POST", "/v1/grants", `{"member":"` + anna + `","target":"van-3","role":"exchange"}`, 422, sortInvalid, "target"},
		{"POST", "/v1/grants", `{"member":"nobody","target":"all","role":"exchange"}`, 422, sortInvalid, "member"},
		{"PATCH", "/v1/grants/van-3", `{}`, 405, sortMethod, ""},
		{"POST", "/v1/bookings", `{"member":"` + anna + `","key":"van-3","from":"2036-01-02T00:00:00Z","until":"2036-01-01T00:00:00Z"}`, 422, sortInvalid, ""},
		{"POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"Solo"}}`, 422, sortInvalid, "member.last_name"},
		{"POST", "/v1/members", `{"member":{"first_name":"Full","last_name":"Member"}}`, 422, sortInvalid, "member.email"},
		{"POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"B","last_name":"B","access_code":"4711"}}`, 409, sortTaken, "member.code"},
		{"POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"B","last_name":"B","access_code":"4712"}}`, 409, sortTaken, "member.code"}, // a duress neighbour
		{"POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"B","last_name":"B","access_code":"47"}}`, 422, sortInvalid, "member.access_code"},
		{"POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"B","last_name":"B","badges":["w26:8-12345"]}}`, 409, sortTaken, "member.badge"},
		{"POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"B","last_name":"B","badges":["hello"]}}`, 422, sortInvalid, "member.badges"},
		{"POST", "/v1/members", `{"kind":"smartbox","first_name":"B","last_name":"B"}`, 422, sortInvalid, ""},
		{"PATCH", "/v1/members/" + anna, `{"status":"banned"}`, 422, sortInvalid, "status"},
		{"PATCH", "/v1/members/" + anna, `{"phone":"tomorrow"}`, 422, sortInvalid, "phone"},
		{"POST", "/v1/members/" + anna + "/restore", "", 409, sortRefused, ""},
		{"POST", "/v1/members/" + anna + "/fly", "", 404, sortNotFound, ""},
		{"POST", "/v1/members/" + anna + "/code", `{"access_code":"12"}`, 422, sortInvalid, "access_code"},
		{"POST", "/v1/members/" + anna + "/backup-codes", `{"count":0}`, 422, sortInvalid, "count"},
		{"POST", "/v1/members/" + c.a.admin.String() + "/suspend", "", 409, sortRefused, ""}, // nobody would be left
		{"POST", "/v1/boxes/box-1/open", `{"slot":"slot-1"}`, 422, sortInvalid, ""},
		{"POST", "/v1/boxes/box-1/open", `{"slot":"slot-1","reason":"     "}`, 422, sortInvalid, "reason"},
		{"POST", "/v1/boxes/box-1/open", `{"slot":"nothing","reason":"stuck"}`, 422, sortInvalid, "slot"},
		{"POST", "/v1/boxes/box-1/claims", `{"holds_seconds":1}`, 422, sortInvalid, "holds_seconds"},
		{"POST", "/v1/tokens", `{"name":"X","scopes":[],"role":"basic"}`, 422, sortInvalid, "scopes"},
		{"POST", "/v1/tokens", `{"name":"X","scopes":["everything"],"role":"basic"}`, 422, sortInvalid, "scopes[0]"},
		{"POST", "/v1/tokens", `{"name":"X","scopes":["admin"],"role":"basic","expires_at":"2001-01-01T00:00:00Z"}`, 422, sortInvalid, "expires"},
		{"PATCH", "/v1/organization", `{"code_length":9}`, 422, sortInvalid, "code_length"},
		{"PATCH", "/v1/organization", `{"plan":"paid"}`, 422, sortInvalid, "plan"},
		{"GET", "/v1/members?limit=0", "", 422, sortInvalid, "query.limit"},
		{"GET", "/v1/members?limit=201", "", 422, sortInvalid, "query.limit"},
		{"GET", "/v1/members?limt=20", "", 422, sortInvalid, "query.limt"},
		{"GET", "/v1/members?status=happy", "", 422, sortInvalid, "query.status"},
		{"GET", "/v1/members?group=No!", "", 422, sortInvalid, "query.group"},
		{"GET", "/v1/members?cursor=nonsense", "", 422, sortInvalid, ""},
		{"GET", "/v1/grants?target=van", "", 422, sortInvalid, "query.target"},
		{"GET", "/v1/events/none", "", 422, sortInvalid, "path.id"},
		{"GET", "/v1/keys/NO", "", 404, sortNotFound, ""},
		{"GET", "/v1/nothing", "", 404, sortNotFound, ""},
		{"GET", "/", "", 404, sortNotFound, ""},
		{"DELETE", "/v1/members", "", 405, sortMethod, ""},
	} {
		p := c.refused(c.a.token, x.status, x.sort, x.method, x.path, x.body)
		fields := make([]string, 0, len(p.Errors))
		for _, e := range p.Errors {
			fields = append(fields, e.Field)
			if e.Problem == "" {
				t.Errorf("%s %s %s: %s without a problem", x.method, x.path, x.body, e.Field)
			}
		}
		if x.field != "" && !slices.Contains(fields, x.field) {
			t.Errorf("%s %s %s: fields %q (%s), want %s", x.method, x.path, x.body, fields, p.Detail, x.field)
		}
		if p.Detail == "" {
			t.Errorf("%s %s: no detail", x.method, x.path)
		}
	}
	if l := as[Page[Location]](t, c.want(200, "GET", "/v1/locations", "")); len(l.Items) != 1 || l.Items[0].Version != 1 {
		t.Errorf("%+v", l)
	}
	if l := as[Page[Member]](t, c.want(200, "GET", "/v1/members", "")); len(l.Items) != 2 {
		t.Errorf("%+v", l)
	}
}

func TestHTTPRefusals(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(d *Deps) { d.Limits.Body = 2000 })
	c.fill()
	big := `{"name":"` + strings.Repeat("x", 3000) + `","zone":"UTC"}`
	c.refused(c.a.token, 413, "request-entity-too-large", "POST", "/v1/locations", big)
	c.refused(c.a.token, 413, "request-entity-too-large", "POST", "/v1/locations", big, idempotencyHeader, "k")
	c.refused(c.a.token, 415, "unsupported-media-type", "POST", "/v1/locations", `name=X`, "Content-Type", "application/x-www-form-urlencoded")
	c.refused(c.a.token, 415, "unsupported-media-type", "PATCH", "/v1/locations/depot", `<x/>`, "Content-Type", "text/xml")
	c.want(200, "PATCH", "/v1/locations/depot", `{"name":"D"}`, "Content-Type", "application/merge-patch+json")
	r := c.do(c.a.token, "PUT", "/v1/locations", "{}")
	if r.header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", r.header.Get("Allow"))
	}
	if r := c.do(c.a.token, "GET", "/v1//members", ""); r.status/100 != 3 || r.header.Get("Location") != "/v1/members" {
		t.Errorf("%d %v", r.status, r.header)
	}
	for _, path := range []string{"/v1/members", "/nothing", "/openapi.json"} {
		h := c.do(c.a.token, "GET", path, "").header
		for k, v := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if h.Get(k) != v {
				t.Errorf("%s: %s: %q", path, k, h.Get(k))
			}
		}
		if len(h.Get("X-Request-Id")) != 16 {
			t.Errorf("%s: request id %q", path, h.Get("X-Request-Id"))
		}
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(d *Deps) { d.Limits.Guesses = 5 })
	made := as[TokenMade](t, c.want(201, "POST", "/v1/tokens", `{"name":"reader","scopes":["members:read","tokens"],"role":"manager"}`))
	if !strings.HasPrefix(made.Secret, tokenPrefix) || !slices.Equal(made.Scopes, []Scope{MembersRead, Tokens}) {
		t.Fatalf("%+v", made)
	}
	if r := c.want(200, "GET", "/v1/tokens", ""); strings.Contains(string(r.body), made.Secret) || strings.Contains(string(r.body), `"token"`) {
		t.Error("a list of tokens shows a secret")
	}
	if r := c.do(made.Secret, "GET", "/v1/members", ""); r.status != 200 {
		t.Errorf("%d %s", r.status, r.body)
	}
	c.refused(made.Secret, 403, sortForbidden, "GET", "/v1/keys", "")
	c.refused(made.Secret, 403, sortForbidden, "POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"A","last_name":"B"}}`)
	c.refused(made.Secret, 403, sortForbidden, "GET", "/v1/tokens", "") // the scope is there, the role is not
	// An administrator's token makes none that can do more than it.
	lesser := as[TokenMade](t, c.want(201, "POST", "/v1/tokens", `{"name":"lesser","scopes":["members:write","tokens"],"role":"administrator"}`))
	for _, body := range []string{
		`{"name":"X","scopes":["keys:read"],"role":"basic"}`, `{"name":"X","scopes":["admin"],"role":"basic"}`, `{"name":"X","scopes":["events:read"],"role":"basic"}`,
	} {
		c.refused(lesser.Secret, 403, sortForbidden, "POST", "/v1/tokens", body)
	}
	if r := c.do(lesser.Secret, "POST", "/v1/tokens", `{"name":"X","scopes":["members:read"],"role":"basic"}`); r.status != 201 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if all := as[TokenMade](t, c.want(201, "POST", "/v1/tokens", `{"name":"all","scopes":["admin"],"role":"administrator"}`)); !slices.Equal(all.Scopes, []Scope{Admin}) {
		t.Errorf("%+v", all)
	}
	c.want(204, "DELETE", "/v1/tokens/"+made.ID.String(), "")
	c.refused(made.Secret, 401, sortUnauthorized, "GET", "/v1/members", "")
	for _, header := range []string{"Basic abc", "Bearer", "Bearer ", "Bearer xyz", made.Secret, "Bearer " + tokenPrefix + strings.Repeat("x", 300)} {
		r := c.do("", "GET", "/v1/members", "", "Authorization", header)
		if p := c.problem(r); p.Status != 401 || r.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %+v", header, p)
		}
	}
	// The first wrong one was the revoked one.
	for range 4 {
		c.refused(tokenPrefix+"wrong", 401, sortUnauthorized, "GET", "/v1/members", "")
	}
	r := c.do(tokenPrefix+"wrong", "GET", "/v1/members", "")
	if c.problem(r).Status != 429 || r.header.Get("Retry-After") == "" {
		t.Errorf("%d %v", r.status, r.header)
	}
	c.want(200, "GET", "/v1/members", "") // whoever has a right one is let in all the same
	if strings.Contains(c.log.String(), tokenPrefix) {
		t.Error("a token stands in the log")
	}
}

// A role's capabilities bound what its token may do, whatever its scopes.
func TestRolesBoundTokens(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	for _, x := range []struct {
		role               smartbox.Role
		method, path, body string
		status             int
	}{
		{smartbox.RoleBasic, "GET", "/v1/members", "", 403},
		{smartbox.RoleBasic, "GET", "/v1/keys", "", 403},
		{smartbox.RoleBasic, "GET", "/v1/organization", "", 200},
		{smartbox.RoleManager, "GET", "/v1/members", "", 200},
		{smartbox.RoleManager, "POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"A","last_name":"B"}}`, 201},
		{smartbox.RoleManager, "POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"A","last_name":"B","role":"administrator"}}`, 403},
		{smartbox.RoleManager, "POST", "/v1/keys", `{"name":"X"}`, 403},
		{smartbox.RoleManager, "PATCH", "/v1/boxes/box-1", `{"name":"X"}`, 403},
		{smartbox.RoleManager, "POST", "/v1/boxes/box-1/open", `{"slot":"slot-1","reason":"stuck"}`, 403},
		{smartbox.RoleManager, "POST", "/v1/boxes/box-1/claims", `{}`, 403},
		{smartbox.RoleManager, "GET", "/v1/boxes/box-1/snapshot", "", 403},
		{smartbox.RoleManager, "GET", "/v1/audit", "", 403},
		{smartbox.RoleManager, "PATCH", "/v1/organization", `{"name":"X"}`, 403},
		{smartbox.RoleManager, "GET", "/v1/tokens", "", 403},
	} {
		secret := c.token(c.a.id, x.role, stored(Admin)...)
		if r := c.do(secret, x.method, x.path, x.body); r.status != x.status {
			t.Errorf("%s: %s %s: %d %s, want %d", x.role, x.method, x.path, r.status, r.body, x.status)
		}
	}
}

// Codes are shown in the one answer that made them; numbers of badges never; neither stands in the log.
func TestSecretsAreShownOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	made := c.member("Annabella", `,"access_code":"random","badges":["uid:04A224B2C35D80"],"email":"annabella@example.org"`)
	id := made.Member.ID.String()
	if len(made.AccessCode) < 4 {
		t.Fatalf("code %q", made.AccessCode)
	}
	own := c.want(200, "POST", "/v1/members/"+id+"/code", `{"access_code":"90210"}`)
	if string(own.body) != "{}\n" {
		t.Errorf("a code that was chosen is shown: %s", own.body)
	}
	next := as[CodeMade](t, c.want(200, "POST", "/v1/members/"+id+"/code", `{"access_code":"random"}`)).AccessCode
	c.do(c.a.token, "GET", "/v1/members?search=Annabella", "")
	c.refused(c.a.token, 409, sortTaken, "POST", "/v1/members", `{"member":{"kind":"smartbox","first_name":"B","last_name":"B","badges":["uid:04A224B2C35D80"]}}`)
	for _, op := range operations(described(t)) {
		if op.Method != http.MethodGet || strings.Contains(op.Path, "live") || strings.Contains(op.Path, "{id}") && !strings.Contains(op.Path, "members") {
			continue
		}
		r := c.do(c.a.token, "GET", strings.ReplaceAll(op.Path, "{id}", id), "")
		for _, secret := range []string{`"` + next + `"`, `"` + made.AccessCode + `"`, "04A224B2C35D80", "90210"} {
			if strings.Contains(string(r.body), secret) {
				t.Errorf("%s shows %s: %s", op.OperationID, secret, r.body)
			}
		}
	}
	for _, personal := range []string{"Annabella", "annabella@", "04A224B2C35D80", "90210", "Berg"} {
		if strings.Contains(c.log.String(), personal) {
			t.Errorf("the log has %q", personal)
		}
	}
	if !strings.Contains(c.log.String(), `"route":"GET /v1/members"`) {
		t.Errorf("the log lacks requests: %s", c.log)
	}
}

func TestScopesOfTheDirectory(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		words []directory.Scope
		want  []Scope
	}{
		{nil, []Scope{Admin}},
		{stored(Admin), []Scope{Admin}},
		{[]directory.Scope{directory.ScopeRead}, []Scope{BoxesRead, EventsRead, KeysRead, MembersRead}},
		{[]directory.Scope{directory.ScopeKeys}, []Scope{KeysRead, KeysWrite}},
		{[]directory.Scope{"commands", "boxes:read", "unheard-of"}, []Scope{BoxesRead, Commands}},
		{[]directory.Scope{}, []Scope{}},
	} {
		same(t, scopeWords(x.words), x.want)
	}
}
