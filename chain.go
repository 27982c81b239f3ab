package smartbox

import (
	"crypto/sha256"
	"encoding/binary"
)

// ChainHash is a link of the chain that ties a box's events together: of event n it is
// SHA-256(hash of n-1 ‖ encoded event n). The box writes it with each event, and the cloud computes it again over the
// bytes that it was sent, so that an event taken out, put in or edited shows.
type ChainHash [sha256.Size]byte

// ChainStart is the hash before the first event of an event epoch: SHA-256("smartbox journal 1" ‖ epoch as 8 bytes,
// big-endian).
func ChainStart(epoch uint64) ChainHash {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("smartbox journal 1"), epoch))
}

// Next is the hash after an event with this encoding.
func (h ChainHash) Next(payload []byte) ChainHash {
	var room [512]byte // holds nearly every event; clearing the greatest would cost more than hashing
	b := append(room[:0], h[:]...)
	return sha256.Sum256(append(b, payload...))
}
