package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"smartbox"
	"smartbox/cloud/directory"
)

// step is one request of the tour, which asks for every operation of the document. In path and body {name} stands for
// what an earlier step kept.
type step struct {
	op, path, body string
	status         int
	keep           map[string]string // name → where in the answer, such as "member.id"
	foreign        bool              // a body that names alpha's things: beta is refused
}

// tour begins with what fill has made.
func tour() []step {
	return []step{
		{op: "create-location", path: "/v1/locations", body: `{"name":"Yard","zone":"Asia/Tokyo"}`, status: 201, keep: map[string]string{"location": "id"}},
		{op: "list-locations", path: "/v1/locations?search=ya", status: 200},
		{op: "get-location", path: "/v1/locations/depot", status: 200},
		{op: "update-location", path: "/v1/locations/depot", body: `{"name":"Depot 2"}`, status: 200},
		{op: "create-holiday", path: "/v1/holidays", body: `{"location":"depot","date":"2026-10-03","name":"Unity"}`, status: 201, keep: map[string]string{"holiday": "id"}, foreign: true},
		{op: "list-holidays", path: "/v1/holidays?location=depot", status: 200},
		{op: "get-holiday", path: "/v1/holidays/{holiday}", status: 200},
		{op: "update-holiday", path: "/v1/holidays/{holiday}", body: `{"date":"2026-10-04"}`, status: 200},
		{op: "delete-holiday", path: "/v1/holidays/{holiday}", status: 204},
		{op: "create-box", path: "/v1/boxes", body: `{"name":"Gate","location":"depot"}`, status: 201, keep: map[string]string{"box": "id"}, foreign: true},
		{op: "list-boxes", path: "/v1/boxes?location=depot", status: 200},
		{op: "get-box", path: "/v1/boxes/box-1", status: 200},
		{op: "update-box", path: "/v1/boxes/box-1", body: `{"go_to":"Gate 2","policy":{"door_open_limit_seconds":90}}`, status: 200},
		{op: "get-box-state", path: "/v1/boxes/box-1/state", status: 200},
		{op: "create-slot", path: "/v1/slots", body: `{"box":"box-1","number":3}`, status: 201, keep: map[string]string{"slot": "id"}, foreign: true},
		{op: "list-slots", path: "/v1/slots?box=box-1", status: 200},
		{op: "get-slot", path: "/v1/slots/slot-1", status: 200},
		{op: "update-slot", path: "/v1/slots/{slot}", body: `{"retired":true}`, status: 200},
		{op: "delete-slot", path: "/v1/slots/{slot}", status: 204},
		{op: "create-group", path: "/v1/groups", body: `{"name":"Trucks"}`, status: 201, keep: map[string]string{"group": "id"}},
		{op: "list-groups", path: "/v1/groups", status: 200},
		{op: "get-group", path: "/v1/groups/fleet", status: 200},
		{op: "update-group", path: "/v1/groups/fleet", body: `{"max_out":3,"max_per_user":null}`, status: 200},
		{op: "delete-group", path: "/v1/groups/{group}", status: 204},
		{op: "create-key", path: "/v1/keys", body: `{"name":"Truck","box":"box-1"}`, status: 201, keep: map[string]string{"key": "id"}, foreign: true},
		{op: "list-keys", path: "/v1/keys?group=fleet&box=box-1&search=VAN", status: 200},
		{op: "get-key", path: "/v1/keys/van-3", status: 200},
		{op: "update-key", path: "/v1/keys/van-3", body: `{"policy":{"people":2,"ask_pickup":"nothing"}}`, status: 200},
		{op: "set-fob", path: "/v1/keys/van-3/fob", body: `{"fob":"uid:04a224b2c35d80"}`, status: 200},
		{op: "remove-fob", path: "/v1/keys/van-3/fob", status: 204},
		{op: "get-custody", path: "/v1/keys/van-3/custody", status: 200},
		{op: "list-custody", path: "/v1/custody?box=box-1", status: 200},
		{op: "delete-key", path: "/v1/keys/{key}", status: 204},
		{op: "create-schedule", path: "/v1/schedules", body: `{"name":"Night","windows":[{"days":["fri"],"from":"22:00","to":"24:00"}],"holidays":"as-usual"}`, status: 201, keep: map[string]string{"schedule": "id"}},
		{op: "list-schedules", path: "/v1/schedules", status: 200},
		{op: "get-schedule", path: "/v1/schedules/{schedule}", status: 200},
		{op: "update-schedule", path: "/v1/schedules/{schedule}", body: `{"holidays":"closed"}`, status: 200},
		{op: "delete-schedule", path: "/v1/schedules/{schedule}", status: 204},
		{op: "create-member", path: "/v1/members", body: `{"member":{"kind":"smartbox","first_name":"Anna","last_name":"Berg","email":"anna@example.org","phone":"+49301234567","access_code":"random","badges":["w26:8-12345"],"grants":[{"target":"group:fleet","role":"exchange","schedule":"office"}]}}`, status: 201, keep: map[string]string{"member": "member.id"}, foreign: true},
		{op: "list-members", path: "/v1/members?search=EXAMPLE.org&status=validated&kind=smartbox&role=basic&group=fleet", status: 200},
		{op: "get-member", path: "/v1/members/{member}", status: 200},
		{op: "update-member", path: "/v1/members/{member}", body: `{"phone":null,"switches":{"card_access":true},"until":"2030-01-01T00:00:00+01:00"}`, status: 200},
		{op: "list-credentials", path: "/v1/members/{member}/credentials", status: 200},
		{op: "set-code", path: "/v1/members/{member}/code", body: `{"access_code":"random"}`, status: 200},
		{op: "remove-code", path: "/v1/members/{member}/code", status: 204},
		{op: "make-backup-codes", path: "/v1/members/{member}/backup-codes", body: `{"count":3}`, status: 201},
		{op: "add-badge", path: "/v1/members/{member}/badges", body: `{"badge":"ibutton:0184D5F2010000C3"}`, status: 201, keep: map[string]string{"badge": "id"}},
		{op: "activate-badge", path: "/v1/members/{member}/badges/{badge}/activate", status: 200},
		{op: "remove-badge", path: "/v1/members/{member}/badges/{badge}", status: 204},
		{op: "suspend-member", path: "/v1/members/{member}/suspend", body: `{"reason":"lost her badge"}`, status: 200},
		{op: "restore-member", path: "/v1/members/{member}/restore", status: 200},
		{op: "ban-member", path: "/v1/members/{member}/ban", status: 200},
		{op: "validate-member", path: "/v1/members/{member}/validate", status: 200},
		{op: "create-grant", path: "/v1/grants", body: `{"member":"{member}","target":"key:van-3","role":"exchange","from":"2026-01-01T00:00:00Z"}`, status: 201, keep: map[string]string{"grant": "id"}, foreign: true},
		{op: "list-grants", path: "/v1/grants?member={member}&target=key:van-3", status: 200},
		{op: "get-grant", path: "/v1/grants/{grant}", status: 200},
		{op: "delete-grant", path: "/v1/grants/{grant}", status: 204},
		{op: "create-booking", path: "/v1/bookings", body: `{"member":"{member}","key":"van-3","from":"2036-01-01T08:00:00Z","until":"2036-01-01T10:00:00Z"}`, status: 201, keep: map[string]string{"booking": "id"}, foreign: true},
		{op: "list-bookings", path: "/v1/bookings?key=van-3&member={member}", status: 200},
		{op: "get-booking", path: "/v1/bookings/{booking}", status: 200},
		{op: "update-booking", path: "/v1/bookings/{booking}", body: `{"until":"2036-01-01T11:00:00Z"}`, status: 200},
		{op: "delete-booking", path: "/v1/bookings/{booking}", status: 204},
		{op: "list-events", path: "/v1/events", status: 200},
		{op: "get-event", path: "/v1/events/1", status: 200},
		{op: "why", path: "/v1/events/1/why", status: 200},
		{op: "list-audit", path: "/v1/audit", status: 200},
		{op: "list-alarms", path: "/v1/alarms", status: 200},
		{op: "open-slot", path: "/v1/boxes/box-1/open", body: `{"slot":"slot-1","reason":"key is stuck","at_box":true}`, status: 202, keep: map[string]string{"command": "id"}},
		{op: "list-commands", path: "/v1/boxes/box-1/commands", status: 200},
		{op: "get-command", path: "/v1/commands/{command}", status: 200},
		{op: "claim-box", path: "/v1/boxes/box-1/claims", body: `{"holds_seconds":600}`, status: 201, keep: map[string]string{"claim": "code"}},
		{op: "enrol", path: "/v1/enrol", body: `{"csr":"{csr}","claim":"{claim}"}`, status: 200},
		{op: "renew", path: "/v1/renew", body: `{"csr":"{csr}"}`, status: 403}, // no certificate was shown; see TestRenew
		{op: "get-snapshot", path: "/v1/boxes/box-1/snapshot", status: 200},
		{op: "revoke-box", path: "/v1/boxes/box-1/revoke", body: `{"reason":"stolen"}`, status: 204},
		{op: "get-organization", path: "/v1/organization", status: 200},
		{op: "update-organization", path: "/v1/organization", body: `{"name":"Alpha & Co"}`, status: 200},
		{op: "create-token", path: "/v1/tokens", body: `{"name":"export","scopes":["events:read"],"role":"administrator"}`, status: 201, keep: map[string]string{"token": "id"}},
		{op: "list-tokens", path: "/v1/tokens", status: 200},
		{op: "get-token", path: "/v1/tokens/{token}", status: 200},
		{op: "revoke-token", path: "/v1/tokens/{token}", status: 204},
		{op: "list-erasures", path: "/v1/members/{member}/erasures", status: 200},
		{op: "remove-member", path: "/v1/members/{member}/remove", status: 200},
		{op: "archive-member", path: "/v1/members/{member}/archive", status: 200},
		{op: "expunge-member", path: "/v1/members/{member}/expunge", status: 200},
		{op: "delete-box", path: "/v1/boxes/{box}", status: 204},
		{op: "delete-location", path: "/v1/locations/{location}", status: 204},
	}
}

// The tour asks for every operation there is: without a token, with one that lacks the scope, from another
// organization, which sees nothing of this one, and then for good.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	c.happen(box1(), refusal(c.a.admin))
	known := map[string]*opOf{}
	for _, op := range operations(described(t)) {
		known[op.OperationID] = &opOf{op.Method, op.Path, scopeOf(op.Security)}
	}
	kept := map[string]string{"csr": strings.ReplaceAll(signingRequest(t), "\n", `\n`)}
	for _, st := range tour() {
		op, ok := known[st.op]
		if !ok {
			t.Fatalf("%s: the document has no such operation, or the tour has it twice", st.op)
		}
		delete(known, st.op)
		path, body := put(st.path, kept), put(st.body, kept)
		if op.scope != "" {
			c.refused("", 401, sortUnauthorized, op.method, path, body)
			c.refused(c.token(c.a.id, smartbox.RoleAdministrator, others(op.scope)...), 403, sortForbidden, op.method, path, body)
			c.foreign(op, st, path, body)
		}
		r := c.do(c.a.token, op.method, path, body)
		if r.status != st.status {
			t.Fatalf("%s: %s %s %s: %d %s, want %d", st.op, op.method, path, body, r.status, r.body, st.status)
		}
		if r.status == http.StatusNoContent && len(r.body) > 0 {
			t.Errorf("%s: 204 with a body", st.op)
		}
		for name, where := range st.keep {
			kept[name] = dig(t, r.body, where)
		}
	}
	delete(known, "live-events") // see TestLive
	for id := range known {
		t.Errorf("the tour leaves %s out", id)
	}
}

type opOf struct{ method, path, scope string }

func scopeOf(security []map[string][]string) string {
	if len(security) == 0 {
		return ""
	}
	return security[0]["token"][0]
}

// foreign asks as beta for what is alpha's.
func (c *cloud) foreign(op *opOf, st step, path, body string) {
	c.t.Helper()
	path, query, _ := strings.Cut(path, "?")
	_ = query // what beta's lists hold must not depend on it
	r := c.do(c.b.token, op.method, path, body)
	switch {
	case strings.Contains(op.path, "{"):
		if r.status != 404 {
			c.t.Errorf("%s of another organization: %d %s, want 404", st.op, r.status, r.body)
		}
		c.problem(r)
	case op.method == http.MethodGet:
		if r.status != 200 {
			c.t.Errorf("%s: %d %s", st.op, r.status, r.body)
		}
		for _, ours := range []string{"depot", "box-1", "slot-1", "fleet", "van-3", "office", "xmas", "alpha", "Anna"} {
			if strings.Contains(string(r.body), ours) {
				c.t.Errorf("%s: another organization sees %q: %s", st.op, ours, r.body)
			}
		}
	case st.foreign:
		if r.status < 400 || r.status > 499 {
			c.t.Errorf("%s with another organization's things: %d %s", st.op, r.status, r.body)
		}
		c.problem(r)
	}
}

// others are all scopes but those that open a route with this one.
func others(scope string) (words []directory.Scope) {
	for sc := range needs() {
		if string(sc) != scope && !strings.HasPrefix(string(sc), strings.TrimSuffix(scope, ":read")+":write") && string(sc) != strings.TrimSuffix(scope, "read")+"write" {
			words = append(words, directory.Scope(sc))
		}
	}
	return words
}

func put(s string, kept map[string]string) string {
	for name, v := range kept {
		s = strings.ReplaceAll(s, "{"+name+"}", v)
	}
	return s
}

// dig finds a text in JSON.
func dig(t *testing.T, b []byte, where string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(where, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	s, ok := v.(string)
	if !ok {
		t.Fatalf("no %s in %s", where, b)
	}
	return s
}

// signingRequest is a box's certificate request.
func signingRequest(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return requestOfKey(t, key)
}

func requestOfKey(t testing.TB, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// What can be changed is refused to whoever read it before somebody else changed it, and goes through once she has read
// it again.
func TestTwoEditors(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	m := c.member("Anna").Member.ID.String()
	for _, path := range []string{"/v1/members/" + m, "/v1/keys/van-3", "/v1/boxes/box-1", "/v1/organization"} {
		field := "name"
		if strings.Contains(path, "members") {
			field = "first_name"
		}
		read := c.want(200, "GET", path, "")
		tag := read.header.Get("ETag")
		first := c.want(200, "PATCH", path, `{"`+field+`":"One"}`, "If-Match", tag)
		c.refused(c.a.token, 412, sortStale, "PATCH", path, `{"`+field+`":"Two"}`, "If-Match", tag)
		if now := c.want(200, "GET", path, ""); !strings.Contains(string(now.body), `"One"`) || now.header.Get("ETag") != first.header.Get("ETag") {
			t.Errorf("%s: %s", path, now.body)
		}
		c.want(200, "PATCH", path, `{"`+field+`":"Two"}`, "If-Match", `"999", `+first.header.Get("ETag"))
		c.want(200, "PATCH", path, `{"`+field+`":"Three"}`, "If-Match", "*")
		c.refused(c.a.token, 400, sortBadRequest, "PATCH", path, `{"`+field+`":"Four"}`, "If-Match", `W/"3"`)
	}
	c.refused(c.a.token, 412, sortStale, "DELETE", "/v1/slots/slot-2", "", "If-Match", `"7"`)
	c.refused(c.a.token, 412, sortStale, "POST", "/v1/members/"+m+"/suspend", "", "If-Match", `"1"`)
	c.want(204, "DELETE", "/v1/slots/slot-2", "", "If-Match", `"1"`)
}

// Editors who do not say what they read all get through, each with her own field.
func TestManyEditorsAtOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	done := make(chan reply)
	for i := range 4 {
		go func() {
			field := []string{`"max_per_user":`, `"max_out":`, `"people":`, `"name":"N`}[i]
			end := []string{"2", "3", "2", `"`}[i]
			done <- c.do(c.a.token, "PATCH", "/v1/groups/fleet", `{`+field+end+`}`)
		}()
	}
	won := 0
	for range 4 {
		switch r := <-done; r.status {
		case 200:
			won++
		default:
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	g := as[Group](t, c.want(200, "GET", "/v1/groups/fleet", ""))
	if g.MaxPerUser != 2 || g.MaxOut != 3 || g.People != 2 || g.Name != "N" || g.Version != int64(1+won) {
		t.Errorf("%+v after %s", g, strconv.Itoa(won))
	}
}
