package trust

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/enrol"
)

// Books is what enrolment needs of the directory.
type Books interface {
	States
	// TakeClaim uses a claim up; directory.ErrNotFound for one that is wrong, used or late.
	TakeClaim(ctx context.Context, digest []byte) (smartbox.BoxID, error)
	// Enrolled notes a box's certificate, and makes sure that the box has a key for its credentials.
	Enrolled(ctx context.Context, box smartbox.BoxID, id directory.Identity) (smartbox.BoxKey, error)
}

// EnrolmentOptions are what an Enrolment needs; all are required.
type EnrolmentOptions struct {
	Authority *Authority
	Signers   *Signers
	Books     Books
	Cloud     string // "https://host:port", as boxes reach it
	Broker    string // "ssl://host:port", as boxes reach it
}

// Enrolment gives boxes their certificates. Safe for any number of goroutines.
type Enrolment struct {
	o     EnrolmentOptions
	limit *limiter
}

// NewEnrolment makes one.
func NewEnrolment(o EnrolmentOptions) *Enrolment {
	return &Enrolment{o: o, limit: newLimiter(o.Authority.now)}
}

// Enrol gives a box its first certificate. The claim says which box it is; the request's signature proves that the box
// has the key, and is checked before the claim is used up. The errors wrap ErrRequest, ErrClaim or ErrRevoked.
func (e *Enrolment) Enrol(ctx context.Context, csr []byte, claim enrol.Code) (*enrol.Response, error) {
	req, err := parseRequest(csr)
	if err != nil {
		return nil, err
	}
	box, err := e.o.Books.TakeClaim(ctx, claim.Digest())
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return nil, ErrClaim
	case err != nil:
		return nil, err
	}
	leaf, err := e.o.Authority.Box(box, req.PublicKey)
	if err != nil {
		return nil, err
	}
	id := IdentityOf(leaf)
	was, err := e.o.Books.State(ctx, box)
	if err != nil {
		return nil, err
	}
	if was.Identity.Revoked != 0 && was.Identity.PublicKey == id.PublicKey {
		return nil, fmt.Errorf("%w: box %q came back with the key that was revoked: delete its device.key or device.tpm first",
			ErrRevoked, box)
	}
	key, err := e.o.Books.Enrolled(ctx, box, id)
	if err != nil {
		return nil, err
	}
	r := e.response(box, leaf)
	r.BoxKey = hex.EncodeToString(key[:])
	return r, nil
}

// Renew gives a box a new certificate for the key of the old one, whose chain TLS has verified, once two thirds of the
// old one's life are over. The errors wrap ErrRequest, ErrEarly or ErrRevoked.
func (e *Enrolment) Renew(ctx context.Context, old *x509.Certificate, csr []byte) (*enrol.Response, error) {
	req, err := parseRequest(csr)
	if err != nil {
		return nil, err
	}
	box, err := Check(ctx, e.o.Books, old)
	if err != nil {
		return nil, err
	}
	if pub, ok := old.PublicKey.(*ecdsa.PublicKey); !ok || !pub.Equal(req.PublicKey) {
		return nil, fmt.Errorf("%w: it is for another key than the certificate: a new key wants a new claim code", ErrRequest)
	}
	if at := enrol.RenewAt(old); e.o.Authority.now().Before(at) {
		return nil, fmt.Errorf("%w: renew from %s on", ErrEarly, smartbox.StampOf(at))
	}
	leaf, err := e.o.Authority.Box(box, req.PublicKey)
	if err != nil {
		return nil, err
	}
	if _, err := e.o.Books.Enrolled(ctx, box, IdentityOf(leaf)); err != nil {
		return nil, err
	}
	return e.response(box, leaf), nil
}

func (e *Enrolment) response(box smartbox.BoxID, leaf *x509.Certificate) *enrol.Response {
	ring := e.o.Signers.Keyring()
	return &enrol.Response{
		Box:         box,
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})),
		Roots:       string(e.o.Authority.RootPEM()),
		Broker:      e.o.Broker,
		Renew:       e.o.Cloud,
		State:       enrol.KeysText(ring.State),
		Orders:      enrol.KeysText(ring.Orders),
	}
}

// parseRequest checks form, key and proof of possession. Name and extensions of a request are nobody's but the cloud's
// to decide, and are not looked at.
func parseRequest(text []byte) (*x509.CertificateRequest, error) {
	der := enrol.DER(string(text), "CERTIFICATE REQUEST")
	if der == nil {
		return nil, fmt.Errorf("%w: it is no PEM block CERTIFICATE REQUEST", ErrRequest)
	}
	req, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	pub, ok := req.PublicKey.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: its key is not ECDSA on P-256", ErrRequest)
	}
	if err := req.CheckSignature(); err != nil {
		return nil, fmt.Errorf("%w: its signature does not prove that the box has the key", ErrRequest)
	}
	return req, nil
}
