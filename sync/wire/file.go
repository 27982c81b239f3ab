package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"

	"smartbox"
)

// The head of a signed snapshot file, all numbers big-endian:
//
//	 0  8  magic; like PNG's it shows a transfer that cut the eighth bit or turned line ends
//	 8  2  Version
//	10  8  KeyID of the signer; 0 = unsigned
//	18  8  the box
//	26  8  length of the payload
//	34 64  Ed25519 signature (RFC 8032)
//	98     payload: the Snapshot in wire form
const (
	magic      = "\x89SBX\r\n\x1a\n"
	atVersion  = 8
	atKey      = 10
	atBox      = 18
	atLength   = 26
	atSig      = 34
	headLength = atSig + ed25519.SignatureSize
)

// Kinds of signed thing, part of what is signed, so that a signature on one can never stand for another.
const kindSnapshot = 1

// SignSnapshot is the signed file of the snapshot, for the box that it names.
func SignSnapshot(priv ed25519.PrivateKey, s *smartbox.Snapshot) ([]byte, error) {
	file, err := appendTo(make([]byte, headLength), s)
	if err != nil {
		return nil, err
	}
	id := KeyIDOf(priv.Public().(ed25519.PublicKey))
	payload := file[headLength:]
	copy(file, magic)
	binary.BigEndian.PutUint16(file[atVersion:], Version)
	copy(file[atKey:], id[:])
	binary.BigEndian.PutUint64(file[atBox:], uint64(s.Box.ID))
	binary.BigEndian.PutUint64(file[atLength:], uint64(len(payload)))
	copy(file[atSig:], ed25519.Sign(priv, signedText(kindSnapshot, Version, s.Box.ID, payload)))
	return file, nil
}

// OpenSnapshot reads a signed file that is meant for the box. The signature is checked before the payload is looked
// at. The error is an *OpenError. What comes back is authentic, not yet whole: Validate it.
func OpenSnapshot(trusted TrustedKeys, box smartbox.BoxID, b []byte) (*smartbox.Snapshot, error) {
	if fault := checkHead(b); fault != 0 {
		return nil, &OpenError{Fault: fault}
	}
	version := binary.BigEndian.Uint16(b[atVersion:])
	if version > Version {
		return nil, &OpenError{Fault: Newer, Version: int(version)}
	}
	payload := b[headLength:]
	switch length := binary.BigEndian.Uint64(b[atLength:]); {
	case uint64(len(payload)) < length:
		return nil, &OpenError{Fault: Truncated}
	case uint64(len(payload)) > length:
		return nil, &OpenError{Fault: Flipped}
	}
	id := KeyID(b[atKey:atBox])
	if id == (KeyID{}) {
		return nil, &OpenError{Fault: Unsigned}
	}
	pub, ok := trusted.find(id)
	if !ok {
		return nil, &OpenError{Fault: ForeignSigner, Key: id}
	}
	meant := smartbox.BoxID(binary.BigEndian.Uint64(b[atBox:]))
	if !ed25519.Verify(pub, signedText(kindSnapshot, version, meant, payload), b[atSig:headLength]) {
		return nil, &OpenError{Fault: Flipped}
	}
	if meant != box {
		return nil, &OpenError{Fault: ForeignBox, Box: meant}
	}
	s := new(smartbox.Snapshot)
	if err := Unmarshal(payload, s); err != nil {
		return nil, &OpenError{Fault: Broken, Err: err}
	}
	if s.Box.ID != box {
		return nil, &OpenError{Fault: ForeignBox, Box: s.Box.ID}
	}
	return s, nil
}

// checkHead names what is wrong with the first bytes, 0 if nothing is.
func checkHead(b []byte) Fault {
	switch {
	case len(b) == 0:
		return Truncated
	case b[0]>>5 == 5: // a CBOR map: the payload without its head
		return Unsigned
	case !bytes.HasPrefix(b, []byte(magic)[:min(len(b), len(magic))]):
		return NoSnapshot
	case len(b) < headLength:
		return Truncated
	default:
		return 0
	}
}

// signedText is what a signature covers: "sb1", kind, version, box, payload. All but the payload are of fixed length,
// so that no two things have the same text.
func signedText(kind byte, version uint16, box smartbox.BoxID, payload []byte) []byte {
	t := make([]byte, 0, 14+len(payload))
	t = append(t, "sb1"...)
	t = append(t, kind)
	t = binary.BigEndian.AppendUint16(t, version)
	t = binary.BigEndian.AppendUint64(t, uint64(box))
	return append(t, payload...)
}

// StateDigest is the digest of the knowledge that a snapshot holds: two ends with the same one know the same. It is
// smartbox.SumState over the wire form of the items, and so can be kept up item by item with smartbox.StateSum.
func StateDigest(s *smartbox.Snapshot) (smartbox.StateSum, error) {
	return smartbox.SumState(s, Marshal)
}
