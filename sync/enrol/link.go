package enrol

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ErrLink says that a text is not an enrolment link. Errors about links never hold the text, for it holds a code.
var ErrLink = errors.New("not an enrolment link: copy it from the box's page, or scan the QR code")

// Fingerprint tells a cloud's root certificate: the first 16 bytes of the SHA-256 of its DER.
type Fingerprint [16]byte

// FingerprintOf is the fingerprint of a certificate.
func FingerprintOf(c *x509.Certificate) Fingerprint {
	sum := sha256.Sum256(c.Raw)
	return Fingerprint(sum[:16])
}

// String is the fingerprint in 26 letters and digits.
func (f Fingerprint) String() string { return base32Of(f[:]) }

// Link is all that a box needs to enrol. As a text it is "https://cloud.example:8443/#code.fingerprint"; the part
// behind '#' is never sent to a server, so that a browser that follows the link gives nothing away.
type Link struct {
	Cloud string      // "https://host[:port]"
	Code  Code        //
	Root  Fingerprint // zero = the cloud's certificate is one that the system trusts
}

// String hides the code; Text shows it.
func (l Link) String() string { return l.Cloud + "/#claim code" }

// Text is the link, code and all, as the QR code has it.
func (l Link) Text() string {
	s := l.Cloud + "/#" + l.Code.Text()
	if l.Root != (Fingerprint{}) {
		s += "." + l.Root.String()
	}
	return s
}

// ParseLink reads what Text wrote. The error wraps ErrLink or ErrCode.
func ParseLink(s string) (Link, error) {
	head, tail, ok := strings.Cut(strings.TrimSpace(s), "#")
	if !ok {
		return Link{}, fmt.Errorf("%w (it has no '#')", ErrLink)
	}
	cloud, err := cloudURL(head)
	if err != nil {
		return Link{}, err
	}
	text, print, pinned := strings.Cut(tail, ".")
	l := Link{Cloud: cloud}
	if l.Code, err = ParseCode(text); err != nil {
		return Link{}, err
	}
	if pinned {
		if err = base32To(l.Root[:], print); err != nil || l.Root == (Fingerprint{}) {
			return Link{}, fmt.Errorf("%w (the cloud's fingerprint is damaged)", ErrLink)
		}
	}
	return l, nil
}

func (l Link) host() (string, error) {
	u, err := url.Parse(l.Cloud)
	if err != nil || u.Hostname() == "" {
		return "", ErrLink
	}
	return u.Hostname(), nil
}

func cloudURL(s string) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.Hostname() == "":
		return "", fmt.Errorf("%w (it begins with https:// and a host)", ErrLink)
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.User != nil:
		return "", fmt.Errorf("%w (nothing stands between host and '#')", ErrLink)
	}
	return "https://" + u.Host, nil
}
