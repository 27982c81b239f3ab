package wire

import (
	"errors"
	"fmt"
)

// Bounds of a message. The strictest broker that is to serve takes 128 KiB.
const (
	MaxMessage = 128 << 10             // bytes of a published payload, signature included
	MaxPayload = MaxMessage - sealHead // bytes of an encoded message that is signed
	MaxChunk   = 100 << 10             // bytes of a snapshot in one chunk
	MaxChunks  = 4096                  // of one snapshot
	MaxErase   = 256                   // people in one order to erase, and in one receipt
	MaxBatch   = 256                   // events in one message
	MaxWord    = 64                    // bytes of a version, a name of a release
	maxURL     = 512
	maxSlots   = 64
	maxEvent   = 4096
)

// ErrMessage says that a message is in wire form but out of bounds, or contradicts itself. The error that wraps it
// names the kind, the field and the bound; it holds no content.
var ErrMessage = errors.New("message out of bounds")

// Message is one of the messages of the protocol.
type Message interface {
	// Kind is the sort of the message: its topic.
	Kind() Kind
	// Validate checks the bounds of every field, and that the fields fit each other. The error wraps ErrMessage.
	Validate() error
}

// NewMessage is an empty message of the kind, to decode into; nil for a kind that there is not.
func NewMessage(k Kind) Message {
	switch k {
	case KindDelta:
		return new(Delta)
	case KindChunk:
		return new(Chunk)
	case KindCommand:
		return new(Command)
	case KindAck:
		return new(Ack)
	case KindHello:
		return new(Hello)
	case KindEvents:
		return new(Events)
	case KindApplied:
		return new(Applied)
	case KindResponse:
		return new(Response)
	case KindPresence:
		return new(Presence)
	case KindTelemetry:
		return new(Telemetry)
	default:
		return nil
	}
}

// Encode is the wire form of a message that is not signed: one from a box. The errors wrap ErrMessage.
func Encode(m Message) ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	b, err := Marshal(m)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxPayload {
		return nil, fmt.Errorf("%w: %s has %d bytes; at most %d", ErrMessage, m.Kind(), len(b), MaxPayload)
	}
	return b, nil
}

// Decode reads a message that is not signed into m. The size is checked before anything is decoded, and Validate holds
// afterwards. The errors wrap ErrForm or ErrMessage; m may be changed in part then.
func Decode(b []byte, m Message) error {
	if len(b) > MaxPayload {
		return fmt.Errorf("%w: %s has %d bytes; at most %d", ErrMessage, m.Kind(), len(b), MaxPayload)
	}
	if err := Unmarshal(b, m); err != nil {
		return err
	}
	return m.Validate()
}

// bounds checks fields until the first that is out of them.
type bounds struct {
	kind Kind
	err  error
}

func (c *bounds) want(ok bool, format string, args ...any) {
	if !ok && c.err == nil {
		c.err = fmt.Errorf("%w: %s: %s", ErrMessage, c.kind, fmt.Sprintf(format, args...))
	}
}
