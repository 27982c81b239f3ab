package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/store"
	"smartbox/cloud/trust"
	"smartbox/sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cloud is the API over a database in a file, with two organizations.
type cloud struct {
	t      testing.TB
	dir    *directory.Service
	live   *Live
	url    string
	web    *httptest.Server
	tls    *tls.Config
	log    *logged
	hashes map[smartbox.BoxID]smartbox.ChainHash
	a, b   org
}

// org is an organization and a token that may do everything in it.
type org struct {
	id    directory.OrgID
	admin smartbox.UserID
	token string
}

func newCloudOf(f *testing.F) *cloud {
	c := newCloud(f)
	c.want(201, "POST", "/v1/groups", `{"id":"fleet","name":"Fleet"}`)
	return c
}

func newCloud(t testing.TB, tune ...func(*Deps)) *cloud {
	t.Helper()
	where := t.TempDir()
	repo, err := store.Open(t.Context(), "sqlite:"+filepath.Join(where, "cloud.db"))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := trust.OpenSealer(where)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := trust.OpenAuthority(where, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	signers, err := trust.OpenSigners(where)
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t: t, live: new(Live), log: new(logged)}
	c.dir = directory.New(directory.Options{Repo: repo, Sealer: sealer, Happened: c.live.Happened})
	d := Deps{
		Directory: c.dir, Live: c.live, Order: order, Log: c.logger(),
		Enrolment: trust.NewEnrolment(trust.EnrolmentOptions{
			Authority: authority, Signers: signers, Books: c.dir, Cloud: "https://127.0.0.1:1", Broker: "ssl://127.0.0.1:2",
		}),
		SignSnapshot: func(s *smartbox.Snapshot) ([]byte, error) { return wire.SignSnapshot(signers.StateKey(), s) },
		Limits:       Limits{Rate: 100_000, Burst: 100_000, Guesses: 1000},
	}
	for _, f := range tune {
		f(&d)
	}
	c.tls = authority.ServerCertificates("127.0.0.1").WebTLS()
	c.web = httptest.NewServer(New(d))
	c.url = c.web.URL
	t.Cleanup(func() {
		c.live.Close()
		c.web.CloseClientConnections()
		c.web.Close()
		if err := repo.Close(); err != nil {
			t.Error(err)
		}
	})
	c.a, c.b = c.newOrg("alpha"), c.newOrg("beta")
	return c
}

// logged is the log, to be read while it is written: a request's line comes after its answer.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is what was logged so far.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// in is the cloud as one run of a fuzz target sees it.
func (c *cloud) in(t *testing.T) *cloud {
	own := *c
	own.t = t
	return &own
}

// order is what fleet.NewCommand does, but for its bounds.
func order(box smartbox.BoxID, c wire.Command, reason string, now time.Time, _ time.Duration) (directory.Command, error) {
	body, err := wire.Marshal(&c)
	return directory.Command{
		Box: box, Type: c.Type.String(), Body: body, Reason: reason, Expires: smartbox.StampOf(now.Add(wire.MaxOpen)),
	}, err
}

func (c *cloud) newOrg(name string) org {
	c.t.Helper()
	o, m, _, err := c.dir.CreateOrganization(c.t.Context(), directory.Organization{
		ID: smartbox.MustID[directory.Organization](name), Name: name,
	}, directory.NewMember{Member: directory.Member{
		Kind: directory.KindSmartbox, Person: directory.Person{FirstName: "Ada", LastName: name},
	}})
	if err != nil {
		c.t.Fatal(err)
	}
	return org{id: o.ID, admin: m.ID, token: c.token(o.ID, smartbox.RoleAdministrator, stored(Admin)...)}
}

func (c *cloud) token(o directory.OrgID, r smartbox.Role, words ...directory.Scope) string {
	c.t.Helper()
	_, secret, err := c.dir.MakeToken(c.t.Context(), directory.SystemActor(o), directory.Token{Name: "test", Scopes: words, Role: r})
	if err != nil {
		c.t.Fatal(err)
	}
	return secret
}

// overTLS serves the same over TLS.
func (c *cloud) overTLS() string {
	web := httptest.NewUnstartedServer(c.web.Config.Handler)
	web.Listener = tls.NewListener(web.Listener, c.tls) // StartTLS has a certificate of its own
	web.Start()
	c.t.Cleanup(web.Close)
	return strings.Replace(web.URL, "http:", "https:", 1)
}

func (c *cloud) logger() zerolog.Logger { return zerolog.New(c.log) }

func contains(s, part string) bool { return strings.Contains(s, part) }

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// do asks; headers come in pairs.
func (c *cloud) do(token, method, path, body string, headers ...string) reply {
	c.t.Helper()
	return c.doContext(c.t.Context(), token, method, path, body, headers...)
}

func (c *cloud) doContext(ctx context.Context, token, method, path, body string, headers ...string) reply {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: c.web.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	res, err := client.Do(r)
	if err != nil {
		c.t.Error(err)
		return reply{}
	}
	defer res.Body.Close() //nolint:errcheck // it is read to its end
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Error(err)
	}
	return reply{res.StatusCode, res.Header, b}
}

// want asks as the administrator of alpha, and fails the test on another status.
func (c *cloud) want(status int, method, path, body string, headers ...string) reply {
	c.t.Helper()
	r := c.do(c.a.token, method, path, body, headers...)
	if r.status != status {
		c.t.Fatalf("%s %s: %d %s, want %d", method, path, r.status, r.body, status)
	}
	return r
}

// as reads an answer's body.
func as[T any](t testing.TB, r reply) (v T) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
	return v
}

// problem reads a problem and checks what all have.
func (c *cloud) problem(r reply) Problem {
	c.t.Helper()
	p := as[Problem](c.t, r)
	if p.Status != r.status || p.Title == "" || !strings.HasPrefix(p.Type, "urn:smartbox:problem:") ||
		p.Instance != "urn:smartbox:request:"+r.header.Get("X-Request-Id") ||
		r.header.Get("Content-Type") != "application/problem+json" {
		c.t.Errorf("not a problem: %d %v %s", r.status, r.header, r.body)
	}
	return p
}

// refused asks, and wants a problem of that sort.
func (c *cloud) refused(token string, status int, sort, method, path, body string, headers ...string) Problem {
	c.t.Helper()
	r := c.do(token, method, path, body, headers...)
	if r.status != status {
		c.t.Fatalf("%s %s: %d %s, want %d", method, path, r.status, r.body, status)
	}
	p := c.problem(r)
	if p.Type != "urn:smartbox:problem:"+sort {
		c.t.Errorf("%s %s: %s, want %s", method, path, p.Type, sort)
	}
	return p
}

// fill makes one of each thing in alpha, through the API.
func (c *cloud) fill() {
	c.t.Helper()
	c.want(201, "POST", "/v1/locations", `{"id":"depot","name":"Depot","zone":"Europe/Berlin"}`)
	c.want(201, "POST", "/v1/boxes", `{"id":"box-1","name":"Hall","location":"depot","reasons":[{"number":1,"text":"Trip"}]}`)
	c.want(201, "POST", "/v1/slots", `{"id":"slot-1","box":"box-1","number":1}`)
	c.want(201, "POST", "/v1/slots", `{"id":"slot-2","box":"box-1","number":2}`)
	c.want(201, "POST", "/v1/groups", `{"id":"fleet","name":"Fleet","max_per_user":2}`)
	c.want(201, "POST", "/v1/keys", `{"id":"van-3","name":"Van 3","box":"box-1","groups":["fleet"],"policy":{"staleness_seconds":3600,"ask_pickup":"reason"}}`)
	c.want(201, "POST", "/v1/schedules", `{"id":"office","name":"Office","windows":[{"days":["mon","tue"],"from":"08:00","to":"17:30"}]}`)
	c.want(201, "POST", "/v1/holidays", `{"id":"xmas","date":"2026-12-25","name":"Christmas"}`)
}

// member adds a smartbox member to alpha and gives her id.
func (c *cloud) member(first string, more ...string) MemberCreated {
	c.t.Helper()
	body := `{"member":{"kind":"smartbox","first_name":"` + first + `","last_name":"Berg"` + strings.Join(more, "") + `}}`
	return as[MemberCreated](c.t, c.want(201, "POST", "/v1/members", body))
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
