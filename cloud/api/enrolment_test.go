package api

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smartbox/cloud/trust"
	"smartbox/sync/enrol"
	"smartbox/sync/wire"
)

// A box enrols with its claim, once; its stick's snapshot is signed with the keys that it was given, for it alone.
func TestEnrolAndStick(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claim := as[Claim](t, c.want(201, "POST", "/v1/boxes/box-1/claims", ""))
	link, err := enrol.ParseLink(claim.Link)
	if err != nil || link.Code.Text() != claim.Code || !strings.HasPrefix(claim.QR, "<svg ") {
		t.Fatalf("%v: %+v", err, claim)
	}
	if until := time.UnixMilli(int64(claim.Expires)); time.Until(until) < trust.ClaimLife-time.Hour {
		t.Errorf("until %s", until)
	}
	body, err := json.Marshal(EnrolIn{CSR: requestOfKey(t, key), Claim: claim.Code})
	if err != nil {
		t.Fatal(err)
	}
	r := c.do("", "POST", "/v1/enrol", string(body))
	if r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	res := as[enrol.Response](t, r)
	if p := c.refused("", 403, sortRefused, "POST", "/v1/enrol", string(body)); p.Code != enrol.RefusedClaim {
		t.Errorf("%+v", p)
	}
	st := as[BoxState](t, c.want(200, "GET", "/v1/boxes/box-1/state", ""))
	if st.Certificate == nil || st.Certificate.Revoked != 0 {
		t.Errorf("%+v", st)
	}
	ring, err := res.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	file := c.want(200, "GET", "/v1/boxes/box-1/snapshot", "")
	snap, err := wire.OpenSnapshot(ring.State, box1(), file.body)
	if err != nil || snap.Validate(time.LoadLocation) != nil || len(snap.Keys) != 1 || len(snap.Slots) != 2 {
		t.Errorf("%v: %+v", err, snap)
	}
	if d := file.header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="box-1-`) {
		t.Error(d)
	}
	c.renew(res, key)
	c.want(204, "POST", "/v1/boxes/box-1/revoke", `{"reason":"stolen"}`)
	if st := as[BoxState](t, c.want(200, "GET", "/v1/boxes/box-1/state", "")); st.Certificate.Revoked == 0 {
		t.Errorf("%+v", st)
	}
}

// renew shows the certificate in the handshake; it is too young to be renewed.
func (c *cloud) renew(res enrol.Response, key *ecdsa.PrivateKey) {
	c.t.Helper()
	store := enrol.Store{Dir: c.t.TempDir(), BoxKey: filepath.Join(c.t.TempDir(), "box.key")}
	id, err := store.Save(res, key)
	if err != nil {
		c.t.Fatal(err)
	}
	web := c.overTLS()
	body, err := json.Marshal(RenewIn{CSR: requestOfKey(c.t, key)})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, x := range []struct {
		certs []tls.Certificate
		code  string
	}{{[]tls.Certificate{id.Certificate}, enrol.RefusedEarly}, {nil, enrol.RefusedRevoked}} {
		conf := id.TLS()
		conf.Certificates = x.certs
		tr := &http.Transport{TLSClientConfig: conf}
		r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, web+"/v1/renew", bytes.NewReader(body))
		if err != nil {
			c.t.Fatal(err)
		}
		got, err := tr.RoundTrip(r)
		if err != nil {
			c.t.Fatal(err)
		}
		var refusal enrol.Refusal
		if err := json.NewDecoder(got.Body).Decode(&refusal); err != nil || refusal.Code != x.code {
			c.t.Errorf("%d %v: %+v, want %s", got.StatusCode, err, refusal, x.code)
		}
		if err := got.Body.Close(); err != nil {
			c.t.Error(err)
		}
		tr.CloseIdleConnections()
	}
}
