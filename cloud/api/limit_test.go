package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func TestRateLimit(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(d *Deps) { d.Limits.Rate, d.Limits.Burst = 0.1, 3 })
	for range 3 {
		c.want(200, "GET", "/v1/members", "")
	}
	r := c.do(c.a.token, "GET", "/v1/members", "")
	if p := c.problem(r); p.Status != 429 || p.Type != "urn:smartbox:problem:"+sortTooMany || r.header.Get("Retry-After") == "" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if r := c.do(c.b.token, "GET", "/v1/members", ""); r.status != 200 {
		t.Errorf("another token waits too: %d", r.status)
	}
}

func TestEnrolmentIsLimited(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(d *Deps) {
		d.Limits.EnrolOnce = 3
		d.ClientIP = func(r *http.Request) netip.Addr { return netip.MustParseAddr(r.Header.Get("X-From")) }
	})
	body := `{"csr":"x","claim":"0000-0000-0000-0000"}`
	for i := range 3 { // an IPv6 network is one address
		from := fmt.Sprintf("2001:db8::%d", i)
		if p := c.refused("", 400, sortRefused, "POST", "/v1/enrol", body, "X-From", from); p.Code != "request" {
			t.Errorf("%+v", p)
		}
	}
	if p := c.refused("", 429, sortTooMany, "POST", "/v1/renew", `{"csr":"x"}`, "X-From", "2001:db8::9"); p.Code != "busy" {
		t.Errorf("%+v", p)
	}
	c.refused("", 400, sortRefused, "POST", "/v1/enrol", body, "X-From", "2001:db8:0:1::1")
	c.refused("", 403, sortRefused, "POST", "/v1/enrol", `{"csr":"x","claim":"no"}`, "X-From", "192.0.2.1")
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	l := newLimiter(rate.Every(time.Second), 2)
	for i, want := range []time.Duration{0, 0, time.Second, time.Second} {
		if got := l.take("a", at); got != want {
			t.Errorf("request %d: wait %s, want %s", i, got, want)
		}
	}
	if l.take("b", at) != 0 {
		t.Error("callers share")
	}
	if l.take("a", at.Add(time.Second)) != 0 {
		t.Error("a second is not enough")
	}
	// However many callers there are, their number stays in bounds, and whoever waits goes last.
	for i := range 3 * maxCallers {
		l.take(fmt.Sprint(i), at.Add(time.Duration(i)*time.Millisecond))
	}
	if len(l.by) > maxCallers {
		t.Errorf("%d callers", len(l.by))
	}
}

func TestSlots(t *testing.T) {
	t.Parallel()
	s := newSlots(2)
	got := []bool{s.take("a"), s.take("a"), s.take("a"), s.take("b")}
	if !slices.Equal(got, []bool{true, true, false, true}) {
		t.Error("two each")
	}
	s.free("a")
	if !s.take("a") {
		t.Error("one that is freed can be taken")
	}
	for _, who := range []string{"a", "a", "b"} {
		s.free(who)
	}
	if len(s.by) != 0 {
		t.Errorf("%v stays", s.by)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"192.0.2.7:80": "192.0.2.7/32", "[2001:db8::1]:80": "2001:db8::/64", "[::ffff:192.0.2.7]:80": "192.0.2.7/32", "": "invalid Prefix",
	} {
		if got := addressOf(remoteIP(&http.Request{RemoteAddr: from})); got != want {
			t.Errorf("%q: %s, want %s", from, got, want)
		}
	}
}

// A handler that panics is answered, and its value, which may hold what the caller sent, is not logged.
func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(d *Deps) { d.Order = nil; d.SignSnapshot = nil })
	c.fill()
	c.refused(c.a.token, 503, sortUnavailable, "GET", "/v1/boxes/box-1/snapshot", "")
	c.refused(c.a.token, 503, sortUnavailable, "POST", "/v1/boxes/box-1/open", `{"slot":"slot-1","reason":"stuck"}`)
	s := &server{Deps: Deps{Now: time.Now, Log: c.logger()}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /boom", func(http.ResponseWriter, *http.Request) { panic("secret 4711") })
	w := httptest.NewRecorder()
	s.outer(mux).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/boom", nil))
	if p := c.problem(reply{w.Code, w.Header(), w.Body.Bytes()}); p.Status != 500 || p.Type != "urn:smartbox:problem:"+sortFault {
		t.Errorf("%+v", p)
	}
	if log := c.log.String(); !contains(log, "handler panicked") || contains(log, "4711") {
		t.Error(log)
	}
}
