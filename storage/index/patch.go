package index

import (
	"bytes"

	"smartbox"
)

// With is the index with the delta applied; x is not changed. Errors: smartbox.ErrBase, and Validate's.
func (x *Index) With(d smartbox.Delta) (*Index, error) {
	s, err := x.Snapshot().With(d)
	if err != nil {
		return nil, err
	}
	return Build(s, x.key, x.zones)
}

// Packed is the index with all changes worked into its image: what Flat needs.
func (x *Index) Packed() (*Index, error) { return x, nil }

// Same reports whether the two hold the same snapshot.
func (x *Index) Same(y *Index) bool { return bytes.Equal(x.flat, y.flat) }
