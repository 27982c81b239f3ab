package enrol

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ErrRoot says that the server is not the cloud that the link is of.
var ErrRoot = errors.New("the server is not the cloud that the link is of: somebody may be in between, " +
	"or the cloud has a new root certificate; make a new link")

// patience bounds one request, connection and all.
const patience = 30 * time.Second

// Enrol makes the box part of the cloud that the link is of, and keeps what it is given. The code in the link is used up
// where this succeeds, and may be where it fails after the request was sent.
func Enrol(ctx context.Context, link Link, keys KeyStore, store Store) (*Identity, error) {
	key, err := keys.Key()
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS13, Time: store.Now}
	if link.Root != (Fingerprint{}) {
		host, err := link.host()
		if err != nil {
			return nil, err
		}
		pin(conf, link.Root, host)
	}
	csr, err := newRequest(key)
	if err != nil {
		return nil, err
	}
	r, err := post(ctx, conf, link.Cloud+PathEnrol, Request{CSR: csr, Claim: link.Code.Text()})
	if err != nil {
		return nil, err
	}
	if r.BoxKey == "" {
		return nil, fmt.Errorf("%w: no box key", ErrResponse)
	}
	return store.Save(*r, key)
}

// Renew gets a new certificate for the same key, with the old one as proof, and keeps it. The broker's address and the
// trusted keys may be new too. A RefusedError with RefusedEarly says that it is not time yet.
func Renew(ctx context.Context, id *Identity, store Store) (*Identity, error) {
	key, ok := id.Certificate.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: it cannot sign", ErrKeyStore)
	}
	csr, err := newRequest(key)
	if err != nil {
		return nil, err
	}
	r, err := post(ctx, id.TLS(), id.Cloud+PathRenew, Request{CSR: csr})
	if err != nil {
		return nil, err
	}
	if r.Box != id.Box {
		return nil, fmt.Errorf("%w: it is for another box", ErrResponse)
	}
	r.BoxKey = ""
	return store.Save(*r, key)
}

// newRequest leaves the name out: which box it is, the claim or the old certificate says.
func newRequest(key crypto.Signer) (string, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "smartbox"}, SignatureAlgorithm: x509.ECDSAWithSHA256,
	}, key)
	if err != nil {
		return "", fmt.Errorf("make the certificate request: %w", err)
	}
	return pemText("CERTIFICATE REQUEST", der), nil
}

// pin believes a server whose chain ends in the root with this fingerprint, and no other: that root is all that the box
// knows of its cloud, so it stands in for the system's roots. Time is checked as ever.
func pin(conf *tls.Config, root Fingerprint, host string) {
	conf.InsecureSkipVerify = true // VerifyConnection does it, against the pinned root
	conf.VerifyConnection = func(cs tls.ConnectionState) error {
		roots, between := x509.NewCertPool(), x509.NewCertPool()
		found := false
		for _, c := range cs.PeerCertificates {
			if FingerprintOf(c) == root {
				roots.AddCert(c)
				found = true
			} else {
				between.AddCert(c)
			}
		}
		if !found {
			return ErrRoot
		}
		now := time.Time{} // the system's
		if conf.Time != nil {
			now = conf.Time()
		}
		_, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: between, DNSName: host, CurrentTime: now,
		})
		return err
	}
}

func post(ctx context.Context, conf *tls.Config, url string, body Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{TLSClientConfig: conf, Proxy: http.ProxyFromEnvironment}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a claim goes nowhere else
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the cloud: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // it was read
	answer, err := io.ReadAll(io.LimitReader(res.Body, MaxBody))
	if err != nil {
		return nil, fmt.Errorf("read the cloud's answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		refused := &RefusedError{Status: res.StatusCode, After: res.Header.Get("Retry-After")}
		if json.Unmarshal(answer, &refused.Refusal) != nil || refused.Code == "" {
			return nil, fmt.Errorf("%w: HTTP %s", ErrResponse, res.Status)
		}
		return nil, refused
	}
	var r Response
	if err := json.Unmarshal(answer, &r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrResponse, err)
	}
	return &r, nil
}
