package enrol

import (
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"smartbox"
	"smartbox/sync/wire"
)

// Paths of the two requests, both POST with JSON, and the bound of their bodies.
const (
	PathEnrol = "/box/v1/enrol" // Request with Claim; no client certificate
	PathRenew = "/box/v1/renew" // Request without Claim; the old certificate is the client's
	MaxBody   = 64 << 10
)

// Request asks for a certificate.
type Request struct {
	CSR   string `json:"csr"`             // PEM, PKCS #10; its signature proves that the box has the key
	Claim string `json:"claim,omitempty"` // Code.Text
}

// Response is what makes a box part of its cloud.
type Response struct {
	Box         smartbox.BoxID `json:"box"`
	Certificate string         `json:"certificate"` // PEM; the common name is the box's id
	Roots       string         `json:"roots"`       // PEM; who signs the certificates of cloud and broker
	Broker      string         `json:"broker"`      // "ssl://host:port"
	Renew       string         `json:"renew"`       // "https://host:port": where to renew
	State       string         `json:"state"`       // wire.ParseTrustedKeys reads it: who signs states and acknowledgements
	Orders      string         `json:"orders"`      // and who signs orders
	BoxKey      string         `json:"box_key"`     // 64 hexadecimal digits; a secret. Only in answer to a claim
}

// Refusal is the body of an answer that is not 200.
type Refusal struct {
	Code   string `json:"code"`   // what a program can read: a Refused… constant
	Detail string `json:"detail"` // what a person can read
}

// The codes of refusals.
const (
	RefusedClaim   = "claim"   // wrong, used or late
	RefusedRequest = "request" // the certificate request is not one, or its signature does not hold
	RefusedEarly   = "early"   // two thirds of the certificate's life are not over
	RefusedRevoked = "revoked" // this key or certificate is no longer accepted
	RefusedBusy    = "busy"    // too many attempts; wait as Retry-After says
	RefusedFault   = "fault"   // the cloud failed; nothing is wrong with the request
)

// RefusedError is a refusal as the box sees it.
type RefusedError struct {
	Refusal
	Status int
	After  string // Retry-After, seconds; "" = not said
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the cloud refused (%s): %s", e.Code, e.Detail)
}

// ErrResponse says that the cloud's answer is not one.
var ErrResponse = errors.New("the answer is not one of a cloud of this version")

// Keyring is the keys that the box is to believe.
func (r *Response) Keyring() (k wire.Keyring, err error) {
	if k.State, err = wire.ParseTrustedKeys([]byte(r.State)); err != nil {
		return k, fmt.Errorf("%w: keys of the state: %w", ErrResponse, err)
	}
	if k.Orders, err = wire.ParseTrustedKeys([]byte(r.Orders)); err != nil {
		return k, fmt.Errorf("%w: keys of orders: %w", ErrResponse, err)
	}
	return k, nil
}

// KeysText is the keys as Response has them.
func KeysText(keys wire.TrustedKeys) string {
	var b strings.Builder
	for _, pub := range keys {
		b.Write(wire.EncodePublicKey(pub))
	}
	return b.String()
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// DER is the first PEM block of that type; nil where there is none.
func DER(text, kind string) []byte {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == kind {
			return block.Bytes
		}
	}
	return nil
}
