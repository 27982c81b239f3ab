package wire

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"

	"smartbox"
)

// The head of a signed message, all numbers big-endian:
//
//	 0  2  Version
//	 2  8  KeyID of the signer
//	10 64  Ed25519 signature (RFC 8032) over "sb1" ‖ kind (1) ‖ Version (2) ‖ box (8) ‖ payload
//	74     payload: the message in wire form
const (
	sealAtKey = 2
	sealAtSig = 10
	sealHead  = sealAtSig + ed25519.SignatureSize
)

// Errors of Open. ErrForm and ErrMessage come from what was signed.
var (
	// ErrSignature says that a message is not what a trusted key signed for this box and this kind: forged, flipped,
	// cut short, another box's or another kind's, or by a key that is not trusted for it.
	ErrSignature = errors.New("signature does not hold")
	// ErrNewer says that a message is of a newer version of the protocol than this end speaks.
	ErrNewer = errors.New("message is of a newer version: update this end")
)

// Keyring are the keys that a box believes, by what they are good for. A key that tells the state cannot open a door,
// and one that opens doors cannot change the state, so that neither leak is the other.
type Keyring struct {
	State  TrustedKeys // deltas, chunks, acknowledgements, and commands that move nothing
	Orders TrustedKeys // commands for which CommandType.Order holds: open, release, maintenance, reboot, update
}

// Seal is the signed form of a message to the box. An order wants the orders' key, anything else the state's.
func Seal(priv ed25519.PrivateKey, box smartbox.BoxID, m Message) ([]byte, error) {
	if !m.Kind().Down() {
		return nil, fmt.Errorf("%w: %s does not go to a box and is not signed", ErrMessage, m.Kind())
	}
	payload, err := Encode(m)
	if err != nil {
		return nil, err
	}
	return SealPayload(priv, box, m.Kind(), payload), nil
}

// SealPayload is Seal for what was encoded already, as where one payload goes to many boxes.
func SealPayload(priv ed25519.PrivateKey, box smartbox.BoxID, k Kind, payload []byte) []byte {
	id := KeyIDOf(priv.Public().(ed25519.PublicKey))
	b := make([]byte, 0, sealHead+len(payload))
	b = binary.BigEndian.AppendUint16(b, Version)
	b = append(b, id[:]...)
	b = append(b, ed25519.Sign(priv, signedText(byte(k), Version, box, payload))...)
	return append(b, payload...)
}

// Open checks the signature of b for the box and m's kind, and reads it into m. Nothing of the payload is looked at
// before the signature holds. The errors wrap ErrSignature, ErrNewer, ErrForm or ErrMessage.
func (k Keyring) Open(box smartbox.BoxID, b []byte, m Message) error {
	kind := m.Kind()
	switch {
	case len(b) > MaxMessage:
		return fmt.Errorf("%w: %s has %d bytes; at most %d", ErrMessage, kind, len(b), MaxMessage)
	case len(b) < sealHead:
		return fmt.Errorf("%w: %s has %d bytes, shorter than a signature", ErrSignature, kind, len(b))
	}
	version := binary.BigEndian.Uint16(b)
	id := KeyID(b[sealAtKey:sealAtSig])
	keys := k.State
	pub, ok := keys.find(id)
	order := false
	if !ok && kind == KindCommand {
		pub, order = k.Orders.find(id)
		ok = order
	}
	if !ok {
		return fmt.Errorf("%w: %s is signed by key %s, which is not trusted for it", ErrSignature, kind, id)
	}
	payload := b[sealHead:]
	if !ed25519.Verify(pub, signedText(byte(kind), version, box, payload), b[sealAtSig:sealHead]) {
		return fmt.Errorf("%w: %s is not what key %s signed for box %q", ErrSignature, kind, id, box)
	}
	if version > Version {
		return fmt.Errorf("%w: %s is of version %d, and this end speaks %d", ErrNewer, kind, version, Version)
	}
	if err := Decode(payload, m); err != nil {
		return err
	}
	if c, ok := m.(*Command); ok && c.Type.Order() != order {
		return fmt.Errorf("%w: key %s may not sign the command %q", ErrSignature, id, c.Type)
	}
	return nil
}
