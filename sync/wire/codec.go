package wire

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"smartbox"
)

// ErrForm says that bytes are not what they were said to be: cut short, flipped, trailed by others, nested too
// deep, doubled or unknown fields. The error that wraps it names the type and the cause.
var ErrForm = errors.New("not in wire form")

// Bounds of the decoder. A declared length is checked against the bytes that are there before anything is made, so
// these bound what a decoded value can cost in memory, not what a header can claim.
const (
	maxNesting = 8       // Delta → Put → Box → Policy is 4; Snapshot → Schedules → Windows is 5
	maxSmall   = 64      // elements of an event's lists and maps; it has 24 fields
	maxLarge   = 1 << 21 // elements of a snapshot's lists: 100,000 users with five grants are 500,000
)

// The modes never change once they are made; each is safe for any number of goroutines.
var (
	encoding = newEncoding()
	small    = newDecoding(maxSmall)
	large    = newDecoding(maxLarge)
)

func newEncoding() cbor.UserBufferEncMode {
	o := cbor.CoreDetEncOptions()
	o.IndefLength = cbor.IndefLengthForbidden
	o.TagsMd = cbor.TagsForbidden
	m, err := o.UserBufferEncMode()
	if err != nil {
		panic(err) // the options are constants of this file
	}
	return m
}

func newDecoding(elements int) cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		MaxNestedLevels:   maxNesting,
		MaxArrayElements:  elements,
		MaxMapPairs:       elements,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}

// Marshal is v's wire form. Equal values give equal bytes.
func Marshal(v any) ([]byte, error) { return appendTo(nil, v) }

// Unmarshal reads one value into v, a pointer, and refuses anything that Marshal could not have written for v's type
// but an order of fields: trailing bytes, fields that are doubled or not known, indefinite lengths, tags, broken
// UTF-8. v may be changed in part on an error. The error wraps ErrForm.
func Unmarshal(b []byte, v any) error { return decode(large, b, v) }

func appendTo(dst []byte, v any) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	if err := encoding.MarshalToBuffer(v, buf); err != nil {
		return dst, fmt.Errorf("encode %T: %w", v, err)
	}
	return buf.Bytes(), nil
}

func decode(mode cbor.DecMode, b []byte, v any) error {
	if err := mode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %T: %w", ErrForm, v, err)
	}
	return nil
}

// Codec is the wire form as storage takes it in. The zero value is ready.
type Codec struct{}

// Marshal is the function of that name.
func (Codec) Marshal(v any) ([]byte, error) { return Marshal(v) }

// Unmarshal is the function of that name.
func (Codec) Unmarshal(b []byte, v any) error { return Unmarshal(b, v) }

// EncodeEvent appends the event to dst and returns the longer slice. On an error dst comes back as it was.
func (Codec) EncodeEvent(dst []byte, e smartbox.Event) ([]byte, error) { return appendTo(dst, &e) }

// DecodeEvent reads an event.
func (Codec) DecodeEvent(b []byte) (e smartbox.Event, err error) {
	err = decode(small, b, &e)
	return e, err
}

// EncodeBook is the book in wire form.
func (Codec) EncodeBook(b *smartbox.Book) ([]byte, error) { return appendTo(nil, b) }

// DecodeBook reads a book.
func (Codec) DecodeBook(b []byte) (*smartbox.Book, error) {
	book := smartbox.NewBook()
	if err := decode(large, b, book); err != nil {
		return nil, err
	}
	return book, nil
}
