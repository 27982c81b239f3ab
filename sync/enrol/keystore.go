package enrol

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// KeyStore holds the box's private key, ECDSA on P-256.
type KeyStore interface {
	// Key is the key; it is made at the first call ever. It stays the same from then on.
	Key() (crypto.Signer, error)
	// String says where the key is, such as "TPM" or "file /var/lib/smartbox/device.key".
	String() string
	// Close gives up the device, if there is one. The key must not be used afterwards.
	Close() error
}

// Errors of key stores.
var (
	// ErrNoTPM says that there is no TPM here, or none that this process may use.
	ErrNoTPM = errors.New("no TPM")
	// ErrKeyStore says that a stored key cannot be used; the error that wraps it says why and what to do.
	ErrKeyStore = errors.New("box's private key")
)

const (
	fileKeyName = "device.key"
	tpmKeyName  = "device.tpm"
)

// OpenKeyStore opens the key store of a directory: what made a key there before, or else the TPM where there is one,
// or else a file.
func OpenKeyStore(dir string) (KeyStore, error) {
	file := &FileKeys{Path: filepath.Join(dir, fileKeyName)}
	if _, err := os.Stat(file.Path); err == nil {
		return file, nil
	}
	blob := filepath.Join(dir, tpmKeyName)
	keys, err := OpenTPM(blob)
	if err == nil {
		return keys, nil
	}
	if _, made := os.Stat(blob); made == nil {
		return nil, fmt.Errorf("%w: %s was made by this box's TPM, which does not answer: check that it is enabled, or delete that "+
			"file and enrol anew: %w", ErrKeyStore, blob, err)
	}
	return file, nil
}

// FileKeys keeps the key in a file that only its owner may read. It resists other users of the board, not somebody who
// takes the card out.
type FileKeys struct {
	Path string // PEM, PKCS #8
}

// Key is the method of KeyStore.
func (f *FileKeys) Key() (crypto.Signer, error) {
	b, err := readPrivate(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.make()
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrKeyStore, err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%w: %s is no PEM file: delete it and enrol anew", ErrKeyStore, f.Path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %s cannot be read: delete it and enrol anew", ErrKeyStore, f.Path)
	}
	signer, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w: %s holds a %T, not ECDSA: delete it and enrol anew", ErrKeyStore, f.Path, key)
	}
	return signer, nil
}

func (f *FileKeys) make() (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyStore, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyStore, err)
	}
	if err := writePrivate(f.Path, []byte(pemText("PRIVATE KEY", der))); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyStore, err)
	}
	return key, nil
}

// String is the method of KeyStore.
func (f *FileKeys) String() string { return "file " + f.Path }

// Close does nothing.
func (f *FileKeys) Close() error { return nil }
