package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
)

// MaxTrusted is how many keys a box trusts at once: the one in use and the one that follows or went before it.
const MaxTrusted = 2

// ErrKey says that a text is not an Ed25519 key. Errors about keys never hold the text.
var ErrKey = errors.New("not an Ed25519 key")

// KeyID names a public key: the first 8 bytes of its SHA-256.
type KeyID [8]byte

// String is the id in hexadecimal.
func (k KeyID) String() string { return hex.EncodeToString(k[:]) }

// KeyIDOf is the id of a public key.
func KeyIDOf(pub ed25519.PublicKey) KeyID {
	sum := sha256.Sum256(pub)
	return KeyID(sum[:8])
}

// TrustedKeys are the keys whose signature a box believes. More than one makes rotation possible: the box trusts
// old and new until every signer has changed.
type TrustedKeys []ed25519.PublicKey

func (t TrustedKeys) find(id KeyID) (ed25519.PublicKey, bool) {
	for _, pub := range t {
		if len(pub) == ed25519.PublicKeySize && KeyIDOf(pub) == id {
			return pub, true
		}
	}
	return nil, false
}

// EncodePrivateKey is the key as a PEM block of PKCS #8, as OpenSSL writes it.
func EncodePrivateKey(priv ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// EncodePublicKey is the key in base64, one line with its end: a trusted-keys file holds one or two of them.
func EncodePublicKey(pub ed25519.PublicKey) []byte {
	return append(base64.StdEncoding.AppendEncode(nil, pub), '\n')
}

// ParsePrivateKey reads a PEM block of PKCS #8, or the base64 of a 32-byte seed or a 64-byte key. The error wraps ErrKey.
func ParsePrivateKey(b []byte) (ed25519.PrivateKey, error) {
	if block, _ := pem.Decode(b); block != nil {
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: PEM block %q cannot be read; make one with `openssl genpkey -algorithm ed25519`",
				ErrKey, block.Type)
		}
		if priv, ok := key.(ed25519.PrivateKey); ok {
			return priv, nil
		}
		return nil, fmt.Errorf("%w: it is a %T; make one with `openssl genpkey -algorithm ed25519`", ErrKey, key)
	}
	raw, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(b)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: use PEM (PKCS #8) or base64", ErrKey)
	case len(raw) == ed25519.SeedSize:
		return ed25519.NewKeyFromSeed(raw), nil
	case len(raw) == ed25519.PrivateKeySize:
		priv := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
		if !bytes.Equal(priv, raw) {
			return nil, fmt.Errorf("%w: its public half does not belong to its private half", ErrKey)
		}
		return priv, nil
	default:
		return nil, fmt.Errorf("%w: it has %d bytes; use a seed of 32", ErrKey, len(raw))
	}
}

// ParseTrustedKeys reads one or two public keys: PEM blocks (PKIX), or lines of base64; blank lines and those that
// begin with '#' are passed over. The error wraps ErrKey.
func ParseTrustedKeys(b []byte) (TrustedKeys, error) {
	var keys TrustedKeys
	if bytes.Contains(b, []byte("-----BEGIN")) {
		for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
			key, err := x509.ParsePKIXPublicKey(block.Bytes)
			pub, ok := key.(ed25519.PublicKey)
			if err != nil || !ok {
				return nil, fmt.Errorf("%w: PEM block %d (%q) is no Ed25519 public key", ErrKey, len(keys)+1, block.Type)
			}
			keys = append(keys, pub)
		}
	} else {
		for i, line := range bytes.Split(b, []byte("\n")) {
			line = bytes.TrimSpace(line)
			if len(line) == 0 || line[0] == '#' {
				continue
			}
			pub, err := base64.StdEncoding.DecodeString(string(line))
			if err != nil || len(pub) != ed25519.PublicKeySize {
				return nil, fmt.Errorf("%w: line %d: use the base64 of 32 bytes", ErrKey, i+1)
			}
			keys = append(keys, pub)
		}
	}
	if len(keys) == 0 || len(keys) > MaxTrusted {
		return nil, fmt.Errorf("%w: the file holds %d keys; give one, or two while keys are changed", ErrKey, len(keys))
	}
	return keys, nil
}
