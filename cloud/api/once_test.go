package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"smartbox"
)

// A request that comes again is done once and answered alike, codes and all.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	body := `{"member":{"kind":"smartbox","first_name":"Anna","last_name":"Berg","access_code":"random"}}`
	first := c.want(201, "POST", "/v1/members", body, idempotencyHeader, "one")
	again := c.want(201, "POST", "/members", body, idempotencyHeader, "one") // the same route by its other name
	if string(first.body) != string(again.body) || again.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("%v %s\n%v %s", first.header, first.body, again.header, again.body)
	}
	for _, k := range []string{"ETag", "Location", "Content-Type"} {
		if first.header.Get(k) == "" || first.header.Get(k) != again.header.Get(k) {
			t.Errorf("%s: %q, then %q", k, first.header.Get(k), again.header.Get(k))
		}
	}
	c.refused(c.a.token, 422, sortReused, "POST", "/v1/members", strings.Replace(body, "Anna", "Eva", 1), idempotencyHeader, "one")
	c.refused(c.a.token, 422, sortReused, "POST", "/v1/groups", body, idempotencyHeader, "one")
	c.refused(c.a.token, 422, sortInvalid, "POST", "/v1/members", body, idempotencyHeader, strings.Repeat("k", maxKey+1))
	// Another token, of this organization or of another, has keys of its own.
	other := c.token(c.a.id, smartbox.RoleAdministrator, stored(Admin)...)
	for _, token := range []string{other, c.b.token} {
		if r := c.do(token, "POST", "/v1/members", body, idempotencyHeader, "one"); r.status != 201 || string(r.body) == string(first.body) {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	if l := as[Page[Member]](t, c.want(200, "GET", "/v1/members?search=Anna", "")); len(l.Items) != 2 {
		t.Errorf("%d members", len(l.Items))
	}
	// What was refused can be mended and sent under the same key.
	c.refused(c.a.token, 422, sortInvalid, "POST", "/v1/members", `{"member":{"kind":"smartbox"}}`, idempotencyHeader, "two")
	c.want(201, "POST", "/v1/members", strings.Replace(body, "Anna", "Eva", 1), idempotencyHeader, "two")
}

// Many at once under one key: one is done; the others are answered alike, or told to wait.
func TestIdempotencyAtOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var all sync.WaitGroup
	answers := make([]reply, 8)
	for i := range answers {
		all.Go(func() {
			answers[i] = c.do(c.a.token, "POST", "/v1/groups", `{"name":"Fleet"}`, idempotencyHeader, "k")
		})
	}
	all.Wait()
	made := ""
	for _, r := range answers {
		switch r.status {
		case http.StatusCreated:
			if made == "" {
				made = string(r.body)
			}
			if string(r.body) != made {
				t.Errorf("%s, and %s", made, r.body)
			}
		case http.StatusConflict:
			if p := c.problem(r); p.Type != "urn:smartbox:problem:"+sortUnderWay || r.header.Get("Retry-After") == "" {
				t.Errorf("%+v", p)
			}
		default:
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	if l := as[Page[Group]](t, c.want(200, "GET", "/v1/groups", "")); len(l.Items) != 1 || made == "" {
		t.Errorf("%d groups", len(l.Items))
	}
}

// A page goes on where the one before ended, whatever came or went in between.
func TestPaging(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for i := range 23 {
		c.want(201, "POST", "/v1/groups", fmt.Sprintf(`{"id":"g%02d","name":"Group %d"}`, i, i%5))
	}
	seen := map[smartbox.GroupID]bool{}
	cursor := ""
	for page := range 10 {
		p := as[Page[Group]](t, c.want(200, "GET", "/v1/groups?limit=5"+cursor, ""))
		for _, g := range p.Items {
			if seen[g.ID] {
				t.Errorf("%s comes twice", g.ID)
			}
			seen[g.ID] = true
		}
		if p.Next == "" {
			if len(p.Items) != 3 || page != 4 {
				t.Errorf("page %d has %d", page, len(p.Items))
			}
			break
		}
		if page == 1 { // what was on an earlier page goes
			c.want(204, "DELETE", "/v1/groups/"+p.Items[0].ID.String(), "")
		}
		cursor = "&cursor=" + p.Next
	}
	if len(seen) != 23 {
		t.Errorf("%d of 23", len(seen))
	}
	if l := as[Page[Group]](t, c.want(200, "GET", "/v1/groups?search=GROUP+3&limit=200", "")); len(l.Items) != 4 {
		t.Errorf("search finds %d", len(l.Items))
	}
}
