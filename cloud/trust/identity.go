package trust

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"

	"smartbox"
	"smartbox/cloud/directory"
)

// ErrRevoked says that a certificate holds but is no longer accepted: it was revoked, or its box has another key now.
var ErrRevoked = errors.New("certificate is no longer accepted: enrol the box with a new claim code")

// SerialOf is a certificate's serial number in hexadecimal.
func SerialOf(c *x509.Certificate) string { return c.SerialNumber.Text(16) }

// IdentityOf is what the directory keeps of a certificate.
func IdentityOf(c *x509.Certificate) directory.Identity {
	print, key := sha256.Sum256(c.Raw), sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return directory.Identity{
		Serial: SerialOf(c), Fingerprint: hex.EncodeToString(print[:]), PublicKey: hex.EncodeToString(key[:]),
		Issued: smartbox.StampOf(c.NotBefore), Expires: smartbox.StampOf(c.NotAfter),
	}
}

// States is what checking a certificate needs of the directory.
type States interface {
	State(ctx context.Context, box smartbox.BoxID) (directory.BoxState, error)
}

// Check finds the box of a certificate whose chain TLS has verified. It is accepted as long as the box has not been
// revoked and has not enrolled with another key since: any certificate for the key of the last enrolment will do, for
// the one before a renewal has to work until the box has the new one. The error wraps ErrRevoked, smartbox.ErrID or what
// the directory says.
func Check(ctx context.Context, states States, c *x509.Certificate) (smartbox.BoxID, error) {
	box, err := BoxOf(c)
	if err != nil {
		return 0, err
	}
	s, err := states.State(ctx, box)
	if err != nil {
		return 0, fmt.Errorf("box %q: %w", box, err)
	}
	if s.Identity.Revoked != 0 || s.Identity.PublicKey != IdentityOf(c).PublicKey {
		return 0, fmt.Errorf("box %q, serial %s: %w", box, SerialOf(c), ErrRevoked)
	}
	return box, nil
}
