package trust_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smartbox/cloud/directory"
	"smartbox/cloud/trust"
	"smartbox/sync/enrol"
)

// cloud is the cloud's end of enrolment, on loopback, with a clock that the test turns.
type cloud struct {
	authority *trust.Authority
	enrolment *trust.Enrolment
	books     *books
	server    *httptest.Server
	ahead     atomic.Int64 // of the wall clock
}

func (c *cloud) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{books: newBooks()}
	dir := t.TempDir()
	var err error
	if c.authority, err = trust.OpenAuthority(dir, c.now); err != nil {
		t.Fatal(err)
	}
	signers, err := trust.OpenSigners(dir)
	if err != nil {
		t.Fatal(err)
	}
	var h http.Handler
	c.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	conf := c.authority.ServerCertificates().WebTLS()
	conf.Time = c.now
	c.server.Listener = tls.NewListener(c.server.Listener, conf) // StartTLS would add a certificate of its own
	c.server.Start()
	t.Cleanup(c.server.Close)
	c.enrolment = trust.NewEnrolment(trust.EnrolmentOptions{
		Authority: c.authority, Signers: signers, Books: c.books,
		Cloud: "https://" + c.server.Listener.Addr().String(), Broker: "ssl://127.0.0.1:8883",
	})
	h = c.enrolment.Handler(func(err error) { t.Errorf("fault: %v", err) })
	return c
}

func (c *cloud) link(t *testing.T, id string) enrol.Link {
	t.Helper()
	l, _, err := c.enrolment.NewClaim(t.Context(), c.books, directory.Actor{}, box(id), 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newStore(t *testing.T, c *cloud) enrol.Store {
	t.Helper()
	dir := t.TempDir()
	return enrol.Store{Dir: dir, BoxKey: filepath.Join(dir, "box.key"), Now: c.now}
}

func fileKeys(t *testing.T) *enrol.FileKeys {
	t.Helper()
	return &enrol.FileKeys{Path: filepath.Join(t.TempDir(), "device.key")}
}

func refusal(err error) string {
	if r, ok := errors.AsType[*enrol.RefusedError](err); ok {
		return r.Code
	}
	return ""
}

func TestEnrolAndRenew(t *testing.T) {
	c := newCloud(t)
	keys, store := fileKeys(t), newStore(t, c)
	link := c.link(t, "yard-1")
	// The link goes by a QR code or a person's hands.
	link, err := enrol.ParseLink(link.Text())
	if err != nil {
		t.Fatal(err)
	}
	id, err := enrol.Enrol(t.Context(), link, keys, store)
	if err != nil {
		t.Fatal(err)
	}
	if id.Box != box("yard-1") || id.Broker != "ssl://127.0.0.1:8883" || len(id.Keyring.State) != 1 || len(id.Keyring.Orders) != 1 {
		t.Errorf("%+v", id)
	}
	key, err := os.ReadFile(store.BoxKey)
	if err != nil || strings.TrimSpace(string(key)) != "07"+strings.Repeat("00", 31) {
		t.Errorf("box key: %v", err)
	}
	if got, err := trust.Check(t.Context(), c.books, id.Leaf); err != nil || got != id.Box {
		t.Errorf("its certificate: %v, %v", got, err)
	}

	if _, err := enrol.Enrol(t.Context(), link, fileKeys(t), newStore(t, c)); refusal(err) != enrol.RefusedClaim {
		t.Errorf("the same claim again: %v", err)
	}
	if _, err := enrol.Renew(t.Context(), id, store); refusal(err) != enrol.RefusedEarly {
		t.Errorf("renewed too early: %v", err)
	}
	c.ahead.Store(int64(time.Until(id.RenewAt()) + time.Hour))
	// What is on disk is what it goes on with after a restart.
	signer, err := keys.Key()
	if err != nil {
		t.Fatal(err)
	}
	if id, err = store.Load(signer); err != nil {
		t.Fatal(err)
	}
	fresh, err := enrol.Renew(t.Context(), id, store)
	if err != nil {
		t.Fatal(err)
	}
	if !fresh.Leaf.NotAfter.After(id.Leaf.NotAfter) {
		t.Errorf("new until %s, old until %s", fresh.Leaf.NotAfter, id.Leaf.NotAfter)
	}
	for name, leaf := range map[string]*enrol.Identity{"new": fresh, "old, until it ends": id} {
		if _, err := trust.Check(t.Context(), c.books, leaf.Leaf); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	still, err := os.ReadFile(store.BoxKey)
	if err != nil || !bytes.Equal(still, key) {
		t.Errorf("a renewal changed the box key, %v", err)
	}
}

func TestRevokedBox(t *testing.T) {
	c := newCloud(t)
	keys, store := fileKeys(t), newStore(t, c)
	id, err := enrol.Enrol(t.Context(), c.link(t, "lost"), keys, store)
	if err != nil {
		t.Fatal(err)
	}
	s := c.books.states[id.Box]
	s.Identity.Revoked = 1
	c.books.states[id.Box] = s
	c.ahead.Store(int64(time.Until(id.RenewAt()) + time.Hour))
	if _, err := trust.Check(t.Context(), c.books, id.Leaf); !errors.Is(err, trust.ErrRevoked) {
		t.Errorf("at the broker: %v", err)
	}
	if _, err := enrol.Renew(t.Context(), id, store); refusal(err) != enrol.RefusedRevoked {
		t.Errorf("renewal: %v", err)
	}
	if _, err := enrol.Enrol(t.Context(), c.link(t, "lost"), keys, store); refusal(err) != enrol.RefusedRevoked {
		t.Errorf("a new claim with the revoked key: %v", err)
	}
	if _, err := enrol.Enrol(t.Context(), c.link(t, "lost"), fileKeys(t), newStore(t, c)); err != nil {
		t.Errorf("a new claim with a new key: %v", err)
	}
	if _, err := trust.Check(t.Context(), c.books, id.Leaf); !errors.Is(err, trust.ErrRevoked) {
		t.Errorf("the old key after that: %v", err)
	}
}

func TestSomebodyInBetween(t *testing.T) {
	c, other := newCloud(t), newCloud(t)
	link := c.link(t, "yard-1")
	link.Cloud = "https://" + other.server.Listener.Addr().String()
	if _, err := enrol.Enrol(t.Context(), link, fileKeys(t), newStore(t, c)); !errors.Is(err, enrol.ErrRoot) {
		t.Errorf("%v", err)
	}
	// A server that shows the right root beside a certificate that is not of it.
	mixed := httptest.NewUnstartedServer(http.NotFoundHandler())
	cert, err := other.authority.ServerCertificates().Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	mixed.TLS = &tls.Config{Certificates: []tls.Certificate{{
		Certificate: [][]byte{cert.Certificate[0], c.authority.Root().Raw}, PrivateKey: cert.PrivateKey,
	}}}
	mixed.StartTLS()
	defer mixed.Close()
	link.Cloud = mixed.URL
	if _, err := enrol.Enrol(t.Context(), link, fileKeys(t), newStore(t, c)); err == nil || refusal(err) != "" {
		t.Errorf("%v", err)
	}
	// A box cannot stand in for the cloud.
	keys := fileKeys(t)
	id, err := enrol.Enrol(t.Context(), c.link(t, "evil"), keys, newStore(t, c))
	if err != nil {
		t.Fatal(err)
	}
	boxy := httptest.NewUnstartedServer(http.NotFoundHandler())
	boxy.TLS = &tls.Config{Certificates: []tls.Certificate{{
		Certificate: [][]byte{id.Leaf.Raw, c.authority.Root().Raw}, PrivateKey: id.Certificate.PrivateKey,
	}}}
	boxy.StartTLS()
	defer boxy.Close()
	link.Cloud = boxy.URL
	if _, err := enrol.Enrol(t.Context(), link, fileKeys(t), newStore(t, c)); err == nil || refusal(err) != "" {
		t.Errorf("%v", err)
	}
	if _, ok := c.books.claims[string(link.Code.Digest())]; !ok {
		t.Error("the claim was used up")
	}
}

func TestBadRequests(t *testing.T) {
	c := newCloud(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.authority.Pool()}}}
	defer client.CloseIdleConnections()
	post := func(path, body string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+c.server.Listener.Addr().String()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close() //nolint:errcheck // a test
		return res.StatusCode, res.Header.Get("Retry-After")
	}
	code := enrol.NewCode().Text()
	for i, try := range []struct {
		path, body string
		want       int
	}{
		{enrol.PathEnrol, `{`, http.StatusBadRequest},
		{enrol.PathEnrol, `{"csr":"x","claim":"` + code + `"}`, http.StatusBadRequest},
		{enrol.PathEnrol, `{"csr":"x","claim":"no"}`, http.StatusForbidden},
		{enrol.PathRenew, `{"csr":"x"}`, http.StatusForbidden}, // no certificate
		{enrol.PathEnrol, `{"csr":"` + strings.Repeat("x", enrol.MaxBody) + `"}`, http.StatusBadRequest},
	} {
		if got, _ := post(try.path, try.body); got != try.want {
			t.Errorf("%d: HTTP %d, want %d", i, got, try.want)
		}
	}
	// The sixth from one address has to wait, whatever it asks.
	got, after := post(enrol.PathEnrol, `{}`)
	if got != http.StatusTooManyRequests || after == "" || after == "0" {
		t.Errorf("HTTP %d, Retry-After %q", got, after)
	}
	c.ahead.Add(int64(time.Minute))
	if got, _ := post(enrol.PathEnrol, `{`); got != http.StatusBadRequest {
		t.Errorf("a minute later: HTTP %d", got)
	}
}

func TestNotWithoutTLS(t *testing.T) {
	c := newCloud(t)
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, enrol.PathEnrol, strings.NewReader(`{}`))
	c.enrolment.Handler(func(error) {}).ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("HTTP %d", w.Code)
	}
}

func TestClaimLife(t *testing.T) {
	c := newCloud(t)
	for _, d := range []time.Duration{time.Second, -time.Hour, 31 * 24 * time.Hour} {
		_, _, err := c.enrolment.NewClaim(t.Context(), c.books, directory.Actor{}, box("b"), d)
		if !errors.Is(err, trust.ErrClaimLife) {
			t.Errorf("%s: %v", d, err)
		}
	}
}

func TestServerCertificateIsRenewed(t *testing.T) {
	c := newCloud(t)
	s := c.authority.ServerCertificates("cloud.example")
	first, err := s.Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	same, err := s.Get(nil)
	if err != nil || same != first {
		t.Error("made anew without need")
	}
	c.ahead.Store(int64(80 * 24 * time.Hour))
	again, err := s.Get(nil)
	if err != nil || !again.Leaf.NotAfter.After(first.Leaf.NotAfter) {
		t.Error("not renewed")
	}
	if err := again.Leaf.VerifyHostname("cloud.example"); err != nil {
		t.Error(err)
	}
}

func TestQR(t *testing.T) {
	l := enrol.Link{Cloud: "https://cloud.example:8443", Code: enrol.NewCode(), Root: enrol.Fingerprint{1}}
	q, err := trust.NewQR(l)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(q.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(q.Terminal(), "\n"), "\n")
	side := len([]rune(strings.TrimSuffix(strings.TrimPrefix(lines[0], "\x1b[38;5;16;48;5;231m"), "\x1b[0m")))
	if img.Bounds().Dx() != 8*side || (side+1)/2 != len(lines) {
		t.Errorf("picture %v, text %d by %d", img.Bounds(), side, len(lines))
	}
	// Text and picture show the same modules.
	for y, line := range lines {
		for x, r := range []rune(strings.TrimSuffix(strings.TrimPrefix(line, "\x1b[38;5;16;48;5;231m"), "\x1b[0m")) {
			black := func(y int) bool { r, _, _, _ := img.At(8*x+4, 8*y+4).RGBA(); return y < side && r == 0 }
			want := map[[2]bool]rune{{false, false}: ' ', {true, false}: '▀', {false, true}: '▄', {true, true}: '█'}
			if r != want[[2]bool{black(2 * y), black(2*y + 1)}] {
				t.Fatalf("line %d column %d: %q", y, x, r)
			}
		}
	}
	if !bytes.HasPrefix(q.SVG(), []byte("<svg ")) || bytes.Contains(q.SVG(), []byte(l.Code.Text())) {
		t.Error("SVG")
	}
	if _, err := trust.NewQR(enrol.Link{Cloud: "https://" + strings.Repeat("x", 4000)}); !errors.Is(err, trust.ErrQR) {
		t.Errorf("%v", err)
	}
}
