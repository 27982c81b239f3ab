package api

import (
	"net/url"
	"strings"
	"testing"

	"smartbox/cloud/directory"
)

// No cursor makes the cloud fail: it is either one that the cloud could have given, or a field that is wrong.
func FuzzCursors(f *testing.F) {
	c := newCloudOf(f)
	for _, s := range []string{"", "x", "bmFtZQ", eventCursor(true, 5), eventCursor(false, 0), eventCursor(true, -1), "dXA6MDE"} {
		f.Add(s)
	}
	lists := []string{"/v1/groups?cursor=", "/v1/events?order=newest&cursor=", "/v1/events?order=oldest&cursor=", "/v1/audit?cursor="}
	f.Fuzz(func(t *testing.T, cursor string) {
		c := c.in(t)
		for _, list := range lists {
			r := c.do(c.a.token, "GET", list+url.QueryEscape(cursor), "")
			if r.status != 200 && r.status != 422 {
				t.Errorf("%s%q: %d %s", list, cursor, r.status, r.body)
			}
		}
		for _, down := range []bool{true, false} {
			var filter directory.EventFilter
			if position(&filter, down, cursor) != nil || cursor == "" {
				continue
			}
			if eventCursor(down, filter.After+filter.Before) != cursor {
				t.Errorf("%q is taken for %+v", cursor, filter)
			}
		}
	})
}

// Whatever a patch holds, the outcome fits the description or the patch is refused, and what it does not name stays.
func FuzzPatch(f *testing.F) {
	c := newCloudOf(f)
	for _, s := range []string{`{}`, `{"name":"B"}`, `{"name":null}`, `{"people":3.5}`, `{"people":1e9}`, `{"id":"x"}`, `[]`, `{"name":{"a":1}}`, `{"NAME":"x"}`, `{"max_out":-1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, patch string) {
		c := c.in(t)
		r := c.do(c.a.token, "PATCH", "/v1/groups/fleet", patch)
		if r.status != 200 && (r.status < 400 || r.status > 499) {
			t.Errorf("%s: %d %s", patch, r.status, r.body)
		}
		if strings.TrimSpace(patch) == "" && r.status != 400 {
			t.Errorf("%q: %d", patch, r.status)
		}
		if g := as[Group](t, c.do(c.a.token, "GET", "/v1/groups/fleet", "")); g.Name == "" || g.People > 3 || g.ID.String() != "fleet" {
			t.Errorf("%s makes %+v", patch, g)
		}
	})
}
