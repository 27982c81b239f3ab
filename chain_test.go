package smartbox_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"smartbox"
)

func TestChain(t *testing.T) {
	start := sha256.Sum256([]byte("smartbox journal 1\x00\x00\x00\x00\x00\x00\x00\x07"))
	if got := smartbox.ChainStart(7); got != smartbox.ChainHash(start) {
		t.Fatalf("the chain of epoch 7 starts with %x, want %x", got, start)
	}
	for _, n := range []int{0, 1, 479, 480, 481, 4040} { // around the room that is cleared for each
		payload := bytes.Repeat([]byte{5}, n)
		want := sha256.Sum256(append(bytes.Clone(start[:]), payload...))
		if got := smartbox.ChainHash(start).Next(payload); got != smartbox.ChainHash(want) {
			t.Errorf("after %d bytes: %x, want %x", n, got, want)
		}
	}
}
