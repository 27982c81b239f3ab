package journal

import (
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"smartbox"
)

// cborCodec is the wire's encoding, as far as a journal needs one.
type cborCodec struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

func newCodec(t testing.TB) Codec {
	t.Helper()
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	dec, err := cbor.DecOptions{}.DecMode()
	if err != nil {
		t.Fatal(err)
	}
	return cborCodec{enc, dec}
}

func (c cborCodec) EncodeEvent(dst []byte, e smartbox.Event) ([]byte, error) {
	b, err := c.enc.Marshal(e)
	return append(dst, b...), err
}

func (c cborCodec) DecodeEvent(p []byte) (e smartbox.Event, err error) {
	return e, c.dec.Unmarshal(p, &e)
}

func (c cborCodec) EncodeBook(b *smartbox.Book) ([]byte, error) { return c.enc.Marshal(b) }

func (c cborCodec) DecodeBook(p []byte) (*smartbox.Book, error) {
	b := smartbox.NewBook()
	return b, c.dec.Unmarshal(p, b)
}

// sample is the n-th event of a busy box.
func sample(n int) smartbox.Event {
	kinds := []smartbox.EventKind{
		smartbox.PickupAuthorised, smartbox.PickupTaken, smartbox.DropoffAuthorised, smartbox.DropoffReturned,
	}
	e := smartbox.Event{
		Uptime: time.Duration(n+1) * time.Second, At: smartbox.Stamp(1_790_000_000_000 + int64(n)*1000), Trust: smartbox.ClockSynced,
		Kind: kinds[n%4], Reason: smartbox.Granted, Exchange: uint64(n/2 + 1), Factors: smartbox.ByBadge,
		User: smartbox.MustID[smartbox.User]("u" + string(rune('a'+n%26))),
		Key:  smartbox.MustID[smartbox.Key]("van-" + string(rune('1'+n%8))),
		Slot: smartbox.MustID[smartbox.Slot]("s" + string(rune('1'+n%8))),
		Rule: smartbox.Rule{Kind: smartbox.RuleGrant, Ref: uint64(n)}, Revision: smartbox.Revision{Epoch: 77, Version: 12},
	}
	return e
}

// long makes an event that takes several sectors, by a reading of the actor's field that only a test has.
func long(e smartbox.Event, bytes int) smartbox.Event {
	b := make([]byte, bytes)
	for i := range b {
		b[i] = 'a' + byte(i%26)
	}
	e.Actor = string(b)
	return e
}
