package index_test

import (
	"testing"

	"smartbox/storage/index/indextest"
)

// TestBytesAUser holds the memory of a large box to its bound.
func TestBytesAUser(t *testing.T) {
	const users = 100_000
	if testing.Short() {
		t.Skip("builds a large index")
	}
	x := build(t, indextest.Town(users))
	if size := len(x.Flat()); size > 100*users {
		t.Errorf("%d bytes for %d users: %.1f each, over 100", size, users, float64(size)/users)
	} else {
		t.Logf("%.1f bytes a user", float64(size)/users)
	}
}
