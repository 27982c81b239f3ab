package enrol

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// ErrCode says that a text is not a claim code. Errors about codes never hold the text.
var ErrCode = errors.New("not a claim code: it has 16 letters and digits, such as XXXX-XXXX-XXXX-XXXX")

// Code lets one box enrol, once: 80 random bits. It is a secret until it is used.
type Code [10]byte

// crockford leaves out I, L, O and U (https://www.crockford.com/base32.html).
const (
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// NewCode makes a code from the system's generator.
func NewCode() (c Code) {
	_, _ = rand.Read(c[:]) // never fails (crypto/rand)
	return c
}

// String hides the code; Text shows it.
func (Code) String() string { return "claim code" }

// GoString hides the code too.
func (Code) GoString() string { return "enrol.Code{…}" }

// Text is the code in four groups of Crockford's base32.
func (c Code) Text() string {
	raw := base32Of(c[:])
	return raw[0:4] + "-" + raw[4:8] + "-" + raw[8:12] + "-" + raw[12:16]
}

// Digest is what the cloud keeps of a code: SHA-256("smartbox claim 1" ‖ code). With 80 random bits behind it, it needs
// no salt and no slowness.
func (c Code) Digest() []byte {
	sum := sha256.Sum256(append([]byte("smartbox claim 1"), c[:]...))
	return sum[:]
}

// ParseCode reads what Text wrote, as people type it: in any case, with or without '-' and spaces, O for 0, I or L for 1.
func ParseCode(s string) (c Code, err error) {
	err = base32To(c[:], s)
	if err != nil {
		return Code{}, ErrCode
	}
	return c, nil
}

func base32Of(b []byte) string {
	out := make([]byte, 0, (len(b)*8+4)/5)
	var acc, bits uint
	for _, x := range b {
		acc, bits = acc<<8|uint(x), bits+8
		for bits >= 5 {
			bits -= 5
			out = append(out, crockford[acc>>bits&31])
		}
	}
	if bits > 0 {
		out = append(out, crockford[acc<<(5-bits)&31])
	}
	return string(out)
}

var errBase32 = errors.New("not base32")

// base32To fills dst, and refuses texts that are longer or shorter or have bits left that are not 0.
func base32To(dst []byte, s string) error {
	var acc, bits uint
	n := 0
	for _, r := range strings.ToUpper(s) {
		switch r {
		case '-', ' ':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		d := strings.IndexRune(crockford, r)
		if d < 0 || n == len(dst) {
			return fmt.Errorf("%w: a character that it does not have, or one too many", errBase32)
		}
		acc, bits = acc<<5|uint(d), bits+5
		if bits >= 8 {
			bits -= 8
			dst[n] = byte(acc >> bits & 0xff)
			n++
		}
	}
	if n < len(dst) || acc&(1<<bits-1) != 0 {
		return fmt.Errorf("%w: too short, or a last character that it cannot end with", errBase32)
	}
	return nil
}
