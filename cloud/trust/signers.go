package trust

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"smartbox"
	"smartbox/sync/wire"
)

// ErrSigners says that a file of signing keys cannot be used, or a rotation not be done.
var ErrSigners = errors.New("signing keys")

// Class is what a signing key is good for.
type Class string

// The classes: a key that tells the state opens no door, and one that opens doors changes no state.
const (
	ClassState  Class = "state"  // deltas, chunks, acknowledgements, commands that move nothing
	ClassOrders Class = "orders" // commands that do
)

// Signers sign what the cloud says to boxes. Of each class there are one or two keys: the first signs, boxes trust
// both. Safe for any number of goroutines.
//
// A key is changed in three steps: Stage makes the next one; once every box has renewed or enrolled since, and so
// trusts both, Swap lets the next one sign; once nothing signed by the old one is under way, Retire takes it away.
type Signers struct {
	dir  string
	mu   sync.RWMutex
	keys map[Class][]ed25519.PrivateKey
}

// OpenSigners reads the keys of a directory; the first call ever makes them.
func OpenSigners(dir string) (*Signers, error) {
	s := &Signers{dir: dir, keys: map[Class][]ed25519.PrivateKey{}}
	for _, c := range []Class{ClassState, ClassOrders} {
		b, err := readOrMake(s.path(c), func() ([]byte, error) {
			key, err := newSigner()
			if err != nil {
				return nil, err
			}
			return wire.EncodePrivateKey(key)
		})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSigners, err)
		}
		if s.keys[c], err = parseSigners(b); err != nil {
			return nil, fmt.Errorf("%w: %s: restore the file from the backup: %w", ErrSigners, s.path(c), err)
		}
	}
	return s, nil
}

func (s *Signers) path(c Class) string { return filepath.Join(s.dir, "sign-"+string(c)+".pem") }

func newSigner() (ed25519.PrivateKey, error) {
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	return priv, err
}

func parseSigners(b []byte) ([]ed25519.PrivateKey, error) {
	var keys []ed25519.PrivateKey
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		key, err := wire.ParsePrivateKey(pem.EncodeToMemory(block))
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 || len(keys) > wire.MaxTrusted {
		return nil, fmt.Errorf("it holds %d keys; one or two are needed", len(keys))
	}
	return keys, nil
}

// Keyring is what boxes are to trust.
func (s *Signers) Keyring() wire.Keyring {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return wire.Keyring{State: publicHalves(s.keys[ClassState]), Orders: publicHalves(s.keys[ClassOrders])}
}

func publicHalves(keys []ed25519.PrivateKey) (out wire.TrustedKeys) {
	for _, k := range keys {
		out = append(out, k.Public().(ed25519.PublicKey))
	}
	return out
}

// Seal signs a message for a box with the key of its class.
func (s *Signers) Seal(box smartbox.BoxID, m wire.Message) ([]byte, error) {
	c := ClassState
	if cmd, ok := m.(*wire.Command); ok && cmd.Type.Order() {
		c = ClassOrders
	}
	s.mu.RLock()
	key := s.keys[c][0]
	s.mu.RUnlock()
	return wire.Seal(key, box, m)
}

// StateKey signs what tells a state, such as a snapshot file for a box without a network.
func (s *Signers) StateKey() ed25519.PrivateKey {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.keys[ClassState][0]
}

// Stage makes the next key of the class. Boxes trust it from their next renewal or enrolment on.
func (s *Signers) Stage(c Class) error {
	return s.change(c, func(keys []ed25519.PrivateKey) ([]ed25519.PrivateKey, error) {
		if len(keys) != 1 {
			return nil, fmt.Errorf("%w: of class %s: two are there already; swap and retire first", ErrSigners, c)
		}
		next, err := newSigner()
		return append(keys, next), err
	})
}

// Swap lets the other key of the class sign.
func (s *Signers) Swap(c Class) error {
	return s.change(c, func(keys []ed25519.PrivateKey) ([]ed25519.PrivateKey, error) {
		if len(keys) != 2 {
			return nil, fmt.Errorf("%w: of class %s: there is one; stage another first", ErrSigners, c)
		}
		return []ed25519.PrivateKey{keys[1], keys[0]}, nil
	})
}

// Retire takes away the key of the class that does not sign.
func (s *Signers) Retire(c Class) error {
	return s.change(c, func(keys []ed25519.PrivateKey) ([]ed25519.PrivateKey, error) {
		if len(keys) != 2 {
			return nil, fmt.Errorf("%w: of class %s: there is only the one that signs", ErrSigners, c)
		}
		return keys[:1], nil
	})
}

func (s *Signers) change(c Class, fn func([]ed25519.PrivateKey) ([]ed25519.PrivateKey, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.keys[c]
	if !ok {
		return fmt.Errorf("%w: no class %q", ErrSigners, c)
	}
	keys, err := fn(append([]ed25519.PrivateKey(nil), old...))
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, k := range keys {
		b, err := wire.EncodePrivateKey(k)
		if err != nil {
			return err
		}
		text.Write(b)
	}
	if err := writeSecret(s.path(c), text.Bytes(), os.Rename); err != nil {
		return fmt.Errorf("%w: %w", ErrSigners, err)
	}
	s.keys[c] = keys
	return nil
}
