package daemon

import (
	"smartbox"
	"smartbox/sync/wire"
)

// Codec is the wire form as the journal takes it in.
type Codec struct{ wire.Codec }

// EncodeBook is the book's wire form.
func (c Codec) EncodeBook(b *smartbox.Book) ([]byte, error) { return c.Codec.EncodeBook(nil, b) }
