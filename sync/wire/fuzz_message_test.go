package wire_test

import (
	"bytes"
	"testing"

	"smartbox/sync/wire"
)

// fuzzMessage: what is decoded holds its bounds, can be said again, and has one form.
func fuzzMessage[T any, M interface {
	*T
	wire.Message
}](f *testing.F,
) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m := M(new(T))
		if wire.Decode(b, m) != nil {
			return
		}
		if err := m.Validate(); err != nil {
			t.Fatalf("decoded and out of bounds: %v", err)
		}
		settles(t, (*T)(m))
	})
}

func FuzzMsgDelta(f *testing.F)     { fuzzMessage[wire.Delta](f) }
func FuzzMsgChunk(f *testing.F)     { fuzzMessage[wire.Chunk](f) }
func FuzzMsgCommand(f *testing.F)   { fuzzMessage[wire.Command](f) }
func FuzzMsgAck(f *testing.F)       { fuzzMessage[wire.Ack](f) }
func FuzzMsgHello(f *testing.F)     { fuzzMessage[wire.Hello](f) }
func FuzzMsgEvents(f *testing.F)    { fuzzMessage[wire.Events](f) }
func FuzzMsgApplied(f *testing.F)   { fuzzMessage[wire.Applied](f) }
func FuzzMsgResponse(f *testing.F)  { fuzzMessage[wire.Response](f) }
func FuzzMsgPresence(f *testing.F)  { fuzzMessage[wire.Presence](f) }
func FuzzMsgTelemetry(f *testing.F) { fuzzMessage[wire.Telemetry](f) }

// FuzzKeyringOpen: nothing opens but what was signed.
func FuzzKeyringOpen(f *testing.F) {
	seeds(f)
	signedBytes := map[string]bool{}
	for _, m := range samples(f) {
		if m.Kind().Down() {
			signedBytes[string(sealed(f, m))] = true
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, k := range wire.Kinds() {
			if err := ring().Open(box, b, wire.NewMessage(k)); err == nil && !signedBytes[string(bytes.Clone(b))] {
				t.Fatalf("%x opens as %s", b, k)
			}
		}
	})
}
