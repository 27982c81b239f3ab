package enrol

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

// ErrNotEnrolled says that the box has no cloud yet.
var ErrNotEnrolled = errors.New("this box is not enrolled: run `smartboxctl enrol` with the link from the box's page")

// Store keeps what enrolment gave, in one file, so that it is there as a whole or not at all.
type Store struct {
	Dir    string // of the enrolment and, where there is no TPM, of the private key
	BoxKey string // file of the key under which credentials are digested: 64 hexadecimal digits
	// Now is the time by which certificates are judged; nil = time.Now. A box without a battery clock knows better than
	// the system: it is not before the last event of its journal.
	Now func() time.Time
}

const enrolmentName = "enrolment.json"

// Identity is an enrolled box's way to its cloud.
type Identity struct {
	Box         smartbox.BoxID
	Broker      string          // "ssl://host:port"
	Cloud       string          // "https://host:port", for renewal
	Certificate tls.Certificate // with the private key of the key store
	Leaf        *x509.Certificate
	Roots       *x509.CertPool
	Keyring     wire.Keyring
	now         func() time.Time
}

// TLS is the configuration for broker and cloud. It offers nothing below TLS 1.3.
func (id *Identity) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: id.Roots, Certificates: []tls.Certificate{id.Certificate}, Time: id.now,
	}
}

// RenewAt is when the certificate is to be renewed: after two thirds of its life.
func (id *Identity) RenewAt() time.Time { return RenewAt(id.Leaf) }

// RenewAt is when two thirds of a certificate's life are over.
func RenewAt(c *x509.Certificate) time.Time {
	return c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 3 * 2)
}

// Save checks the answer against the key and keeps it. The box's key goes first: with it alone nothing has changed but
// that credentials of before do not open, and they come anew with the first snapshot.
func (s Store) Save(r Response, key crypto.Signer) (*Identity, error) {
	id, err := r.identity(key, s.Now)
	if err != nil {
		return nil, err
	}
	if r.BoxKey != "" {
		if raw, err := hex.DecodeString(r.BoxKey); err != nil || len(raw) != len(smartbox.BoxKey{}) {
			return nil, fmt.Errorf("%w: the box key has not 64 hexadecimal digits", ErrResponse)
		}
		if err := writePrivate(s.BoxKey, []byte(r.BoxKey+"\n")); err != nil {
			return nil, fmt.Errorf("keep the box key: %w", err)
		}
	}
	r.BoxKey = ""
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := writePrivate(filepath.Join(s.Dir, enrolmentName), append(b, '\n')); err != nil {
		return nil, fmt.Errorf("keep the enrolment: %w", err)
	}
	return id, nil
}

// Load reads what Save kept. The error is ErrNotEnrolled where there is nothing.
func (s Store) Load(key crypto.Signer) (*Identity, error) {
	b, err := os.ReadFile(filepath.Join(s.Dir, enrolmentName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotEnrolled
	case err != nil:
		return nil, err
	}
	var r Response
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%s cannot be read: delete it and enrol anew: %w", filepath.Join(s.Dir, enrolmentName), err)
	}
	return r.identity(key, s.Now)
}

// identity checks that an answer is whole, and is for this key.
func (r *Response) identity(key crypto.Signer, now func() time.Time) (*Identity, error) {
	leaf, err := x509.ParseCertificate(DER(r.Certificate, "CERTIFICATE"))
	if err != nil {
		return nil, fmt.Errorf("%w: certificate: %w", ErrResponse, err)
	}
	if pub, ok := leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); !ok || !pub.Equal(key.Public()) {
		return nil, fmt.Errorf("%w: the certificate is for another key", ErrResponse)
	}
	if r.Box == 0 || leaf.Subject.CommonName != r.Box.String() {
		return nil, fmt.Errorf("%w: the certificate is for another box", ErrResponse)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(r.Roots)) {
		return nil, fmt.Errorf("%w: no root certificate", ErrResponse)
	}
	if r.Broker == "" || r.Renew == "" {
		return nil, fmt.Errorf("%w: no address of the broker or the cloud", ErrResponse)
	}
	ring, err := r.Keyring()
	if err != nil {
		return nil, err
	}
	return &Identity{
		Box: r.Box, Broker: r.Broker, Cloud: r.Renew, Leaf: leaf, Roots: roots, Keyring: ring, now: now,
		Certificate: tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf},
	}, nil
}
