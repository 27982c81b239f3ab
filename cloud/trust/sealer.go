package trust

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// Errors of the sealer. They never hold what was sealed.
var (
	// ErrSealKey says that the key file cannot be used.
	ErrSealKey = errors.New("sealing key")
	// ErrSealed says that bytes are not what this key sealed under this context: flipped, cut short, another context's,
	// or of before the key file was replaced.
	ErrSealed = errors.New("sealed value cannot be opened: is the key file the one that belongs to this database?")
)

const (
	sealKeyName = "seal.key"
	sealForm    = 1 // first byte: XChaCha20-Poly1305, then 24 bytes of nonce, then the ciphertext with its tag
)

// Sealer keeps access codes, badges and box keys secret at rest, in the database and in its backups. It does not
// protect them from whoever has key file and database both. Safe for any number of goroutines.
type Sealer struct {
	aead   cipher.AEAD
	lookup []byte
}

// OpenSealer reads the key of a directory; the first call ever makes it.
func OpenSealer(dir string) (*Sealer, error) {
	path := filepath.Join(dir, sealKeyName)
	b, err := readOrMake(path, func() ([]byte, error) {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails (crypto/rand)
		return append(hex.AppendEncode(nil, key), '\n'), nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealKey, err)
	}
	master, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(master) != 32 {
		return nil, fmt.Errorf("%w: %s has not 64 hexadecimal digits: restore it from the backup", ErrSealKey, path)
	}
	return newSealer(master)
}

// newSealer derives one key for each use, so that no use says anything about another.
func newSealer(master []byte) (*Sealer, error) {
	seal, err := hkdf.Key(sha256.New, master, nil, "smartbox seal 1", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealKey, err)
	}
	lookup, err := hkdf.Key(sha256.New, master, nil, "smartbox lookup 1", 32)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealKey, err)
	}
	aead, err := chacha20poly1305.NewX(seal)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealKey, err)
	}
	return &Sealer{aead: aead, lookup: lookup}, nil
}

// Seal encrypts and authenticates plain under a context, which Open has to name again. Equal texts give unequal bytes.
func (s *Sealer) Seal(context string, plain []byte) ([]byte, error) {
	b := make([]byte, 1+chacha20poly1305.NonceSizeX, 1+chacha20poly1305.NonceSizeX+len(plain)+s.aead.Overhead())
	b[0] = sealForm
	nonce := b[1:]
	_, _ = rand.Read(nonce) // never fails (crypto/rand); 24 random bytes do not repeat
	return s.aead.Seal(b, nonce, plain, []byte(context)), nil
}

// Open is the reverse of Seal. The error wraps ErrSealed.
func (s *Sealer) Open(context string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+chacha20poly1305.NonceSizeX || sealed[0] != sealForm {
		return nil, ErrSealed
	}
	nonce, text := sealed[1:1+chacha20poly1305.NonceSizeX], sealed[1+chacha20poly1305.NonceSizeX:]
	plain, err := s.aead.Open(nil, nonce, text, []byte(context))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Lookup is a digest of 32 bytes, the same for the same text and context, by which a secret is found and told unique
// without being opened: HMAC-SHA256(key, length of context as 1 byte ‖ context ‖ text). The context is cut at 255 bytes.
func (s *Sealer) Lookup(context, text string) []byte {
	context = context[:min(len(context), 255)]
	h := hmac.New(sha256.New, s.lookup)
	h.Write([]byte{byte(len(context))}) //nolint:gosec // at most 255
	h.Write([]byte(context))
	h.Write([]byte(text))
	return h.Sum(nil)
}
