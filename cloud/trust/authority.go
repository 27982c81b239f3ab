package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"time"

	"smartbox"
	"smartbox/sync/enrol"
)

// ErrAuthority says that the certificate authority's file cannot be used.
var ErrAuthority = errors.New("certificate authority")

// Lives of certificates.
const (
	rootLife   = 20 * 365 * 24 * time.Hour
	serverLife = 90 * 24 * time.Hour  // renewed by itself, see ServerCertificates
	boxLife    = 365 * 24 * time.Hour // a box renews after two thirds: it may be off for four months
	backdate   = 24 * time.Hour       // a box whose clock is a little slow still takes what it is given
)

const authorityName = "authority.pem"

// Authority is the cloud's certificate authority: one self-signed root, ECDSA on P-256, that signs the certificates of
// boxes, of the cloud's listeners and of the cloud's own connections to its broker.
type Authority struct {
	key     *ecdsa.PrivateKey
	root    *x509.Certificate
	rootPEM []byte
	pool    *x509.CertPool
	now     func() time.Time
}

// OpenAuthority reads the authority of a directory; the first call ever makes it. now is the clock; nil = time.Now.
func OpenAuthority(dir string, now func() time.Time) (*Authority, error) {
	if now == nil {
		now = time.Now
	}
	path := filepath.Join(dir, authorityName)
	b, err := readOrMake(path, func() ([]byte, error) { return newRoot(now()) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAuthority, err)
	}
	a := &Authority{now: now, pool: x509.NewCertPool()}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("%w: %s: the key cannot be read: restore the file from the backup", ErrAuthority, path)
			}
			a.key, _ = key.(*ecdsa.PrivateKey)
		case "CERTIFICATE":
			if a.root, err = x509.ParseCertificate(block.Bytes); err != nil {
				return nil, fmt.Errorf("%w: %s: the certificate cannot be read: restore the file from the backup", ErrAuthority, path)
			}
			a.rootPEM = pem.EncodeToMemory(block)
		}
	}
	if a.key == nil || a.root == nil || !a.key.PublicKey.Equal(a.root.PublicKey) {
		return nil, fmt.Errorf("%w: %s: key and certificate are not both there, or do not belong together: restore the file "+
			"from the backup", ErrAuthority, path)
	}
	a.pool.AddCert(a.root)
	return a, nil
}

func newRoot(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	tpl := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "SmartBox cloud root"},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(rootLife),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...), nil
}

// newSerial is 127 random bits, as RFC 5280 (at most 20 octets, positive) and good practice want.
func newSerial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

// Root is the root certificate.
func (a *Authority) Root() *x509.Certificate { return a.root }

// RootPEM is the root certificate as boxes and other clients are given it.
func (a *Authority) RootPEM() []byte { return a.rootPEM }

// Pool is the root as a pool.
func (a *Authority) Pool() *x509.CertPool { return a.pool.Clone() }

// Fingerprint is what an enrolment link names the root by.
func (a *Authority) Fingerprint() enrol.Fingerprint { return enrol.FingerprintOf(a.root) }

// sign issues a certificate of the life for the key, backdated a little, and never longer than the root lives.
func (a *Authority) sign(tpl *x509.Certificate, pub crypto.PublicKey, life time.Duration) (*x509.Certificate, error) {
	now := a.now()
	tpl.SerialNumber = newSerial()
	tpl.NotBefore, tpl.NotAfter = now.Add(-backdate), now.Add(life)
	if tpl.NotAfter.After(a.root.NotAfter) {
		tpl.NotAfter = a.root.NotAfter
	}
	tpl.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, tpl, a.root, pub, a.key)
	if err != nil {
		return nil, fmt.Errorf("%w: sign: %w", ErrAuthority, err)
	}
	return x509.ParseCertificate(der)
}

// Box issues a box's certificate: its id is the common name, and it is good for a client only.
func (a *Authority) Box(box smartbox.BoxID, pub crypto.PublicKey) (*x509.Certificate, error) {
	return a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: box.String()}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, pub, boxLife)
}

// BoxOf is the box that a verified certificate is of; it fails where the name is no box's.
func BoxOf(c *x509.Certificate) (smartbox.BoxID, error) {
	id, err := smartbox.ParseID[smartbox.Box](c.Subject.CommonName)
	if err != nil || id == 0 {
		return 0, fmt.Errorf("certificate %s is no box's: %w", SerialOf(c), smartbox.ErrID)
	}
	return id, nil
}
