package index

import "errors"

// What can be wrong with a flat image.
var (
	// ErrFlat says that the bytes are no flat image, or a damaged one: use another copy, or build the index anew.
	ErrFlat = errors.New("index: flat image is damaged")
	// ErrNewer says that a newer program wrote the image: build the index anew from the snapshot.
	ErrNewer = errors.New("index: flat image is of a newer version")
	// ErrKey says that the image was made under another box key: its digests would match nothing.
	ErrKey = errors.New("index: flat image was made under another box key")
)
